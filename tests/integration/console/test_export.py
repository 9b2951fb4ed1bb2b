"""导出 in the console: for leads, admins and auditors, as a file of the time that they choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.factories.console import Browser
from tests.factories.pipeline import Office

FORM: dict[str, Any] = {"sheet": "response", "from": "2026-03-01", "to": "2026-03-31", "format": "csv", "lang": "zh-CN"}


def test_a_sheet_is_taken_as_a_file(auditor: Browser, busy: Office) -> None:
    """Named after its title and time; masked; as CSV with the mark that spreadsheets want, or as a workbook."""
    page = auditor.get("/export").text
    assert (
        'href="/export"' in auditor.get("/reports").text
        and 'value="2026-03-01"' in page
        and "5 客户需求快速响应跟踪表" in page
    )
    csv = auditor.post("/export", **FORM)
    assert csv.content.startswith("\ufeff需求编号,".encode()) and len(csv.text.splitlines()) == 4
    assert "wang@" not in csv.text and "w***@example.cn" in csv.text
    assert quote("客户需求快速响应跟踪表 2026-03-01 2026-03-31.csv") in csv.headers["content-disposition"]
    book = auditor.post("/export", **FORM | {"format": "xlsx", "lang": "en", "from": "", "to": ""})
    assert book.content.startswith(b"PK") and "spreadsheetml" in book.headers["content-type"]
    assert quote("Rapid response log.xlsx") in book.headers["content-disposition"]
    with busy.ctx.store.read() as tx:
        assert [line.actor for line in tx.views.audit("sheet:5", "", 10).rows] == ["aud"] * 4


def test_a_day_that_is_none_is_told(browser: Callable[[str], Browser], busy: Office) -> None:
    """The form keeps what was chosen."""
    lead = browser("amy")
    for wrong in ({"from": "gestern"}, {"from": "2026-04-01"}, {"sheet": "9"}, {"format": "pdf"}):
        answer = lead.post("/export", **FORM | wrong)
        assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert 'value="2026-03-31"' in answer.text


def test_agents_take_none(agent: Browser, busy: Office) -> None:
    """Neither page nor file, and no way to it."""
    assert 'href="/export"' not in agent.get("/queue").text
    assert agent.get("/export").status_code == 403
    assert agent.post("/export", **FORM).status_code == 403

"""客户关怀 in the console: chosen in the queue or named, seen before it is sent; who gets none is told why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from core.domain.address_mark import AddressMark, Mark
from core.domain.keys import KeyRing
from core.domain.mail import Address
from core.domain.people import Role
from huiying.flows.compile import compile_desk
from store.open import SqlStore
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import Office, a_mail, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    """A desk with customers' pages, and one ticket."""
    files = shipped_files()
    given = {**files.files, "replies/wording.yaml": "portal: https://help.example.com\n"}
    desk, _ = compile_desk(replace(files, files=given))
    context = worker_context(sqlite_store, keys, clock, desk=desk)
    add_user(context, "li", display="李敏")
    add_user(context, "amy", Role.LEAD, "en")
    add_user(context, "aud", Role.AUDITOR)
    office = Office(context)
    office.bring(a_mail())
    return office


@pytest.fixture
def app(office: Office) -> FastAPI:
    return a_console(office.ctx)


def cared(office: Office) -> list[str]:
    return [row.state for row in office.letters() if row.kind == "care"]


def test_whoever_is_chosen_in_the_queue_is_named_on_the_page(agent: Browser, office: Office) -> None:
    """The button leads there with the chosen tickets, with and without scripts; nothing is sent by looking."""
    number = office.letters()[0].number
    assert 'href="/care"' in agent.get("/queue").text and 'name="care"' in agent.get("/queue").text
    there = agent.htmx("/queue/link", chosen=number, care="yes")
    assert there.headers["HX-Redirect"] == f"/care?who={number}"
    plain = agent.post("/queue/link", chosen=number, care="yes")
    assert plain.headers.get("location", str(plain.url)).endswith(f"/care?who={number}")
    assert f">{number}</textarea>" in agent.get(f"/care?who={number}").text
    assert cared(office) == []


def test_who_gets_it_is_seen_before_it_is_sent(agent: Browser, office: Office) -> None:
    """One gets it, one does not; sent twice, the second says why not."""
    form: Any = {"letter": "care-call-back", "who": "wang@example.cn, nobody@example.cn"}
    seen = agent.post("/care", **form)
    assert seen.status_code == 200 and "发送（1）" in seen.text and cared(office) == []
    assert "王芳" in seen.text and "n***@example.cn" in seen.text and "没有这个客户或工单" in seen.text
    done = agent.post("/care", **form, do="send")
    assert "1 封已安排发出" in done.text and cared(office) == ["queued"]
    assert "近期已给该客户发过关怀邮件" in agent.post("/care", **form, do="send").text
    assert cared(office) == ["queued"]
    letter = next(row for row in office.letters() if row.kind == "care")
    assert "关怀" in agent.get("/outbox").text and agent.get(f"/tickets/{letter.number}").status_code == 200


def test_the_wording_is_shown_and_confirmed(browser: Callable[[str], Browser], office: Office) -> None:
    """In the reader's language; a stopped note is told and kept in the form."""
    amy = browser("amy")
    form: Any = {"letter": "care-greeting", "who": "wang@example.cn", "note": "下周可能上线"}
    assert 'name="sure"' in amy.post("/care", **form).text
    refused = amy.post("/care", **form, do="send")
    assert refused.status_code == 422 and "下周可能上线" in refused.text and cared(office) == []
    assert "Filed: 1." in amy.post("/care", **form, sure="yes", do="send").text


def test_only_those_who_work_may(auditor: Browser, agent: Browser, office: Office) -> None:
    """An auditor sees no button and is refused; a letter that is none of care too."""
    assert "/care" not in auditor.get("/queue").text
    assert auditor.get("/care").status_code == 403
    assert auditor.post("/care", letter="care-greeting", who="wang@example.cn").status_code == 403
    wrong = agent.post("/care", letter="progress", who="wang@example.cn", do="send")
    assert wrong.status_code == 422 and cared(office) == []


def test_plans_are_seen_before_they_are_switched_on(
    office: Office, app: FastAPI, agent: Browser, auditor: Browser
) -> None:
    """When, for whom, what, and who would get it or not; one plan alone; who only looks may not; nothing is made."""
    page = agent.get("/care/plans").text
    assert "vip-quarterly" in page and "每季度，从第 10 天开始" in page and "未启用" in page and "没有要做的" in page
    ahead = agent.get("/care/plans?days=190").text
    assert "王芳" in ahead and "满意度调查" in ahead and "quiet" in ahead
    alone = agent.get("/care/plans?days=190&plan=quiet").text
    assert "派任务" in alone and ahead.count("王芳") > alone.count("王芳") > 0
    assert (
        auditor.client.get("/care/plans").status_code == 403
        and agent.client.get("/care/plans?days=999").status_code == 422
    )
    assert 'href="/care/plans"' in agent.get("/care").text and cared(office) == []
    assert "plan-left" not in ahead
    with office.ctx.store.write() as tx:
        wang = Address(name="", address="wang@example.cn")
        tx.addresses.add(AddressMark(address=wang, mark=Mark.OPTED_OUT, at=office.ctx.now(), because="link"))
    left = agent.get("/care/plans?days=190&plan=satisfaction").text
    assert "plan-left" in left and "客户不再接收关怀" in left and "王芳" in left


def test_the_wording_of_a_plan_s_note_stands_with_the_plans(office: Office) -> None:
    """At its line of the file, in the reader's language."""
    files = office.ctx.desk().files
    care = "plans: {news: {kind: content, letter: care-greeting, note: 下周一定上线}}"
    desk, _ = compile_desk(replace(files, files={**files.files, "care.yaml": care}))
    assert desk is not None
    one = Browser(a_console(replace(office.ctx, desk=lambda: desk)))
    one.sign_in("li")
    page = one.get("/care/plans").text
    assert "care.yaml:1" in page and "finding-warn" in page

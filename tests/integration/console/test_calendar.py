"""The year of a calendar as a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response

from core.domain.bundle import BundleFiles, BundleRecord
from core.domain.people import Role
from huiying.app.desks import Desks
from huiying.flows.publish import find_bundle, publish
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import Office


def test_a_year_shows_holidays_and_makeup_days_in_both_languages(agent, browser):
    """国庆 is free, the Saturday after it is worked; each date says so."""
    text = agent.get("/calendar?year=2026").text
    assert 'title="2026-10-01 节假日 · 国庆节"' in text
    assert 'title="2026-10-10 调休上班 · 09:00–12:00, 13:00–18:00"' in text
    assert "全年 248 个工作日" in text
    assert "<b>国庆节</b> 10-01 – 10-07" in text and "<b>清明节</b> 04-04 – 04-06" in text
    assert "<b>调休上班</b> 10-10 · 09:00–12:00, 13:00–18:00" in text
    assert 'title="2026-10-10 make-up day' in browser("amy").get("/calendar?year=2026").text


def test_a_year_that_is_not_announced_says_how_to_get_it(agent):
    """Provisional days are marked, and the command is named."""
    text = agent.get("/calendar?year=2027").text
    assert 'class="day-provisional" title="2027-02-06 暂定节假日 · 春节"' in text
    assert "huiying calendar generate 2027" in text
    assert "<b>春节</b> 02-05 – 02-10 · 暂定节假日" in text


def test_only_calendars_that_exist_are_shown(agent, auditor):
    """Anyone who may look may look; an unknown name is not found, an absurd year is brought into range."""
    assert auditor.get("/calendar").status_code == 200
    assert agent.get("/calendar?name=nowhere").status_code == 404
    assert "2100" in agent.get("/calendar?year=999999").text


ICS = (
    "BEGIN:VCALENDAR\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270104\r\nSUMMARY:元旦（休）\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270109\r\nSUMMARY:元旦补班\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def admin(live: Office, app: FastAPI) -> Browser:
    add_user(live.ctx, "root", Role.ADMIN)
    one = Browser(app)
    assert one.sign_in("root").status_code == 200
    return one


@pytest.fixture
def live(office: Office) -> Office:
    """The desk's bundle is published: an edit has something to begin from."""
    publish(office.ctx, office.ctx.desk().files, author="test", reason="test")
    return office


def test_the_page_after_a_publication_shows_it(live: Office) -> None:
    """At once, not when this process looks for new configuration the next time."""
    desks = Desks(live.ctx.store)
    admin = Browser(a_console(replace(live.ctx, desk=desks.active, desk_of=desks.of), take_up=desks.refresh))
    add_user(live.ctx, "root", Role.ADMIN)
    admin.sign_in("root")
    on = admin.get("/letters").text.count('name="off" value="yes"')
    assert admin.post("/letters/off", name="progress", off="yes").status_code == 303
    assert admin.get("/letters").text.count('name="off" value="yes"') == on - 1


def history(office: Office) -> tuple[BundleRecord, ...]:
    with office.ctx.store.read() as tx:
        return tx.bundles.history(9)


def files_of(office: Office) -> BundleFiles:
    return find_bundle(office.ctx, history(office)[0].id)


def upload(browser: Browser, data: str, year: str = "2027", name: str = "cn") -> Response:
    given = {"csrf": browser.token, "name": name, "year": year}
    return browser.client.post("/calendar/import", data=given, files={"file": ("cn.ics", data.encode())})


def hidden(text: str) -> dict[str, Any]:
    """The fields of the form that confirms."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    found = re.search(r'<textarea name="content" hidden>\n(.*?)</textarea>', text, re.DOTALL)
    assert found
    return {name: unescape(value) for name, value in fields.items() if name != "csrf"} | {"content": unescape(found[1])}


def test_a_year_from_a_file_is_seen_before_it_goes_live(admin: Browser, live: Office) -> None:
    """Every day that changes as it was and as it will be; nothing is stored until it is confirmed, with a reason."""
    assert 'action="/calendar/import"' in admin.get("/calendar?year=2027").text
    seen = upload(admin, ICS)
    assert seen.status_code == 200
    assert "2027-01-09</b> 周六" in seen.text and "休息日 → <b>调休上班" in seen.text
    assert "暂定节假日 春节 → <b>工作日" in seen.text
    given = hidden(seen.text)
    assert len(history(live)) == 1
    assert admin.post("/calendar/import/publish", **given).status_code == 422
    done = admin.post("/calendar/import/publish", **given, reason="国务院通知")
    assert done.headers["location"] == "/calendar?name=cn&year=2027"
    [record, _] = history(live)
    assert (record.author, record.reason) == ("root", "国务院通知")
    assert "元旦: 2027-01-01..2027-01-03" in files_of(live).files["calendars/cn.yaml"]
    # Whoever began from the bundle before this one is told, and changes nothing.
    other = replace(files_of(live), files={**files_of(live).files, "words/more.txt": "断网\n"})
    publish(live.ctx, other, author="amy", reason="words")
    assert admin.post("/calendar/import/publish", **given, reason="再来").status_code == 409
    assert len(history(live)) == 3


def test_what_is_no_calendar_is_told_in_the_reader_s_language(
    admin: Browser, browser: Callable[[str], Browser], live: Office
) -> None:
    """No iCalendar, no UTF-8, no day of that year, no such calendar, an absurd year; and who may not, may not."""
    for data, year, name, words in (
        ("hello", "2027", "cn", "不是 iCalendar 文件"),
        (ICS, "2031", "cn", "没有 2031 年的全天事件"),
        (ICS, "2027", "nowhere", "没有日历 nowhere"),
    ):
        told = upload(admin, data, year, name)
        assert told.status_code == 422 and words in told.text and 'type="file"' in told.text
        assert "not an iCalendar" not in told.text and "no whole-day" not in told.text and "calendars:" not in told.text
    gbk = admin.client.post(
        "/calendar/import", data={"csrf": admin.token, "name": "cn", "year": "2027"},
        files={"file": ("cn.ics", "元旦".encode("gbk"))},
    )  # fmt: skip
    assert gbk.status_code == 422 and "不是 UTF-8" in gbk.text
    broken = admin.post(
        "/calendar/import/publish", base="x", content="zone: Mars/Base", name="cn", year="2027", reason="x"
    )
    assert broken.status_code == 422 and "calendars/cn.yaml:" in broken.text
    assert len(history(live)) == 1
    assert upload(browser("amy"), ICS).status_code == 403
    assert 'action="/calendar/import"' not in browser("amy").get("/calendar").text
    seen = upload(admin, ICS)
    assert seen.status_code == 200

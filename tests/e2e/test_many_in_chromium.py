"""A team at one queue, in a real browser: who is on a ticket is seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from core.domain.keys import KeyRing
from core.domain.people import Role
from huiying.flows.answer import Draft, answer
from store.open import SqlStore
from tests.factories.browser import sign_in
from tests.factories.console import add_user, number_of
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock

try:
    from playwright.sync_api import Browser, Page, expect
except ImportError:
    if os.environ.get("HUIYING_TEST_ALL") == "1":
        raise
    pytest.skip("playwright is not installed", allow_module_level=True)

SHOTS = os.environ.get("HUIYING_SCREENSHOTS", "")
"""A folder: where given, pictures of the screens are taken into it."""
ANSWER = "王芳，您好！\n\n问题已经找到，我们周五下班前给您答复。"


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    context = worker_context(sqlite_store, keys, clock)
    add_user(context, "li", display="李敏")
    add_user(context, "amy", Role.LEAD, "en", display="Amy Chen")
    office = Office(context)
    office.bring(a_mail(), a_mail(subject="请问价格", body="请问企业版价格。", mid="b"))
    return office


@pytest.fixture
def signed_in(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens the queue as a user; a page that complains fails the test."""
    troubles: list[str] = []
    yield lambda name="li", width=1280: sign_in(chromium, address, troubles, name, width)
    # Chromium says so of every answer but 200 and 3xx.
    assert [each for each in troubles if "422" not in each] == []


def ready(page: Page, form: str) -> None:
    """Waits until the same button is no slip of the hand any more."""
    page.wait_for_function("form => !document.querySelector(form).matches('.htmx-request')", arg=form)
    page.wait_for_timeout(750)


def test_two_agents_on_one_ticket_see_each_other(signed_in, office, address, clock):
    """In the queue's row and on the page, that one writes, since when, and that he left; an answer meanwhile is asked
    about."""
    number = number_of(office.ctx, "登录")
    amy, li = signed_in("amy"), signed_in("li")
    mark = amy.locator(f".row-ticket[data-number='{number}'] .row-present")
    expect(mark).to_be_hidden()
    li.goto(f"{address}/tickets/{number}")
    expect(mark).to_contain_text("李敏")
    assert mark.get_attribute("title") == "李敏 is looking at this ticket"
    amy.locator(f".row-ticket[data-number='{number}'] .row-link").dblclick()
    expect(amy.locator("#present")).to_contain_text("李敏 is looking at this ticket")
    expect(li.locator("#present")).to_contain_text("Amy Chen 正在看这张工单")
    amy.locator("#answer-text").press_sequentially("Dear")
    expect(li.locator("#present")).to_contain_text("Amy Chen 正在写回复")
    for _ in range(3):
        clock.advance(seconds=50)
        with amy.expect_response("**/present"):
            amy.evaluate("dispatchEvent(new Event('pageshow'))")
    li.reload()
    expect(li.locator("#present")).to_contain_text("已 2 分钟")
    li.fill("#answer-text", ANSWER)
    with office.ctx.store.read() as tx:
        other = tx.people.user("amy")
    answer(office.ctx, number, other, Draft(text=ANSWER))
    li.get_by_role("button", name="发送", exact=True).click()
    expect(li.locator("#meanwhile")).to_contain_text("Amy Chen")
    expect(li.locator("#meanwhile input")).to_be_focused()
    li.keyboard.press("Space")
    ready(li, "#answer form")
    li.get_by_role("button", name="发送", exact=True).click()
    expect(li.locator(".toast-line")).to_contain_text("15 秒后发出")
    expect(li.locator("#meanwhile input")).to_have_count(0)
    amy.close()
    expect(li.locator("#present .present-who")).to_be_hidden()


def test_keys_mark_several_rows_and_act_on_all(signed_in, office):
    """X, Shift+J, A; a range by click; U takes all back; a hold's reason by Enter; Escape unmarks."""
    office.bring(*(a_mail(subject=f"再问 {n}", sender=f"c{n}@example.cn", mid=f"c{n}") for n in range(4)))
    page = signed_in("li")
    rows = page.locator(".row-ticket")
    expect(rows).to_have_count(6)
    expect(page.locator("#many")).to_be_hidden()
    expect(rows.nth(3).locator(".row-pick input")).to_have_css("opacity", "0")
    page.keyboard.press("x")
    for key in ("Shift+J", "Shift+J", "Shift+K"):
        page.keyboard.press(key)
    expect(page.locator("#many-count")).to_have_text("已选 2 张")
    page.keyboard.press("a")
    expect(page.locator(".toast-many")).to_contain_text("已领取 2 张")
    expect(page.locator(".row-who")).to_have_count(2)
    expect(page.locator("#many")).to_be_hidden()
    page.keyboard.press("u")
    expect(page.locator(".row-who")).to_have_count(0)
    rows.nth(1).locator(".row-pick").click()
    rows.nth(4).locator(".row-pick").click(modifiers=["Shift"])
    expect(page.locator("#many-count")).to_have_text("已选 4 张")
    page.keyboard.press("h")
    page.keyboard.type("等厂家")
    page.keyboard.press("Enter")
    expect(page.locator(".toast-many").last).to_contain_text("4 张已改变状态")
    page.keyboard.press("Shift+A")
    page.keyboard.press("2")
    expect(page.locator(".toast-line").last).to_contain_text("一次只改一张")
    ready(page, "#many")
    page.keyboard.press("i")
    expect(page.locator(".toast-many").last).to_contain_text("2 张已改变状态")
    expect(page.locator(".toast-many").last).to_contain_text("4 张未动（状态表不允许您这样改变状态）")
    expect(page.locator("#many-count")).to_have_text("已选 4 张")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/many-left-out.png")
    page.keyboard.press("u")
    expect(page.locator(".toast-many").last).to_contain_text("2 张已恢复原状")
    page.keyboard.press("Shift+A")
    expect(page.locator("#many-count")).to_have_text("已选 6 张")
    page.keyboard.press("Escape")
    expect(page.locator("#many")).to_be_hidden()


def test_a_filter_is_saved_and_opened_by_key(signed_in, office):
    """Saved under a name, shown with its count, opened by G 1, renamed, removed and brought back."""
    page = signed_in("li")
    expect(page.locator("#view-save")).to_have_count(0)
    page.fill("#text", "价格")
    page.locator("#view-save > summary").click()
    expect(page.locator("#view-save [name=name]")).to_be_focused()
    page.keyboard.type("问价格的")
    page.keyboard.press("Enter")
    tab = page.locator("#views a.view")
    expect(tab).to_have_text("问价格的 1")
    expect(tab).to_have_attribute("aria-current", "true")
    page.locator(".segments label").nth(1).click()
    expect(page.locator("#views a.view[aria-current]")).to_have_count(0)
    page.locator(".list-head").click()
    page.keyboard.press("g")
    page.keyboard.press("1")
    expect(page.locator("#views a.view[aria-current]")).to_have_count(1)
    expect(page.locator(".row-ticket")).to_have_count(1)
    assert not office.ticket(number_of(office.ctx, "价格")).ticket.confirmed
    page.locator("#views summary").click()
    page.fill("#views [name=name]", "价格")
    page.keyboard.press("Enter")
    expect(tab).to_have_text("价格 1")
    lead = signed_in("amy")
    lead.fill("#text", "登录")
    lead.locator("#view-save > summary").click()
    lead.locator("#view-save [name=name]").press_sequentially("Sign-in")
    lead.keyboard.press("Tab")
    lead.keyboard.press("Space")
    lead.keyboard.press("Enter")
    expect(lead.locator("#views a.view-team")).to_have_text("Sign-in 1")
    page.locator("#views summary").click()
    page.get_by_role("button", name="删除").click()
    expect(tab).to_have_text("Sign-in 1")
    page.locator(".toast-line").last.locator("[data-undo]").click()
    expect(tab).to_have_text(["价格 1", "Sign-in 1"])

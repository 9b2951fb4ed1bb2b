"""What somebody writes in a real browser is still there after a reload, an ended session and a lost connection."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest

from core.domain.keys import KeyRing
from core.domain.letter import LetterKind
from core.domain.people import Role
from store.open import SqlStore
from tests.factories.console import PASSWORD, add_user, number_of
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock

try:
    from playwright.sync_api import Browser, Dialog, Page, expect
except ImportError:
    if os.environ.get("HUIYING_TEST_ALL") == "1":
        raise
    pytest.skip("playwright is not installed", allow_module_level=True)

WRITTEN = "王芳，您好！\n\n周五 18:00 前给您答复。"


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    context = worker_context(sqlite_store, keys, clock)
    add_user(context, "li", display="李敏")
    add_user(context, "eva", Role.ADMIN)
    office = Office(context)
    office.bring(a_mail())
    return office


@pytest.fixture
def ticket(office: Office) -> str:
    return f"/tickets/{number_of(office.ctx, '登录')}"


@pytest.fixture
def opened(chromium: Browser, address: str) -> Callable[[str], Page]:
    """Opens a page as an agent or as another user."""

    def open_(path: str, name: str = "li") -> Page:
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/sign-in?to={path}")
        sign_in(page, name)
        return page

    return open_


def sign_in(page: Page, name: str) -> None:
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector(".top")


def test_an_answer_outlives_a_reload_and_an_ended_session(opened, ticket):
    """The sign-in leads back to the ticket; another user of the same tab sees nothing of it."""
    page = opened(ticket)
    greeting = page.input_value("#answer-text")
    page.fill("#answer-text", WRITTEN)
    page.reload()
    expect(page.locator("#answer-text")).to_have_value(WRITTEN)
    expect(page.locator("#answer .draft-kept")).to_be_visible()
    page.context.clear_cookies()
    page.keyboard.press("Escape")
    page.wait_for_url("**/sign-in")
    page.goto(page.url + f"?to={ticket}")
    sign_in(page, "li")
    expect(page.locator("#answer-text")).to_have_value(WRITTEN)
    page.context.clear_cookies()
    page.locator("#answer .btn-primary").click()
    page.wait_for_url(f"**/sign-in?to={ticket}")
    sign_in(page, "eva")
    expect(page.locator("#answer-text")).to_have_value(greeting)
    expect(page.locator("#answer .draft-kept")).to_be_hidden()
    assert page.evaluate("Object.keys(sessionStorage).filter((name) => name.startsWith('huiying-draft')).length") == 0


def test_what_was_sent_or_discarded_does_not_come_back(opened, ticket):
    """Discarding brings the form's own beginning; an answer that left is gone with its draft."""
    page = opened(ticket)
    greeting = page.input_value("#answer-text")
    page.fill("#answer-text", WRITTEN)
    page.reload()
    page.locator("#answer [data-drop]").click()
    expect(page.locator("#answer-text")).to_have_value(greeting)
    page.fill("#answer-text", WRITTEN)
    page.locator("#answer .btn-primary").click()
    expect(page.locator("#toasts")).to_contain_text("撤回")
    page.reload()
    expect(page.locator("#answer-text")).not_to_have_value(WRITTEN)
    expect(page.locator("#answer .draft-kept")).to_be_hidden()


def test_a_call_outlives_an_ended_session_and_is_logged_once(opened):
    """All of its fields; after it was filed the form is empty."""
    page = opened("/log")
    page.locator("input[name=channel][value=visit]").check(force=True)
    page.fill(".log-form [name=name]", "王女士")
    page.fill(".log-form [name=text]", "打印机坏了")
    page.context.clear_cookies()
    page.locator(".log-form button.btn-primary").click()
    page.wait_for_url("**/sign-in?to=/log")
    sign_in(page, "li")
    expect(page.locator(".log-form [name=text]")).to_have_value("打印机坏了")
    expect(page.locator("input[name=channel][value=visit]")).to_be_checked()
    page.locator(".log-form button.btn-primary").click()
    expect(page.locator(".alert-ok")).to_be_visible()
    expect(page.locator(".log-form [name=text]")).to_have_value("")
    page.goto(page.url)
    expect(page.locator(".log-form [name=text]")).to_have_value("")


def test_leaving_an_edited_letter_asks(opened):
    """Nothing is asked of who only looked."""
    page = opened("/letters/edit?file=replies/acknowledgement.zh-CN.j2", "eva")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.reload()
    assert asked == []
    page.fill("#code", "您好！")
    page.reload()
    assert asked == ["beforeunload"]


def test_a_lost_connection_is_told_and_costs_nothing(opened, ticket):
    """Whoever acts hears it at once, once, and what he wrote stays; the line goes when the server answers again."""
    page = opened(ticket)
    page.fill("#answer-text", WRITTEN)
    page.route("**/*", lambda route: route.abort())
    page.locator("#answer .btn-primary").click()
    page.locator("#answer .btn-primary").click()
    expect(page.locator(".toast-offline")).to_have_count(1)
    expect(page.locator("#offline")).to_contain_text("连接已断开")
    expect(page.locator("#answer-text")).to_have_value(WRITTEN)
    page.unroute("**/*")
    page.locator("#handling form[action$='/claim'] button").click()
    expect(page.locator("#offline")).to_be_hidden()
    page.evaluate("document.querySelector('.toast-offline')?.remove()")
    page.route("**/move", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    page.locator("#handling form[action$='/move'] button").first.click()
    # The line itself may be gone at once: what the page asks after the claim is answered.
    expect(page.locator(".toast-offline")).to_have_count(1)
    expect(page.locator("#toasts")).not_to_contain_text("Bad Gateway")


def test_what_is_done_twice_by_mistake_is_done_once(opened, office, ticket):
    """Enter twice claims, and the keyboard is still on the card it was on; a double click sends one letter."""
    page = opened(ticket)
    claim = page.locator("#handling form[action$='/claim'] button")
    claim.press("Enter")
    expect(claim).to_have_count(0)
    expect(page.locator("#handling")).to_be_focused()
    page.keyboard.press("Enter")
    page.fill("#answer-text", WRITTEN)
    page.route("**/answer", lambda route: (page.wait_for_timeout(300), route.continue_()))
    page.locator("#answer .btn-primary").dblclick()
    page.locator("#answer .btn-primary").press("Enter")
    expect(page.locator("#toasts .toast-line")).to_have_count(2)
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator("#handling .tag-state")).to_have_text("处理中")
    assert len([letter for letter in office.letters() if letter.kind == LetterKind.AGENT]) == 1


def test_nothing_is_searched_while_a_word_is_composed(opened, office):
    """The queue waits for the word that is chosen; the keys of the input method are no shortcuts."""
    page = opened("/queue")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "text=" in request.url else None)
    method = page.context.new_cdp_session(page)
    page.focus("#text")
    method.send("Input.imeSetComposition", {"text": "denglu", "selectionStart": 6, "selectionEnd": 6})
    page.wait_for_timeout(600)
    assert asked == []
    method.send("Input.insertText", {"text": "登录"})
    page.wait_for_url("**text=%E7%99%BB%E5%BD%95*")
    expect(page.locator("#rows .row-ticket")).to_have_count(1)


def test_who_sits_in_another_zone_is_told_whose_times_these_are(chromium, address, ticket):
    """Beside the bell, with the zone's name; where the desk is, nothing is said."""
    for zone, is_shown in (("Asia/Shanghai", False), ("Europe/Berlin", True)):
        page = chromium.new_page(viewport={"width": 1280, "height": 900}, timezone_id=zone)
        page.goto(f"{address}/sign-in?to={ticket}")
        sign_in(page, "li")
        expect(page.locator("#zone")).to_be_visible(visible=is_shown)
        expect(page.locator("#zone")).to_have_attribute("title", re.compile("Asia/Shanghai"))

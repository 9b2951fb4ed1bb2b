"""Handling a ticket in a real browser: keys claim, hold and go on; an open form stays; the customer votes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from core.domain.keys import KeyRing
from core.domain.people import Role, User
from core.domain.ticket import State
from huiying.flows.answer import UNDO, Draft, answer, note
from huiying.flows.correct import correct
from huiying.flows.extend import ask_extension
from huiying.flows.parts import Asked, ask_part
from store.open import SqlStore
from tests.factories.console import PASSWORD, add_user, number_of
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
RESULT = "王芳，您好！\n\n登录问题已经解决，请您再试一次。"


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    context = worker_context(sqlite_store, keys, clock)
    add_user(context, "li", display="李敏")
    add_user(context, "amy", Role.LEAD, "en", display="Amy Chen")
    office = Office(context)
    office.bring(a_mail())
    return office


@pytest.fixture
def number(office: Office) -> str:
    return number_of(office.ctx, "登录")


@pytest.fixture
def opened(chromium: Browser, address: str, number: str) -> Iterator[Callable[..., Page]]:
    """Opens the ticket as a user; a page that complains fails the test."""
    troubles: list[str] = []

    def open_(name: str = "li", width: int = 1280) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": 900}, device_scale_factor=1 if width > 500 else 2)
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(f"{address}/sign-in?to=/tickets/{number}")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_selector("#handling")
        return page

    yield open_
    assert not troubles


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(300)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def wait_for(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def state(office: Office, number: str) -> State:
    return office.ticket(number).ticket.state


def test_keys_claim_hold_and_go_on(opened, office, number):
    """A, H with a reason, R; the toast's button takes the last one back."""
    page = opened()
    page.keyboard.press("a")
    expect(page.locator(".handling-who")).to_contain_text("li")
    page.keyboard.press("h")
    page.keyboard.type("等客户寄回样品")
    page.keyboard.press("Enter")
    expect(page.locator("#handling .tag-state")).to_have_text("挂起")
    expect(page.locator(".handling-note")).to_contain_text("等客户寄回样品")
    page.keyboard.press("r")
    expect(page.locator("#handling .tag-state")).to_have_text("处理中")
    moves = page.locator(f".toast-line[data-latest='{number} move'] [data-undo]")
    expect(moves).to_have_count(1, timeout=1500)
    page.locator(".toast-line").last.get_by_role("button", name="撤销").click()
    expect(page.locator("#handling .tag-state")).to_have_text("挂起")
    expect(moves).to_have_count(0, timeout=1500)
    assert state(office, number) is State.ON_HOLD


@pytest.mark.parametrize("name", ["li", "amy"])
def test_a_key_merges_and_the_toast_takes_it_apart(opened, office, number, name):
    """M, the number, Enter; both tickets lead to each other; one click and it is as before."""
    office.bring(a_mail(subject="又来问", body="系统一直打不开。", sender="李雷 <li@other.cn>", mid="b1@other.cn"))
    other = number_of(office.ctx, "又来问")
    page = opened(name)
    page.keyboard.press("m")
    page.keyboard.type(other)
    shot(page, f"merge-form-{name}")
    page.keyboard.press("Enter")
    link = page.locator(f"#handling a[href='/tickets/{other}']")
    expect(link).to_be_visible()
    shot(page, f"merged-{name}")
    assert state(office, number) is State.MERGED
    page.locator(".toast-line").last.locator("[data-undo]").click()
    expect(link).to_have_count(0)
    assert state(office, number) is State.NEW
    page.keyboard.press("m")
    page.keyboard.type(other)
    page.keyboard.press("Enter")
    expect(link).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    link.click()
    expect(page.locator(".message .tag", has_text=f"#{number}").first).to_be_visible()
    shot(page, f"merged-into-{name}-390")


@pytest.mark.parametrize(("name", "width"), [("li", 1280), ("amy", 390)])
def test_a_key_puts_it_off(opened, office, number, address, name, width):
    """Z; the toast offers other hours and the way back; the queue leaves it out, and the filter shows it."""
    page = opened(name, width)
    page.keyboard.press("z")
    toast = page.locator(".toast-line").last
    expect(toast.locator("[data-undo]")).to_be_visible()
    expect(page.locator("#handling form[action$='/wake']")).to_be_visible()
    shot(page, f"snooze-{name}")
    page.goto(f"{address}/queue")
    expect(page.locator("#list")).to_be_visible()
    expect(page.locator(".row-ticket")).to_have_count(0)
    page.goto(f"{address}/queue?state=snoozed")
    expect(page.locator(".row-ticket")).to_have_count(1)
    shot(page, f"snoozed-{name}")
    page.goto(f"{address}/tickets/{number}")
    page.locator("#handling form[action$='/wake'] button").click()
    expect(page.locator("#handling form[action$='/snooze']")).to_be_visible()
    page.goto(f"{address}/queue")
    expect(page.locator(".row-ticket")).to_have_count(1)


@pytest.mark.parametrize(("name", "width"), [("li", 1280), ("amy", 390)])
def test_marked_words_are_split_off(opened, office, number, name, width):
    """What is marked in the message stands in the form; the toast leads to the new ticket, and undoes."""
    page = opened(name, width)
    said = page.locator(".message .said").first
    said.evaluate("(one) => { const text = one.firstChild; getSelection().setBaseAndExtent(text, 0, text, 5); }")
    wanted = said.evaluate("() => getSelection().toString()")
    form = page.locator(".message-split").first
    form.locator("summary").click()
    expect(form.locator("textarea")).to_have_value(wanted)
    shot(page, f"split-form-{name}")
    form.locator("button").click()
    link = page.locator(".toast-line a")
    expect(link).to_be_visible()
    [(_, new)] = office.ticket(number).linked
    shot(page, f"split-{name}")
    page.locator(".toast-line").last.locator("[data-undo]").click()
    wait_for(lambda: state(office, new) is State.MERGED)
    assert office.ticket(new).messages[0].text.strip() == wanted


@pytest.mark.parametrize("name", ["li", "amy"])
def test_a_key_calls_it_spam_and_a_click_takes_that_back(opened, office, number, name):
    """Shift+X; help tells of it in both languages; its customer's reply changes nothing; 不是垃圾 brings it back."""
    page = opened(name)
    page.keyboard.press("Shift+X")
    expect(page.locator("#handling")).to_contain_text("已判为垃圾" if name == "li" else "Called spam")
    assert office.ticket(number).ticket.is_spam
    page.keyboard.press("Shift+Slash")
    expect(page.get_by_text("是垃圾 / 不再发信" if name == "li" else "Spam: no letter leaves")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#handling form[action$='taken-back'] button").click()
    expect(page.locator("#handling form[action$='taken-back']")).to_have_count(0)
    assert state(office, number) is State.NEW


def test_an_open_form_outlives_a_refresh(opened, office, number):
    """What somebody writes stays although the ticket changes meanwhile."""
    page = opened()
    page.locator("#hand-over > summary").click()
    page.locator("#hand-over input[name=team]").fill("商务组")
    with office.ctx.store.read() as tx:
        li = tx.people.user("li")
    note(office.ctx, number, li, "客户刚来过电话")
    expect(page.locator(".ticket-left")).to_contain_text("客户刚来过电话")
    expect(page.locator("#hand-over input[name=team]")).to_have_value("商务组")


def test_what_is_known_of_the_customer_is_saved(opened, office, number):
    """Level, form of address and key dates by the form; what he says of us beside them; nothing else of the page
    moves."""
    page = opened()
    page.locator(".customer-edit > summary").click()
    page.select_option("[name=level]", "VIP")
    page.select_option("[name=form_of_address]", "女士")
    page.fill("[name=dates]", "生日 05-20")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("#contact")).to_contain_text("生日 05-20")
    page.locator("#appraisals > summary").click()
    page.locator("#appraisals summary", has_text="登记满意度").click()
    page.select_option("#appraisals [name=quality]", "4")
    page.locator("#appraisals form button").click()
    expect(page.locator("#appraisals > summary")).to_contain_text("4.0")
    detail = office.ticket(number)
    assert detail.customer.level == "VIP" and detail.customer.form == "女士" and len(detail.appraisals) == 1


def test_the_customer_votes_by_the_link(chromium, opened, office, number, clock, address):
    """The page asks, a click chooses, and only sending votes."""
    with office.ctx.store.read() as tx:
        li = tx.people.user("li")
    letter = answer(office.ctx, number, li, Draft(text=RESULT, then=State.RESOLVED, sure=True))
    clock.at += UNDO
    office.work()
    page = chromium.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page.goto(f"{address}/r/{letter.variables['vote']}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "vote-zh-390")
    page.get_by_text("还没有解决").click()
    page.locator("input[name=solution][value='2'] + span").click()
    assert state(office, number) is State.RESOLVED
    page.get_by_role("button", name="提交").click()
    expect(page.locator("[role=status]")).to_contain_text("重新处理")
    assert state(office, number) is State.SECOND_TREATMENT
    shot(page, "voted-zh-390")


@pytest.mark.parametrize(("name", "width"), [("li", 1280), ("amy", 1280), ("li", 390), ("amy", 390)])
def test_the_card_fits_and_says_all_of_it(opened, office, number, clock, name, width):
    """Parts, an extension to decide, a check that is needed, a late promise with its reason: nothing is cut off."""
    ctx = office.ctx
    with ctx.store.read() as tx:
        li = tx.people.user("li")
    correct(ctx, number, {"type": "投诉"}, "li")
    due = clock.at + timedelta(hours=3)
    ask_part(ctx, number, "li", Asked(department="物流部", output="查明包裹去向并回电", person="陈工", due=due))
    resolution = next(p for p in office.ticket(number).promises if p.clock == "resolution" and p.state == "running")
    ask_extension(ctx, number, li, resolution.id, resolution.due + timedelta(days=2), "等配件到货")
    clock.at += timedelta(hours=5)
    page = opened(name, width)
    expect(page.locator("#parts")).to_contain_text("物流部")
    expect(page.locator(".extension-asked")).to_have_count(1)
    expect(page.locator(".breach").first).to_be_visible()
    expect(page.locator(".extension-asked button[value=approve]")).to_have_count(1 if name == "amy" else 0)
    shot(page, f"handling-{name}-{width}")
    page.keyboard.press("h")
    shot(page, f"handling-hold-{name}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_lead_decides_what_waits(opened, office, number, address):
    """On the page of extensions, in English and on a phone: one refused with a word, one approved, nothing waits."""
    detail = office.ticket(number)
    clocks = [p for p in detail.promises if p.clock.value in ("resolution", "next_update")]
    for promise in clocks:
        wanted = promise.due + timedelta(days=2)
        ask_extension(office.ctx, number, User(id=9, name="li"), promise.id, wanted, "供应商的配件下周三才到")
    page = opened("amy")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{address}/extensions")
    shot(page, "extensions-en-390")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    shot(page, "extensions-en-1280")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".brand").bounding_box()["height"] < 40
    page.get_by_placeholder("A word (optional)").first.fill("too long")
    page.get_by_role("button", name="Refuse").first.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("No extension waits for approval")).to_be_visible()
    shot(page, "extensions-empty-en-1280")
    assert [e.state.value for e in office.ticket(number).extensions] == ["refused", "approved"]


def test_tasks_are_worked_through_by_keys(
    office: Office, number: str, opened: Callable[..., Page], address: str
) -> None:
    """A call makes them; J chooses, D is done and goes on, U takes back, L leads to the call that ticks one off."""
    page = opened()
    for words in ("问预算", "问时间"):
        page.fill("#call [name=text]", "谈了方案")
        page.select_option("#call [name=next]", "follow_up")
        page.fill("#call [name=todo]", words)
        page.click("#call > button")
        expect(page.locator("#tasks")).to_contain_text(words)
        expect(page.locator("#call [name=text]")).to_have_value("")
    page.goto(f"{address}/tasks")
    tasks = page.locator("[data-task]")
    expect(tasks).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("d")
    expect(tasks).to_have_count(1)
    expect(page.locator(".is-selected")).to_contain_text("问时间")
    page.keyboard.press("u")
    expect(tasks).to_have_count(2)
    page.keyboard.press("l")
    page.wait_for_url(f"**/tickets/{number}?task=*")
    page.fill("#call [name=text]", "定了")
    page.click("#call > button")
    expect(page.locator("#tasks .line-meta").last).to_contain_text("li")
    page.goto(f"{address}/tasks")
    expect(tasks).to_have_count(1)
    expect(tasks).to_contain_text("问预算")
    page.keyboard.press("j")
    page.keyboard.press("m")
    page.fill(".is-selected form[action$=drop] [name=reason]", "客户不用了")
    page.keyboard.press("Enter")
    expect(tasks).to_have_count(0)

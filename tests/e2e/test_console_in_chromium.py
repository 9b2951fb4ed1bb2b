"""The console in a real browser: one key confirms, a digit corrects, U takes back, and pages are live."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.seed import load_seed
from core.domain.article import ArticleKind, ArticleStep
from core.domain.keys import KeyRing
from core.domain.people import Role, User
from core.domain.promise import Promise, PromiseState
from core.domain.taxonomy import URGENCIES
from core.domain.views import QueueFilter
from huiying.app.desks import Desks
from huiying.demo.samples import sample_mails
from huiying.flows.correct import correct
from huiying.flows.health import Health, judge
from huiying.flows.publish import publish
from huiying.flows.write_article import step_article, write_article
from store.open import SqlStore
from tests.factories.browser import sign_in
from tests.factories.console import a_console, add_user, number_of, numbers
from tests.factories.pipeline import Office, a_mail, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.web_server import serving

try:
    from playwright.sync_api import Page, expect
except ImportError:
    if os.environ.get("HUIYING_TEST_ALL") == "1":
        raise
    pytest.skip("playwright is not installed", allow_module_level=True)

SHOTS = os.environ.get("HUIYING_SCREENSHOTS", "")
"""A folder: where given, the pictures of the documentation are taken into it."""


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    context = worker_context(sqlite_store, keys, clock)
    add_user(context, "li", display="李敏")
    add_user(context, "amy", Role.LEAD, "en", display="Amy Chen")
    add_user(context, "aud", Role.AUDITOR)
    add_user(context, "eva", Role.ADMIN, "en")
    return Office(context)


@pytest.fixture
def desk(office: Office) -> Office:
    """Three tickets: an outage, a question, and a wish."""
    office.bring(a_mail(subject="系统全部无法登录", body="全部门店无法登录，请立即处理！", mid="b"))
    office.bring(a_mail(subject="请问价格", body="请问企业版支持多少个账号？", sender="a@example.cn", mid="a"))
    office.bring(a_mail(subject="建议增加导出", body="建议增加批量导出。", sender="c@example.cn", mid="c"))
    return office


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """Everything a page complained about; each test ends with none."""
    found: list[str] = []
    yield found
    assert not found


def running(office: Office, number: str) -> dict[str, Promise]:
    return {p.clock: p for p in office.ticket(number).promises if p.state is PromiseState.RUNNING}


def wait_for(condition, seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_one_key_confirms_a_digit_corrects_and_u_takes_back(chromium, address, desk, troubles):
    """Sign in, C, a digit, U: the database and the audit trail show the three events, in that order."""
    number = numbers(desk.ctx)[0]
    page = sign_in(chromium, address, troubles)
    expect(page.locator(".row-ticket.is-selected")).to_have_attribute("data-number", number)
    page.keyboard.press("c")
    expect(page.locator(".toast-line")).to_contain_text(f"已确认 #{number}")
    expect(page.locator(".row-ticket").first).to_contain_text("已确认")
    page.keyboard.press("3")
    expect(page.locator(".row-ticket").first.locator(".tag-type")).to_have_text("投诉")
    page.keyboard.press("u")
    expect(page.locator(".row-ticket").first.locator(".tag-type")).to_have_text("问题反馈")
    expect(page.locator(".toast-line")).to_have_count(1, timeout=1500)
    expect(page.locator(".toast-line")).to_contain_text(f"已撤销 #{number}")
    detail = desk.ticket(number)
    assert [c.kind for c in detail.corrections] == ["confirm", "correct", "undo"]
    assert detail.corrections[2].undoes == detail.corrections[1].id
    assert [row.action for row in detail.audit if row.actor == "li"] == [
        "ticket.confirm",
        "ticket.correct",
        "ticket.undo",
    ]
    page.close()


def test_an_urgency_moves_the_promise_and_undo_restores_it(chromium, address, desk, troubles):
    """Shift and a digit correct the urgency; the promise it recomputed is the old one again after U."""
    number = numbers(desk.ctx)[0]
    before = running(desk, number)["resolution"]
    page = sign_in(chromium, address, troubles)
    page.keyboard.press("Shift+Digit3")
    wait_for(lambda: desk.ticket(number).ticket.fields["urgency"] == URGENCIES[2])
    assert running(desk, number)["resolution"].due > before.due
    page.keyboard.press("u")
    wait_for(lambda: len(desk.ticket(number).corrections) == 2)
    after = running(desk, number)["resolution"]
    assert (after.id, after.due) == (before.id, before.due)
    page.close()


def test_fast_keys_hit_the_ticket_that_is_selected(chromium, address, desk, troubles):
    """J and C pressed faster than pages load: each confirmation goes to the ticket selected at that moment."""
    first, second, third = numbers(desk.ctx)
    page = sign_in(chromium, address, troubles)
    for key in ("c", "j", "c", "j", "j", "k", "k", "j", "j", "c"):
        page.keyboard.press(key)
    wait_for(lambda: all(desk.ticket(n).ticket.confirmed for n in (first, second, third)))
    assert [len(desk.ticket(n).corrections) for n in (first, second, third)] == [1, 1, 1]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{third}")
    page.close()


def test_shortcuts_are_silent_while_somebody_writes(chromium, address, desk, troubles):
    """Letters in the search box search, and keys of an input method that composes do nothing."""
    page = sign_in(chromium, address, troubles)
    page.keyboard.press("/")
    page.keyboard.type("c3u")
    expect(page.locator("#list")).to_contain_text("没有符合条件的工单")
    page.locator("#text").fill("")
    expect(page.locator(".row-ticket")).to_have_count(3)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")
    for event in ("{code: 'KeyC', isComposing: true}", "{code: 'KeyC', keyCode: 229}", "{code: 'KeyC', ctrlKey: true}"):
        page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{bubbles: true, ...{event}}}))")
    page.wait_for_timeout(400)
    assert not any(desk.ticket(number).corrections for number in numbers(desk.ctx))
    page.close()


def test_new_mail_appears_by_itself(chromium, address, desk, troubles):
    """A mail that arrives while the page is open becomes a row without a reload, at its place."""
    page = sign_in(chromium, address, troubles)
    expect(page.locator("#live")).to_have_class("live is-on")
    desk.bring(
        a_mail(subject="紧急！支付全部失败", body="所有订单都无法支付，请立即处理", sender="n@example.cn", mid="n")
    )
    expect(page.locator(".row-ticket")).to_have_count(4)
    # Until its acknowledgement has left that is due next, and the row stands higher for a moment.
    rows = page.locator(".row-ticket")
    wait_for(lambda: rows.evaluate_all("rows => rows.map(row => row.dataset.number)") == numbers(desk.ctx))
    page.close()


def test_an_open_ticket_follows_what_others_do(chromium, address, desk, troubles):
    """A colleague's correction shows on the open page; the keys work there too."""
    number = numbers(desk.ctx)[0]
    page = sign_in(chromium, address, troubles)
    page.goto(f"{address}/tickets/{number}")
    other = sign_in(chromium, address, troubles, "amy")
    other.keyboard.press("5")
    expect(page.locator(".ticket-facts")).to_contain_text("服务需求")
    page.keyboard.press("c")
    expect(page.locator(".btn-done")).to_contain_text("已确认")
    page.keyboard.press("Escape")
    page.wait_for_url("**/queue")
    page.close()
    other.close()


def test_an_auditors_keys_change_nothing(chromium, address, desk, troubles):
    """The page says that the role does not allow it, and asks the server for nothing."""
    page = sign_in(chromium, address, troubles, "aud")
    page.keyboard.press("c")
    expect(page.locator(".toast-line")).to_contain_text("您的角色不允许此操作")
    assert not any(desk.ticket(number).corrections for number in numbers(desk.ctx))
    page.close()


@pytest.mark.parametrize(("name", "width"), [("eva", 1280), ("amy", 1280), ("amy", 390), ("li", 390)])
def test_every_page_fits_its_screen(chromium, address, desk, troubles, name, width):
    """No page is wider than the window, on a desk and on a phone, and no choice is cut off; the policy blocks nothing
    that we need."""
    number = number_of(desk.ctx, "无法登录")
    page = sign_in(chromium, address, troubles, name, width)
    leads = ("/board", "/reports", "/export") if name != "li" else ()
    more = ("/knowledge", "/knowledge/new?kind=phrasing")
    for path in (
        "/queue",
        f"/tickets/{number}",
        "/outbox",
        "/quarantine",
        "/silent",
        "/spam",
        "/health",
        *more,
        *leads,
    ):
        page.goto(address + path)
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        bar = "(bar => bar.scrollWidth - bar.clientWidth)(document.querySelector('.nav-main'))"
        assert width < 720 or page.evaluate(bar) == 0, path
        cut = (
            "[...document.querySelectorAll('main select')].filter(each => each.offsetParent && each.offsetWidth < 100)"
        )
        assert page.evaluate(f"{cut}.map(each => each.name)") == [], path
        # The page is as long as what stands on it: nothing at its end is behind the bar of a small screen.
        assert page.evaluate("document.querySelector('main').scrollHeight <= document.body.clientHeight"), path
    page.close()


def report(office: Office) -> Health:
    """Health by the test's clock; the database's own is months away from it."""
    with office.ctx.store.read() as tx:
        facts, rows = tx.views.health(), tx.views.queue(QueueFilter(), "", 200).rows
    now = office.ctx.now()
    late = sum(row.next_due is not None and row.next_due < now for row in rows)
    facts = replace(
        facts, promises_overdue=late, oldest_unfiled_s=0, oldest_letter_s=0, clocks_waited_s=0, mailboxes=()
    )
    return judge(facts, known_until=office.ctx.desk().calendar.known_until, today=now.date())


def test_one_key_puts_the_phrasing_that_fits_into_the_answer(chromium, address, desk, troubles):
    """Behind the greeting, and another one where the writer is; the check looks at it at once, and the browser's own
    undo takes it out."""
    eva = User(id=1, name="eva", role=Role.ADMIN)
    for title, words in (("安抚", "很抱歉，由我跟进。"), ("约时间", "周五 18:00 前（请填写）。")):
        new = write_article(desk.ctx, eva, ArticleKind.PHRASING, {"title": title, "type": "咨询", "words": words})
        step_article(desk.ctx, eva, new.number, ArticleStep.PUBLISHED)
    page = sign_in(chromium, address, troubles)
    page.goto(f"{address}/tickets/{number_of(desk.ctx, '请问价格')}")
    field = page.locator("#answer-text")
    begin = field.input_value()
    page.keyboard.press("p")
    expect(field).to_have_value(f"{begin}周五 18:00 前（请填写）。")
    expect(page.locator("#look-over")).to_contain_text("（请填写）")
    page.evaluate(f"document.querySelector('#answer-text').setSelectionRange({len(begin)}, {len(begin)})")
    page.select_option("#answer-article", label="安抚")
    expect(field).to_have_value(f"{begin}很抱歉，由我跟进。周五 18:00 前（请填写）。")
    expect(page.locator("#answer-article")).to_have_value("")
    field.press("Control+z")
    expect(field).to_have_value(f"{begin}周五 18:00 前（请填写）。")
    page.close()


def test_an_answer_that_is_taken_back_returns_to_its_form(chromium, address, desk, troubles):
    """As it was written, with the number that the conversation masks."""
    page = sign_in(chromium, address, troubles)
    page.goto(f"{address}/tickets/{number_of(desk.ctx, '请问价格')}")
    text = "您好！\n\n报价单周五下班前发给您，请拨打 13812345678。"
    page.fill("#answer-text", text)
    page.locator("#answer button.btn-primary").first.click()
    expect(page.locator("#answer-text")).to_have_value("")
    page.locator(".toast-undo").click()
    expect(page.locator("#answer-text")).to_have_value(text)
    assert page.locator("#answer-back").count() == 0
    page.close()


def test_a_letter_taken_back_has_its_files_and_its_promises(chromium, address, desk, troubles):
    """What was attached is attached again, the promise is offered again, and nothing offers to take back once more."""
    page = sign_in(chromium, address, troubles)
    page.goto(f"{address}/tickets/{number_of(desk.ctx, '请问价格')}")
    page.fill("#answer-text", "您好！报价见附件，周五下班前给您答复。")
    expect(page.locator("#look-over .finding")).to_have_count(1)
    page.set_input_files("#answer input[type=file]", {"name": "报价.txt", "mimeType": "text/plain", "buffer": b"7"})
    expect(page.locator("#look-over .finding")).to_have_count(0)
    page.locator("#answer button.btn-primary").first.click()
    expect(page.locator("#answer output")).not_to_have_text("报价.txt")
    page.locator(".toast-undo").click()
    expect(page.locator("#answer output")).to_have_text("报价.txt")
    assert page.evaluate("document.querySelector('#answer input[type=file]').files.length") == 1
    expect(page.locator("#look-over input[name=promised]")).to_be_checked()
    expect(page.locator(".toast-undo")).to_have_count(0)
    page.close()


def test_a_remark_that_was_seen_is_seen(chromium, address, desk, troubles):
    """Ticking that one has read it asks for no second look, which would take the tick away; the letter goes."""
    page = sign_in(chromium, address, troubles)
    page.goto(f"{address}/tickets/{number_of(desk.ctx, '请问价格')}")
    page.fill("#answer-text", "您好！报价大概是八百元。")
    page.check("#look-over input[name=sure]")
    page.wait_for_timeout(800)
    expect(page.locator("#look-over input[name=sure]")).to_be_checked()
    page.locator("#answer button.btn-primary").first.click()
    page.locator(".toast-undo").click()
    page.close()


def test_what_a_chosen_letter_replaces_is_brought_back_by_the_browsers_undo(chromium, address, desk, troubles):
    """Whoever chooses a letter after writing loses nothing."""
    page = sign_in(chromium, address, troubles)
    page.goto(f"{address}/tickets/{number_of(desk.ctx, '请问价格')}")
    page.locator("#answer-text").press_sequentially("写了很久的话")
    written = page.input_value("#answer-text")
    page.select_option("#answer select[name=name]", "news")
    expect(page.locator("#answer-text")).not_to_have_value(written)
    page.locator("#answer-text").press("Control+z")
    expect(page.locator("#answer-text")).to_have_value(written)
    page.close()


def test_a_letter_that_is_chosen_proposes_what_it_leaves_the_ticket_in(chromium, address, desk, troubles):
    """A question proposes to wait for the customer; the news after it takes that back."""
    page = sign_in(chromium, address, troubles)
    page.goto(f"{address}/tickets/{number_of(desk.ctx, '请问价格')}")
    for letter, then in (("question", "waiting_customer"), ("news", "open")):
        page.select_option("#answer select[name=name]", letter)
        expect(page.locator("#answer select[name=then]")).to_have_value(then)
    page.close()


@pytest.mark.skipif(not SHOTS, reason="HUIYING_SCREENSHOTS names no folder")
def test_take_the_pictures_of_the_documentation(chromium, office, troubles, clock):
    """Queue and ticket with the demo's mails, at 1280 and 390 pixels, in both languages."""
    seed, shutdown = load_seed(), threading.Event()
    office.ctx = replace(office.ctx, suggester=lambda: seed)
    clock.at = begin = datetime(2026, 3, 5, 1, 20, tzinfo=UTC)
    for place, sample in enumerate(sample_mails()):
        clock.at = begin + timedelta(seconds=30 * place)
        office.bring(sample.on_delivery(clock.at, "pictures"))
    app = a_console(office.ctx, shutdown=shutdown, report=lambda: report(office))
    with serving(app, shutdown) as address:
        for name, language in (("li", "zh-CN"), ("amy", "en")):
            for width in (1280, 390):
                page = sign_in(chromium, address, troubles, name, width)
                page.wait_for_timeout(900)
                page.screenshot(path=Path(SHOTS) / f"queue-{language}-{width}.png")
                page.goto(f"{address}/tickets/{numbers(office.ctx)[2]}")
                page.wait_for_timeout(500)
                page.screenshot(path=Path(SHOTS) / f"ticket-{language}-{width}.png")
                page.close()


@pytest.fixture
def rules_address(office: Office) -> Iterator[str]:
    """The console in front of a desk whose configuration was published and changes when it is published again."""
    desks, shutdown = Desks(office.ctx.store), threading.Event()
    context = replace(office.ctx, desk=lambda: desks.refresh() or office.ctx.desk())
    add_user(context, "root", Role.ADMIN)
    publish(context, shipped_files(), author="setup", reason="first")
    with serving(a_console(context, shutdown=shutdown), shutdown) as found:
        yield found


FAULTY = """rules:
  - id: wrong-invoice
    title: 发票开错
    when:
      text: {contain_any: [发票]}
    then: {type: 服务需求}
    examples:
      - {text: 发票抬头写错了, expect: {type: 服务需求}}
      - {text: 你好, expect: nothing}
"""


def test_a_rule_is_written_corrected_tried_and_published(chromium, rules_address, desk, troubles):
    """The mark stands at the line of the mistake and goes with it; the backtest names the tickets; the list has it."""
    page = sign_in(chromium, rules_address, troubles, "root")
    page.goto(f"{rules_address}/rules/edit?file=rules/20-mine.yaml")
    page.fill("#code", FAULTY)
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#gutter .is-bad")).to_have_text("5", timeout=30_000)
    expect(page.locator(".rule-bad")).to_contain_text("1 处问题")
    page.fill("#code", FAULTY.replace("contain_any: [发票]", "contains_any: [发票, 导出]"))
    expect(page.locator("#gutter .is-bad")).to_have_count(0)
    expect(page.locator("#rule-result")).to_have_class("is-stale")
    page.get_by_role("button", name="历史试跑").click()
    expect(page.locator("#rule-result")).not_to_have_class("is-stale", timeout=30_000)
    expect(page.locator(".rule-result")).to_contain_text(f"#{number_of(desk.ctx, '导出')}", timeout=30_000)
    page.fill("[name=reason]", "发票归服务需求")
    page.get_by_role("button", name="发布").click()
    page.wait_for_url("**/rules", timeout=30_000)
    expect(page.locator(".rule-table")).to_contain_text("发票开错")
    expect(page.locator("main")).to_contain_text("发票归服务需求")


def test_a_rule_is_made_in_the_form_by_keyboard(chromium, rules_address, desk, troubles):
    """If … then …: what is added has the focus, what is wrong is marked at its field while one writes."""
    page = sign_in(chromium, rules_address, troubles, "root")
    page.goto(f"{rules_address}/rules/form")
    page.keyboard.type("发票开错")
    page.fill("[name=file]", "rules/20-mine.yaml")
    expect(page.locator("#e-rule-when-text-contains_any")).not_to_be_empty(timeout=30_000)
    page.fill("[name='rule/when/text/contains_any']", "发票\n导出")
    expect(page.locator("#e-rule-when-text-contains_any")).to_be_empty(timeout=30_000)
    page.select_option("[name='pick:rule/then']", "type")
    page.locator("[name='pick:rule/then']").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[name='rule/then/type']")).to_be_focused()
    page.select_option("[name='rule/then/type']", "服务需求")
    page.fill("[name='rule/examples/0/text']", "发票抬头写错了")
    page.select_option("[name='pick:rule/examples/0/expect']", "type")
    page.locator(".rf-group", has=page.locator("[name='pick:rule/examples/0/expect']")).last.get_by_role(
        "button", name="添加"
    ).click()
    page.select_option("[name='rule/examples/0/expect/type']", "服务需求")
    page.fill("[name='rule/examples/1/text']", "你好")
    expect(page.locator("#rule-result .rule-good")).to_be_visible(timeout=30_000)
    take_form(page, "form")
    page.get_by_role("button", name="历史试跑").click()
    expect(page.locator("#rule-job")).to_contain_text("会改变 1 封", timeout=30_000)
    page.fill("[name=reason]", "发票归服务需求")
    page.get_by_role("button", name="发布").click()
    page.wait_for_url("**/rules", timeout=30_000)
    expect(page.locator(".rule-table")).to_contain_text("发票开错")
    page.locator(".rule-review summary").click()
    take_form(page, "rules")
    page.close()


def take_form(page: Page, name: str) -> None:
    """Pictures of the page as it stands, wide and narrow; it is never wider than the screen."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})


def test_the_list_of_every_rule_stays_open_while_the_ticket_changes(chromium, address, desk, troubles):
    """It is fetched when somebody opens it, on a narrow screen too, and an agent's word does not close it."""
    number = number_of(desk.ctx, "无法登录")
    page = sign_in(chromium, address, troubles, width=390)
    page.goto(f"{address}/tickets/{number}")
    page.locator(".why-rules > summary").click()
    expect(page.locator(".why-hit").first).to_contain_text("builtin:rules/")
    correct(desk.ctx, number, {"type": "投诉"}, "amy")
    expect(page.locator(".reasons")).to_contain_text("amy", timeout=15_000)
    expect(page.locator(".why-hit").first).to_be_visible()
    page.close()

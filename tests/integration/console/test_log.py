"""The short form: what came by telephone, chat or visit becomes a ticket at once, and late records are seen."""

from __future__ import annotations

import re

import pytest
from httpx2 import Response

from core.domain.channel import BY_AGENT
from core.domain.promise import Clock, PromiseState
from core.domain.ticket import Customer
from core.domain.views import QueueFilter, QueueRow
from huiying.flows.customer import set_customer
from tests.factories.console import Browser
from tests.factories.pipeline import Office
from tests.fakes.fixed_clock import FixedClock

CALL = {"channel": "phone", "text": "咖啡机漏水，请尽快处理。订单 88231", "name": "王女士", "phone": "13812345678"}


def send(browser: Browser, **form: str) -> Response:
    """The form as it is sent, its token from the page before."""
    return browser.client.post("/log", data={**form, "csrf": browser.token}, follow_redirects=False)


def number_in(page: str) -> str:
    found = re.search(r'href="/tickets/(\d+)"', page)
    assert found is not None, page
    return found[1]


@pytest.mark.parametrize("channel", BY_AGENT)
def test_every_channel_gives_a_number_in_the_same_request(agent: Browser, office: Office, channel: str) -> None:
    """A ticket of that channel with a decision and promises, as a mail would have; the phone is masked."""
    agent.get("/log")
    page = send(agent, **{**CALL, "channel": channel}).text
    detail = office.ticket(number_in(page))
    assert detail.ticket.channel == channel and detail.ticket.fields["type"] and detail.promises
    text = detail.messages[0].text
    assert "咖啡机漏水" in text and "王女士" in text and "138****5678" in text and "13812345678" not in text
    assert office.letters() == ()


def test_with_an_address_the_acknowledgement_goes_out(agent: Browser, office: Office) -> None:
    """The customer is known, and hears of the number."""
    agent.get("/log")
    page = send(agent, **CALL, address="wang@example.cn").text
    assert [letter.kind for letter in office.letters()] == ["acknowledgement"]
    assert office.ticket(number_in(page)).customer is not None


def test_the_number_at_which_we_call_back_is_kept(agent: Browser, office: Office) -> None:
    """Encrypted and shown masked; what was known stays, and what is no number stays words."""
    for text, phone in (("咖啡机漏水", "13812345678"), ("还是漏水", "010-87654321"), ("又漏水了", "晚上再打")):
        agent.get("/log")
        given = {**CALL, "text": text, "phone": phone}
        page = send(agent, **given, address="wang@example.cn", company="示例医院").text
        customer = office.ticket(number_in(page)).customer
        assert customer is not None and (customer.phone, customer.company) == ("13812345678", "示例医院")
    page = agent.get(f"/tickets/{number_in(page)}").text
    assert "138****5678" in page and "13812345678" not in page


def customer_of(agent: Browser, office: Office, **form: str) -> Customer:
    agent.get("/log")
    found = office.ticket(number_in(send(agent, **{**CALL, **form}).text)).customer
    assert found is not None
    return found


def test_a_caller_without_an_address_is_found_by_his_number(agent: Browser, office: Office) -> None:
    """However it is written; the number is encrypted, masked, and shown with a reason that stands in the trail."""
    first = customer_of(agent, office, company="示例医院")
    assert (first.name, first.phone, first.company, first.address) == ("王女士", "13812345678", "示例医院", None)
    again = customer_of(agent, office, text="还没有修好", phone="+86 138 1234 5678", name="")
    assert again == first
    number = queue(office)[0].number
    page = agent.get(f"/tickets/{number}").text
    assert "138****5678" in page and "13812345678" not in page
    shown = agent.htmx(f"/tickets/{number}/reveal", reason="call-back").text
    assert "13812345678" in shown
    actions = [entry.action for entry in office.ticket(number).audit]
    assert "customer.by-phone" in actions and "contact.reveal" in actions


def test_another_person_at_that_number_is_another_customer(agent: Browser, office: Office) -> None:
    """A known mail customer is found by his number, too; another name is not his."""
    mail = customer_of(agent, office, address="wang@example.cn", name="王芳")
    assert customer_of(agent, office, text="还没有修好") == mail
    other = customer_of(agent, office, text="我要退货", name="李明")
    assert other.id != mail.id and other.address is None
    assert customer_of(agent, office, text="退货办了吗", name="李明") == other
    assert customer_of(agent, office, text="第三个人", name="赵六").id not in (mail.id, other.id)


def test_a_known_caller_s_level_counts(agent: Browser, office: Office) -> None:
    """Priority follows, as it does for a mail; what is no number makes no customer."""
    customer_of(agent, office)
    [row] = queue(office)
    set_customer(office.ctx, row.number, {"level": "VIP"}, "li")
    agent.get("/log")
    words = {**CALL, "text": "请问营业时间"}
    stranger = office.ticket(number_in(send(agent, **{**words, "phone": "晚上再打"}).text))
    vip = office.ticket(number_in(send(agent, **{**words, "text": "请问营业时间？"}).text))
    assert stranger.customer is None and vip.customer is not None and vip.customer.level == "VIP"
    assert (stranger.ticket.fields["priority"], vip.ticket.fields["priority"]) == ("低", "中")


def queue(office: Office) -> tuple[QueueRow, ...]:
    with office.ctx.store.read() as tx:
        return tx.views.queue(QueueFilter(), "", 50).rows


@pytest.mark.parametrize(("channel", "ours", "minutes", "late"), [
    ("phone", "", 4, False), ("phone", "", 6, True), ("chat", "", 20, True), ("visit", "", 600, False),
    ("visit", "", 1500, True), ("phone", "yes", 600, False), ("phone", "yes", 1500, True), ("review", "", 5000, False),
])  # fmt: skip
def test_a_late_record_says_so(
    agent: Browser, office: Office, clock: FixedClock, channel: str, ours: str, minutes: int, late: bool
) -> None:
    """A call or chat within five minutes, our own call or visit within a day; the trail has the minutes."""
    agent.get("/log")
    at = clock().astimezone(office.ctx.desk().calendar.tz).strftime("%Y-%m-%dT%H:%M")
    clock.advance(minutes=minutes)
    agent.sign_in("li")
    agent.get("/log")
    page = send(agent, **{**CALL, "channel": channel, "ours": ours, "at": at}).text
    assert ("比规定的时间晚了" in page) is late
    with office.ctx.store.read() as tx:
        rows = [row for row in tx.views.audit("", "", 50).rows if row.action == "message.taken-in"]
    assert ("late_minutes" in dict(rows[0].details)) is late


def test_what_was_answered_on_the_spot_keeps_the_first_response(agent: Browser, office: Office) -> None:
    """接通: the customer has spoken to a person. 未接通 and 改约 do not."""
    agent.get("/log")
    reached = office.ticket(number_in(send(agent, **CALL, outcome="reached", said="换一台").text))
    assert reached.ticket.first_response is not None
    states = {p.state for p in reached.promises if p.clock is Clock.FIRST_RESPONSE}
    assert states == {PromiseState.KEPT}
    assert "换一台" in [m.text for m in reached.messages]
    for outcome in ("not-reached", "rescheduled"):
        agent.get("/log")
        page = send(agent, **{**CALL, "text": f"再来一次 {outcome}"}, outcome=outcome).text
        assert office.ticket(number_in(page)).ticket.first_response is None


def test_the_same_form_sent_twice_is_one_ticket(agent: Browser, office: Office) -> None:
    """A second click on the button does nothing."""
    key = re.search(r'name="key" value="([^"]+)"', agent.get("/log").text)
    assert key is not None
    first, second = (number_in(send(agent, **CALL, key=key[1]).text) for _ in range(2))
    assert first == second and office.totals()["tickets"] == 1


@pytest.mark.parametrize("wrong", [
    {"channel": "email"}, {"channel": "pigeon"}, {"text": " "}, {"at": "yesterday"}, {"at": "2030-01-01T10:00"},
    {"address": "no address"}, {"outcome": "perhaps"}, {"mailbox": "nobody"},
])  # fmt: skip
def test_what_cannot_be_is_told_and_nothing_is_lost(agent: Browser, office: Office, wrong: dict[str, str]) -> None:
    """The form comes back filled in; no ticket is made."""
    agent.get("/log")
    answer = send(agent, **{**CALL, **wrong})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert "王女士" in answer.text and office.totals()["tickets"] == 0


def test_who_only_looks_logs_nothing(auditor: Browser) -> None:
    """The server refuses, not only the page."""
    assert auditor.get("/log").status_code == 403
    auditor.get("/queue")
    assert "/log" not in auditor.get("/queue").text
    assert send(auditor, **CALL).status_code == 403

"""The customers' pages: a demand and its number, its standing by a signed link, urging, and who is kept out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from core.domain.promise import Clock
from core.domain.ticket import State
from huiying.console.portal_guard import MOST_FOR_ADDRESS
from huiying.console.portal_words import PORTAL_WORDS
from huiying.flows.compile import compile_desk
from responder.wording import LANGUAGES
from tests.factories.console import a_console
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.fakes.fixed_clock import FixedClock

DEMAND = {
    "name": "王女士",
    "address": "wang@example.cn",
    "subject": "咖啡机漏水",
    "text": "上周买的咖啡机漏水，怎么办？",
}


class Customer:
    """A browser without a session; a person needs a moment to fill a form in."""

    def __init__(self, app: FastAPI, clock: FixedClock) -> None:
        self.client, self.clock = TestClient(app, base_url="https://testserver"), clock

    def get(self, address: str) -> Response:
        return self.client.get(address)

    def send(self, to: str, page: str = "/help", /, **form: str) -> Response:
        """The form, filled in for twenty seconds unless ``seconds`` says so."""
        seconds = int(form.pop("seconds", "20"))
        found = re.search(r'name="token" value="([^"]+)"', self.get(page).text)
        assert found is not None
        self.clock.advance(seconds=seconds)
        if not form.get("text"):
            return self.client.post(to, data={"token": found[1], **form})
        # As these forms are sent, in parts; a field that nobody asked for makes them so.
        parts = {"other": ("x", b"", "text/plain")}
        return self.client.post(to, data={"token": found[1], **form}, files=parts)


@pytest.fixture
def customer(office: Office, clock: FixedClock) -> Customer:
    return Customer(a_console(office.ctx), clock)


def number_in(page: str) -> str:
    found = re.search(r'<b class="num">(\d+)</b>', page)
    assert found is not None, page
    return found[1]


def page_of(office: Office, number: str) -> str:
    return f"/help/t/{office.ctx.signer.page_tag(office.ticket(number).ticket.id)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_number_is_in_the_same_answer(customer: Customer, office: Office, language: str) -> None:
    """A ticket of the portal with decision, promises and acknowledgement; the page leads to where it stands."""
    say = PORTAL_WORDS[language]
    assert say["title"] in customer.get(f"/help?lang={language}").text
    answer = customer.send(f"/help?lang={language}", **DEMAND)
    number = number_in(answer.text)
    detail = office.ticket(number)
    assert (
        detail.ticket.subject == "咖啡机漏水"
        and detail.ticket.channel == "portal"
        and detail.promises
        and detail.messages[0].text.startswith("上周买的")
    )
    assert [letter.kind for letter in office.letters()] == ["acknowledgement"]
    assert f'href="{page_of(office, number)}' in answer.text
    standing = customer.get(f"{page_of(office, number)}?lang={language}").text
    assert (
        number in standing and say["step-waiting"] in standing and say["told"] in standing and say["urge"] in standing
    )


def test_without_a_subject_the_first_sentence_is_one(customer: Customer, office: Office) -> None:
    """Nobody has to think of one."""
    number = number_in(customer.send("/help", **{**DEMAND, "subject": " "}).text)
    assert office.ticket(number).ticket.subject == "上周买的咖啡机漏水，怎么办？"


def test_the_language_is_the_browser_s_unless_one_is_chosen(customer: Customer) -> None:
    """Traditional for Taiwan, English for all others."""
    for wish, language in (("zh-TW,zh;q=0.9", "zh-TW"), ("zh-CN", "zh-CN"), ("fr", "en"), ("", "en")):
        page = customer.client.get("/help", headers={"accept-language": wish}).text
        assert f'<html lang="{language}">' in page
    assert '<html lang="en">' in customer.client.get("/help?lang=en", headers={"accept-language": "zh-CN"}).text


def test_files_come_along(customer: Customer, office: Office, clock: FixedClock) -> None:
    """As with a mail; more or larger ones than are taken are told, and nothing is kept."""
    token = re.search(r'name="token" value="([^"]+)"', customer.get("/help").text)
    assert token is not None
    clock.advance(seconds=30)
    form = {"token": token[1], **DEMAND}
    many = [("files", (f"{n}.txt", b"x", "text/plain")) for n in range(11)]
    assert customer.client.post("/help", data=form, files=many).status_code == 422
    assert office.totals()["tickets"] == 0
    page = customer.client.post("/help", data=form, files=[("files", ("照片.png", b"\x89PNG", "image/png"))]).text
    [attachment] = office.ticket(number_in(page)).messages[0].attachments
    assert (attachment.name, attachment.size) == ("照片.png", 4)


def test_a_saved_web_page_is_a_file_like_any(customer: Customer, office: Office, clock: FixedClock) -> None:
    """A browser sends it as multipart/related; it must not become a part of the mail's own build and vanish."""
    token = re.search(r'name="token" value="([^"]+)"', customer.get("/help").text)
    assert token is not None
    clock.advance(seconds=30)
    files = [("files", ("订单.mht", b"MIME-Version: 1.0\r\n\r\n--x", "multipart/related"))]
    page = customer.client.post("/help", data={"token": token[1], **DEMAND}, files=files).text
    [attachment] = office.ticket(number_in(page)).messages[0].attachments
    assert (attachment.name, attachment.size) == ("订单.mht", 24)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_text_comes_whole(customer: Customer, office: Office, language: str) -> None:
    """The beginning is read as the message, and all of it is a file beside it; nothing is lost on the page either."""
    text = "咖啡机漏水。\r\n" * 4_000 + "最后一句。"
    answer = customer.send(f"/help?lang={language}", **{**DEMAND, "text": text})
    number = number_in(answer.text)
    [message] = office.ticket(number).messages
    [file] = message.attachments
    say = PORTAL_WORDS[language]
    assert (file.name, file.size) == (say["long-file"], len(text.encode()))
    assert message.text.startswith("咖啡机漏水。") and say["long"] in message.text
    more = customer.send(f"{page_of(office, number)}?lang={language}", text=text)
    assert more.status_code == 200 and say["added"] in more.text
    assert [one.attachments[0].name for one in office.ticket(number).messages] == [say["long-file"]] * 2


def test_what_cannot_be_added_stays_in_the_form(customer: Customer, office: Office) -> None:
    """Too long, too old, too many files: the words are still there, and the page says what to do."""
    [row] = office.bring(a_mail())
    page, say = page_of(office, row.number), PORTAL_WORDS["zh-CN"]
    for form, code in (({"text": "长" * 300_001}, "problem-long"), ({"text": "还漏水", "token": "x"}, "problem-old")):
        answer = customer.send(f"{page}?lang=zh-CN", **form)
        assert answer.status_code == 422 and say[code] in answer.text and form["text"] in answer.text
    answer = customer.send("/help?lang=zh-CN", **{**DEMAND, "text": "长" * 300_001})
    assert answer.status_code == 422 and say["problem-long"] in answer.text and "长" * 300_001 in answer.text


def test_a_second_click_is_no_second_ticket(customer: Customer, office: Office, clock: FixedClock) -> None:
    """The form's token is the message's key."""
    token = re.search(r'name="token" value="([^"]+)"', customer.get("/help").text)
    assert token is not None
    clock.advance(seconds=30)
    first, second = (
        number_in(customer.client.post("/help", data={"token": token[1], **DEMAND}).text) for _ in range(2)
    )
    assert first == second and office.totals()["tickets"] == 1


@pytest.mark.parametrize(("wrong", "code"), [
    ({"address": ""}, "problem-address"), ({"address": "wang"}, "problem-address"),
    ({"address": "a b@x.cn"}, "problem-address"),
    ({"text": "  "}, "problem-text"), ({"token": "made up"}, "problem-old"), ({"token": ""}, "problem-old"),
])  # fmt: skip
def test_what_cannot_be_taken_is_told_and_stays_in_the_form(
    customer: Customer, office: Office, wrong: dict[str, str], code: str
) -> None:
    """In the customer's words; nothing is kept."""
    answer = customer.send("/help?lang=zh-CN", **{**DEMAND, **wrong})
    assert answer.status_code == 422 and PORTAL_WORDS["zh-CN"][code] in answer.text and "王女士" in answer.text
    assert office.totals()["tickets"] == 0


def test_programs_leave_nothing_behind(customer: Customer, office: Office) -> None:
    """The hidden field is filled in, or the form comes back at once: thanked, and nothing is kept."""
    assert customer.send("/help", **DEMAND, website="http://spam.example").status_code == 200
    assert customer.send("/help", seconds="0", **DEMAND).status_code == 200
    assert office.totals()["tickets"] == 0
    assert customer.send("/help", seconds="46800", **DEMAND).status_code == 422


def test_another_site_s_form_is_refused(customer: Customer, office: Office, clock: FixedClock) -> None:
    """Fetch Metadata and Origin, as everywhere."""
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        for address in ("/help", "/help/find", "/help/t/x", "/help/t/x/urge"):
            assert customer.client.post(address, data=DEMAND, headers=headers).status_code == 403
    assert office.totals()["tickets"] == 0


def test_one_network_address_sends_so_much_and_no_more(customer: Customer, office: Office, clock: FixedClock) -> None:
    """In an hour; then it may again."""
    for place in range(MOST_FOR_ADDRESS):
        assert customer.send("/help", seconds="3", **{**DEMAND, "text": f"第 {place} 件"}).status_code == 200
    answer = customer.send("/help", seconds="3", **DEMAND)
    assert answer.status_code == 429 and PORTAL_WORDS["en"]["problem-often"] in answer.text
    clock.advance(hours=1)
    assert customer.send("/help", seconds="3", **DEMAND).status_code == 200


def test_who_claims_an_address_sees_no_older_ticket(customer: Customer, office: Office) -> None:
    """With its number in the subject the message may join it; its page is not shown for that."""
    [row] = office.bring(a_mail(sender="王芳 <wang@example.cn>"))
    answer = customer.send("/help", **{**DEMAND, "subject": f"[#{row.number}] 我的"})
    assert "/help/t/" not in answer.text


def test_only_our_own_link_shows_anything(customer: Customer, office: Office) -> None:
    """A changed one is nobody's page, with the same answer for all."""
    [row] = office.bring(a_mail())
    good = page_of(office, row.number)
    assert customer.get(good).status_code == 200
    for wrong in (good[:-1] + ("a" if good[-1] != "a" else "b"), "/help/t/nothing", "/help/t/1.t1." + "a" * 26):
        answer = customer.get(wrong)
        assert answer.status_code == 404 and row.number not in answer.text
        assert customer.send(f"{wrong}/urge").status_code == 404


def test_looking_changes_nothing_and_the_page_says_what_is_so(customer: Customer, office: Office) -> None:
    """Each step in the customer's words; no priority, no name of a colleague."""
    [row] = office.bring(a_mail())
    page = page_of(office, row.number)
    before = office.totals()
    steps = {
        State.OPEN: "working", State.WAITING_CUSTOMER: "your-turn", State.RESOLVED: "resolved", State.CLOSED: "done",
        State.ON_HOLD: "working",
    }  # fmt: skip
    for state, step in steps.items():
        with office.ctx.store.write() as tx:
            ticket = tx.tickets.by_number(row.number)
            assert ticket is not None
            tx.tickets.update(replace(ticket, state=state, assignee="li"))
        text = customer.get(f"{page}?lang=zh-CN").text
        assert PORTAL_WORDS["zh-CN"][f"step-{step}"] in text
        assert ("/urge" in text) is (step in ("working", "your-turn"))
        assert ('href="/r/' in text) is (step == "resolved")
        assert "优先" not in text and "李敏" not in text
    assert office.totals() == before


def test_a_customer_urges_once_a_day(customer: Customer, office: Office, clock: FixedClock) -> None:
    """催一下: its clock begins, and the page says that he did."""
    [row] = office.bring(a_mail())
    page = page_of(office, row.number)
    assert PORTAL_WORDS["zh-CN"]["urge-done"] in customer.send(f"{page}/urge?lang=zh-CN", page).text
    clocks = [p.clock for p in office.ticket(row.number).promises]
    assert clocks.count(Clock.URGE) == 1
    assert "/urge" not in customer.get(page).text
    answer = customer.send(f"{page}/urge?lang=zh-CN", "/help")
    assert PORTAL_WORDS["zh-CN"]["urge-known"] in answer.text
    assert [p.clock for p in office.ticket(row.number).promises].count(Clock.URGE) == 1


def test_what_is_added_joins_the_ticket(customer: Customer, office: Office) -> None:
    """On the same way as a mail, in the customer's name."""
    [row] = office.bring(a_mail())
    page = page_of(office, row.number)
    answer = customer.send(f"{page}?lang=zh-CN", page, text="补一张照片的说明")
    assert PORTAL_WORDS["zh-CN"]["added"] in answer.text
    texts = [message.text.strip() for message in office.ticket(row.number).messages]
    assert "补一张照片的说明" in texts and office.totals()["tickets"] == 1
    assert customer.send(page, page, text=" ").status_code == 422


def test_the_link_goes_to_the_customer_alone(office: Office, clock: FixedClock) -> None:
    """Number and address together: a letter with the link; anything else gets the same answer and no letter."""
    files = shipped_files()
    files = replace(files, files={**files.files, "replies/wording.yaml": "portal: https://help.example.com"})
    desk = compile_desk(files)[0]
    assert desk is not None
    office = Office(replace(office.ctx, desk=lambda: desk, desk_of=lambda bundle: desk))
    customer = Customer(a_console(office.ctx), clock)
    [row] = office.bring(a_mail())
    say = PORTAL_WORDS["zh-CN"]["found"]
    wrong = ({"number": row.number, "address": "other@example.cn"}, {"number": "1", "address": "wang@example.cn"})
    for form in wrong:
        assert say in customer.send("/help/find?lang=zh-CN", **form).text
    assert [letter.kind for letter in office.letters()] == ["acknowledgement"]
    for _ in range(2):
        form = {"number": row.number, "address": "Wang@Example.cn "}
        assert say in customer.send("/help/find?lang=zh-CN", **form).text
    assert sorted(letter.kind for letter in office.letters()) == ["acknowledgement", "notice"]


def test_without_an_address_of_the_pages_no_link_is_offered(customer: Customer, office: Office) -> None:
    """A letter could not name it: the form is not shown, and whoever sends it nevertheless gets no letter."""
    [row] = office.bring(a_mail())
    assert "/help/find" not in customer.get("/help").text
    customer.send("/help/find", number=row.number, address="wang@example.cn")
    assert [letter.kind for letter in office.letters()] == ["acknowledgement"]


def test_the_desk_without_a_mailbox_says_so(office: Office, clock: FixedClock) -> None:
    """Nothing can be taken in; the page does not break."""
    empty = replace(office.ctx.desk(), mailboxes=())
    customer = Customer(a_console(replace(office.ctx, desk=lambda: empty)), clock)
    assert PORTAL_WORDS["en"]["problem-off"] in customer.send("/help", **DEMAND).text


def test_every_language_says_the_same() -> None:
    """No word is missing in any of them."""
    assert {frozenset(words) for words in PORTAL_WORDS.values()} == {frozenset(PORTAL_WORDS["en"])}
    assert all(all(words.values()) for words in PORTAL_WORDS.values())

"""关怀: who is chosen gets one letter in working hours and can stop them; who gets none is told with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.address_mark import AddressMark, Mark
from core.domain.errors import BadInput, NotPermitted, WordingStopped
from core.domain.keys import KeyRing
from core.domain.letter import LettersMode
from core.domain.mail import Address
from core.domain.people import Role, User
from core.domain.ticket import Customer, State
from huiying.flows.compile import compile_desk
from huiying.flows.deliver import deliver
from huiying.flows.desk import Desk
from huiying.flows.merge_customers import merge_customers
from huiying.flows.move import Move, move
from huiying.flows.send_care import AGAIN, MOST_CHOSEN, Cared, Round, look_at_care, send_care
from huiying.flows.stop_care import stop_care
from store.open import SqlStore
from tests.factories.letters import read
from tests.factories.pipeline import Office, a_mail, shipped_files, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock, GoingClock
from tests.fakes.transport import MemoryTransport

LI = User(id=1, name="li", display="李敏", role=Role.AGENT)
PORTAL = "portal: https://help.example.com\n"


@pytest.fixture
def server(clock: FixedClock) -> MemoryTransport:
    return MemoryTransport(clock)


def desk_of(wording: str = PORTAL) -> Desk:
    files = shipped_files()
    desk, problems = compile_desk(replace(files, files={**files.files, "replies/wording.yaml": wording}))
    assert desk is not None and not problems, problems
    return desk


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: MemoryTransport) -> Office:
    """A desk with pages for customers, and Wang Fang's closed ticket of two weeks ago."""
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk_of(), transport=server))
    office.bring(a_mail())
    clock.advance(days=14)
    server.tried.clear()
    return office


def number_of(office: Office) -> str:
    return office.letters()[-1].number


def send(office: Office, *who: str, letter: str = "care-call-back", note: str = "") -> list[Cared]:
    return list(send_care(office.ctx, Round(letter=letter, who=who, note=note), LI))


def why(office: Office, *who: str) -> list[str]:
    """Why each would get none; the same is found when it is sent."""
    seen, _ = look_at_care(office.ctx, Round(letter="care-call-back", who=who), LI)
    done = send(office, *who)
    assert [one.because for one in seen] == [one.because for one in done]
    return [one.because for one in done]


class TestSending:
    def test_a_chosen_customer_gets_one_that_he_can_stop(
        self, office: Office, server: MemoryTransport, clock: FixedClock
    ) -> None:
        """In his language, with the agent's words and name, both ways to stop it, as mail of its own; it is audited."""
        [one] = send(office, "Wang@example.cn", note="您的咖啡机满一年了。")
        assert one == Cared(who="王芳", number=number_of(office))
        assert deliver(office.ctx) == 0
        clock.advance(minutes=1)
        office.work()
        mail = read(server.tried[0])
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        assert "满一年" in text and "李敏" in text and text.startswith("王芳，您好！")
        link = str(mail["List-Unsubscribe"]).strip("<>")
        assert f"不再接收这类邮件：{link}" in text
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Auto-Submitted"] == "auto-generated" and mail["In-Reply-To"] is None
        trail = [entry for entry in office.ticket(one.number).audit if entry.action == "care.queued"]
        assert [(entry.actor, dict(entry.details)["template"]) for entry in trail] == [("li", "care-call-back")]

        stop_care(office.ctx, link.rpartition("/")[2])
        clock.advance(days=30)
        assert why(office, "wang@example.cn") == ["opted-out"]

    def test_the_clock_that_goes_on_puts_none_off(self, sqlite_store: SqlStore, keys: KeyRing) -> None:
        """Within working hours it leaves at the first turn after it could be taken back, though time passes in it."""
        clock = GoingClock()
        office = Office(worker_context(sqlite_store, keys, clock, desk=desk_of(), transport=MemoryTransport(clock)))
        office.bring(a_mail())
        clock.advance(days=14)
        assert [one.because for one in send(office, number_of(office))] == [""]
        clock.advance(minutes=1)
        assert deliver(office.ctx) == 1
        assert {letter.state for letter in office.letters()} == {"sent"}

    def test_it_leaves_while_somebody_works(self, office: Office, server: MemoryTransport, clock: FixedClock) -> None:
        """Chosen on a Friday evening it leaves on Monday morning; what is asked meanwhile is answered before it."""
        clock.at = clock.at.replace(day=20, hour=11)
        assert clock.at.strftime("%a") == "Fri"
        send(office, "wang@example.cn")
        office.bring(a_mail(subject="另一件事", mid="m2@example.cn"))
        clock.advance(hours=20)
        office.work()
        assert len(server.tried) == 1
        clock.at = clock.at.replace(day=23, hour=0, minute=59)
        office.work()
        assert len(server.tried) == 1
        clock.at = clock.at.replace(hour=1, minute=0)
        office.work()
        assert len(server.tried) == 2

    def test_one_in_seven_days(self, office: Office, clock: FixedClock) -> None:
        """By whatever name he is chosen, and at any of his addresses."""
        number = number_of(office)
        office.bring(a_mail(sender="王芳 <wang@home.cn>", subject="别的", mid="m2@example.cn"))
        merge_customers(office.ctx, "wang@home.cn", "wang@example.cn", LI)
        assert why(office, "wang@example.cn")[0] == ""
        assert why(office, f"#{number}", "wang@home.cn") == ["care-lately", "care-lately"]
        clock.advance(seconds=AGAIN.total_seconds() + 120)
        assert why(office, "wang@home.cn") == [""]

    def test_named_twice_he_stands_there_once(self, office: Office) -> None:
        """By address and by ticket."""
        assert [one.because for one in send(office, "wang@example.cn", number_of(office))] == [""]

    def test_the_note_is_checked_as_any_letter_is(self, office: Office) -> None:
        """A placeholder stops it; a vague word wants to be confirmed; money wants a second person, so it is no care."""
        for note in ("王芳，XXX 您好", "下周可能上线", "我们给您退款"):
            with pytest.raises(WordingStopped):
                send(office, "wang@example.cn", note=note)
        sure = Round(letter="care-greeting", who=("wang@example.cn",), note="下周可能上线", sure=True)
        assert look_at_care(office.ctx, sure, LI)[1]
        assert [one.because for one in send_care(office.ctx, sure, LI)] == [""]

    def test_who_may_and_what(self, office: Office) -> None:
        """An auditor may not; another letter is no letter of care; and not to everybody at once."""
        care = Round(letter="care-greeting", who=("wang@example.cn",))
        with pytest.raises(NotPermitted):
            send_care(office.ctx, care, User(id=2, name="aud", role=Role.AUDITOR))
        for wrong in (
            replace(care, letter="progress"), replace(care, who=()), replace(care, who=("a@b.cn",) * (MOST_CHOSEN + 1)),
        ):  # fmt: skip
            with pytest.raises(BadInput):
                send_care(office.ctx, wrong, LI)


class TestWhyNot:
    def test_nobody_who_is_not_there(self, office: Office) -> None:
        """An unknown address, an unknown number, and a customer of a sheet who has never written."""
        known = Customer(id=office.ctx.ids(), address=Address(name="", address="zhao@example.cn"))
        with office.ctx.store.write() as tx:
            tx.tickets.save_customer(known)
        assert why(office, "x@example.cn", "20990101001", "zhao@example.cn") == [
            "no-such-customer", "no-such-customer", "no-ticket",
        ]  # fmt: skip
        assert send(office, "x@example.cn")[0].who == "x***@example.cn"

    def test_no_machine_and_no_dead_address(self, office: Office, clock: FixedClock) -> None:
        """Whoever was not answered as a machine gets no greeting; a thing of the hour then does not count now."""
        office.bring(a_mail(sender="noreply@shop.cn", subject="账单", mid="m3@shop.cn"))
        assert why(office, "noreply@shop.cn") == ["noreply-address"]
        with office.ctx.store.write() as tx:
            address = Address(name="", address="wang@example.cn")
            tx.addresses.add(AddressMark(address=address, mark=Mark.BOUNCED, at=clock(), because="5.1.1"))
        assert why(office, "wang@example.cn") == ["address-bounced"]

    def test_no_letter_that_could_not_be_stopped(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
    ) -> None:
        """Without the customers' pages over https nothing is filed."""
        office = Office(worker_context(sqlite_store, keys, clock))
        office.bring(a_mail())
        assert why(office, "wang@example.cn") == ["no-stop-page"]

    @pytest.mark.slow
    def test_hold_and_off(self, office: Office) -> None:
        """In hold it waits for a person, off says so, and a letter that is switched off is not offered."""
        ctx, number = office.ctx, number_of(office)
        off = replace(ctx, desk=lambda: with_letters(desk_of(), LettersMode.OFF))
        assert why(Office(off), number) == ["letters-off"]
        held = replace(ctx, desk=lambda: with_letters(desk_of(), LettersMode.HOLD))
        assert why(Office(held), number) == [""]
        assert [row.state for row in office.letters() if row.kind == "care"] == ["held"]
        without = desk_of(PORTAL + "off: [care-call-back]\n")
        assert without.letters.for_care == ("care-greeting", "care-quiet", "care-satisfaction")

    def test_an_ended_ticket_is_no_hindrance(self, office: Office) -> None:
        """That is what a call-back is for; an invalid one is none of his."""
        number = number_of(office)
        lead = User(id=3, name="amy", role=Role.LEAD)
        move(office.ctx, number, lead, Move(to=State.INVALID, reason="广告"))
        assert why(office, "wang@example.cn") == ["no-ticket"]


def test_no_rule_and_no_answer_begins_with_one() -> None:
    """They are sent by people who mean to, never on arrival and never as an answer."""
    files = shipped_files()
    own = {
        f"replies/care-spring.{language}.j2": "---\nname: care-spring\ntitle: t\nsubject: s\n---\n{{ stop }}\n"
        for language in ("zh-CN", "zh-TW", "en")
    }
    desk, problems = compile_desk(replace(files, files={**files.files, **own}))
    assert desk is not None and not problems
    assert "care-spring" in desk.letters.for_care and "care-spring" not in desk.letters.for_arrivals

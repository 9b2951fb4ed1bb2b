"""One mail, two demands: the second becomes a ticket of its own, and nothing of the first is lost (拆分)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.bundle import BundleFiles
from core.domain.errors import BadInput, NotFound, NotPermitted
from core.domain.people import Role, User
from core.domain.promise import Clock
from core.domain.ticket import State
from core.domain.views import TicketDetail
from huiying.flows.answer import Draft, answer, look_over
from huiying.flows.compile import compile_desk
from huiying.flows.merge import merge
from huiying.flows.split import Cut, split
from tests.factories.letters import text_of
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
READER = User(id=4, name="sun", role=Role.AUDITOR)
FIRST, SECOND = "企业版登录一直报错 500，很急。", "另外想开通发票抬头修改的权限，请问怎么申请？"


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail(body=f"{FIRST}\r\n\r\n{SECOND}"))
    return row.number


def parted(office: Office, number: str, cut: Cut) -> TicketDetail:
    done = split(office.ctx, number, cut, LI)
    office.work()
    return office.ticket(done.row.number)


def test_the_second_demand_has_a_number_words_and_clocks_of_its_own(office: Office, number: str) -> None:
    """Decided from its own words alone; it follows nobody, and the first keeps all that was said."""
    new = parted(office, number, Cut(text=SECOND))
    old = office.ticket(number)
    assert (new.ticket.number, new.ticket.split_from, new.ticket.follows) == ("20260305002", number, False)
    assert (new.ticket.state, new.ticket.channel, new.ticket.customer_id) == (
        State.NEW,
        "email",
        old.ticket.customer_id,
    )
    assert [m.text.strip() for m in new.messages] == [SECOND] and new.ticket.subject == SECOND
    assert old.ticket.fields["type"] != new.ticket.fields["type"]
    assert {p.clock for p in new.promises} >= {Clock.FIRST_RESPONSE, Clock.RESOLUTION}
    assert [SECOND in m.text for m in old.messages] == [True]
    assert [(one.actor, dict(one.details)) for one in old.audit if one.action == "ticket.split"] == [
        ("li", {"number": new.ticket.number})
    ]


def test_its_customer_hears_of_it_once(office: Office, number: str) -> None:
    """Though nearly all of it was said on the first; the same words again are the same demand."""
    new = parted(office, number, Cut(text=SECOND))
    [letter] = new.letters
    assert letter.kind == "acknowledgement" and new.ticket.maybe_copy_of == 0
    assert f"您在 #{number} 里还提到了另一件事" in text_of(office.ctx.transport.tried[-1])  # type: ignore[attr-defined]  # the memory transport
    again = split(office.ctx, number, Cut(text=SECOND), LI)
    assert again.again and again.row.number == new.ticket.number


def test_a_reply_to_that_letter_goes_to_the_second(office: Office, number: str) -> None:
    """By its number and by what it answers, as with any ticket."""
    new = parted(office, number, Cut(text=SECOND))
    [row] = office.bring(
        a_mail(subject=f"Re: [#{new.ticket.number}] 您的来信已受理", body="谢谢，还需要什么材料？", mid="r@x.cn")
    )
    assert row.number == new.ticket.number


def test_he_waits_since_he_said_it_until_somebody_answered(office: Office, number: str, clock: FixedClock) -> None:
    """Nobody wins time by splitting, and nobody is late with what he has answered."""
    said = office.ticket(number).messages[0].at
    clock.advance(minutes=4)
    assert parted(office, number, Cut(text=SECOND)).ticket.received == said
    answer(office.ctx, number, LI, Draft(text="王芳，您好！登录的问题已经修好，请再试一次。", sure=True))
    clock.advance(minutes=1)
    office.work()
    later = parted(office, number, Cut(text="想开通发票抬头修改的权限，请问怎么申请？"))
    assert later.ticket.received == clock() > said + timedelta(minutes=4)


def test_files_go_along(office: Office) -> None:
    """Those that were chosen, with their exact bytes."""
    mail = a_mail(body=SECOND, headers=['X-Note: "1"']).replace(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
    )
    mail += (
        b"\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1;2"
    )
    mail += b"\r\n--b--\r\n"
    [row] = office.bring(mail)
    [message] = office.ticket(row.number).messages
    [file] = message.attachments
    new = parted(office, row.number, Cut(files=(file.part,)))
    assert [(one.name, one.sha256) for one in new.messages[0].attachments] == [("a.csv", file.sha256)]
    with pytest.raises(NotFound):
        split(office.ctx, row.number, Cut(files=("9.9",)), LI)


def test_nobody_is_said_to_have_asked_what_he_did_not(office: Office, number: str) -> None:
    """Each line is his own, on a message of this ticket; and who only reads splits nothing."""
    for cut in (Cut(text="请退款"), Cut(text=f"{SECOND}\n请退款")):
        with pytest.raises(BadInput, match="请退款"):
            split(office.ctx, number, cut, LI)
    with pytest.raises(NotFound):
        split(office.ctx, number, Cut(message=5), LI)
    with pytest.raises(NotFound):
        split(office.ctx, "1", Cut(), LI)
    with pytest.raises(NotPermitted):
        split(office.ctx, number, Cut(text=SECOND), READER)


def test_spaces_and_lines_may_differ(office: Office, number: str) -> None:
    """What a browser hands over of a marked text has other ends of lines."""
    new = parted(office, number, Cut(text="另外想开通发票抬头修改的权限，\r\n 请问怎么申请？", subject="发票抬头"))
    assert new.ticket.subject == "发票抬头"


def test_what_a_person_calls_a_demand_is_one(office: Office, clock: FixedClock) -> None:
    """Whatever a machine would make of its words: an automatic reply, what a rule calls spam, the same demand again."""
    rule = a_rule(
        id="ads",
        when="{text: 发票抬头}",
        then="{spam: yes}",
        examples=["{text: 发票抬头, expect: {spam: yes}}", "{text: 你好, expect: nothing}"],
    )
    files = BundleFiles(files={**shipped_files().files, "rules/10-own.yaml": rule})
    desk, problems = compile_desk(files)
    assert desk is not None and not problems
    [row] = office.bring(a_mail(body=f"{SECOND}\r\n自动回复：发票抬头怎么关？"))
    spam = Office(replace(office.ctx, desk=lambda: desk, desk_of=lambda bundle: desk))
    for cut in (Cut(), Cut(text="自动回复：发票抬头怎么关？", subject="自动回复：发票抬头")):
        new = parted(spam, row.number, cut)
        assert new.ticket.split_from == row.number and new.ticket.maybe_copy_of == 0
        assert [one.kind for one in new.letters] == ["acknowledgement"]


def test_it_goes_back_by_merging(office: Office, number: str) -> None:
    """The toast's undo: what was split off goes on in the ticket that it came from."""
    new = parted(office, number, Cut(text=SECOND))
    assert merge(office.ctx, new.ticket.number, number, LI).state is State.MERGED
    assert office.ticket(new.ticket.number).into == number


def test_a_letter_may_name_his_other_ticket_and_nobody_elses(office: Office, number: str) -> None:
    """The wording check knows whose number it is."""
    new = parted(office, number, Cut(text=SECOND)).ticket.number
    [row] = office.bring(a_mail(sender="李雷 <li@other.cn>", mid="o@other.cn"))
    for named, found in ((new, []), (row.number, ["wrong-number"])):
        text = f"王芳，您好！\n登录已经修好；发票的事情在 {named} 里办理。"
        assert [one.code for one in look_over(office.ctx, number, text).findings] == found

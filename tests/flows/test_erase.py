"""A customer's personal data goes, wherever it stands; numbers and figures stay, and so does that he wants no mail."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import select, text

from core.domain.address_mark import AddressMark, Mark
from core.domain.channel import BroughtMessage, CallRecord, Channel
from core.domain.errors import KeyMissing, NotFound
from core.domain.filing import AuditEntry
from core.domain.mail import Address
from core.domain.people import Role, User
from core.domain.ticket import State
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.answer_linked import answer_all
from huiying.flows.correct import correct
from huiying.flows.customer import set_customer
from huiying.flows.erase import ERASED, erase, erase_again, find_customer, what_there_is
from huiying.flows.merge import merge
from huiying.flows.merge_customers import merge_customers
from huiying.flows.move import Move, move
from huiying.flows.take_in import take_in
from store.addresses import open_envelope
from store.open import SqlStore
from store.tables import letter, message
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT, display="李")
SECRET = "紫檀木屏风"
SENDER = "王小芳 <xiaofang@kunde.cn>"
OTHER = "赵 <zhao@else.cn>"


@dataclass
class Journal:
    keys: list[bytes] = field(default_factory=list)

    def add(self, key: bytes, at: datetime) -> None:
        self.keys.append(key)


@pytest.fixture
def number(office: Office, clock: FixedClock) -> str:
    """A ticket that was corrected and answered, and one of somebody else, where he joined in."""
    [row] = office.bring(
        a_mail(subject=f"{SECRET}坏了", body=f"{SECRET}送来就是坏的。", sender=SENDER, mid="w1@kunde.cn")
    )
    correct(office.ctx, row.number, {"type": "投诉"}, "li")
    answer(office.ctx, row.number, LI, Draft(text=f"您好！\n\n{SECRET}的事，我们周五下班前给您答复。", then=State.OPEN))
    clock.at += UNDO
    office.work()
    office.bring(
        a_mail(subject="屏幕", body="屏幕不亮。", sender=OTHER, mid="z1@else.cn", headers=["Cc: xiaofang@kunde.cn"]),
        a_mail(
            subject="Re: 屏幕", body=f"我也是，{SECRET}。", sender=SENDER, mid="w2@kunde.cn", reply_to=["z1@else.cn"]
        ),
        a_mail(
            subject="外出",
            body=f"休假 {SECRET}",
            sender=SENDER,
            mid="w3@kunde.cn",
            headers=["Auto-Submitted: auto-replied"],
        ),
    )
    with office.ctx.store.write() as tx:
        mark = AddressMark(
            address=Address(address="xiaofang@kunde.cn"), mark=Mark.OPTED_OUT, at=clock(), because="asked"
        )
        tx.addresses.add(mark)
    return row.number


def everything(store: SqlStore) -> str:
    """Every cell of the database that can be read without the key, and what the sealed mails hold."""
    with store._engines.reader.connect() as connection:
        names = [row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        cells = [list(map(str, row)) for name in names for row in connection.execute(text(f"SELECT * FROM {name}"))]
    return json.dumps(cells, ensure_ascii=False)


@pytest.mark.slow
def test_nothing_of_him_is_left(office: Office, sqlite_store: SqlStore, number: str) -> None:
    """Not in any table, not in the sealed mails, nor in what models were taught; the other customer keeps his."""
    assert SECRET in everything(sqlite_store) and "王小芳" in everything(sqlite_store)
    customer, journal = find_customer(office.ctx, "XiaoFang@kunde.cn"), Journal()
    asked = what_there_is(office.ctx, customer)
    done = erase(office.ctx, customer, "operator:root", journal)
    assert done == asked
    assert (done.customer, done.tickets, done.messages, done.labels) == ("x***@kunde.cn", 1, 3, 1)
    assert done.mails == 3 and done.letters == 2
    left = everything(sqlite_store)
    assert SECRET not in left and "王小芳" not in left and "kunde" not in left
    with office.ctx.store.read() as tx:
        assert not tx.corrections.labelled() and len(journal.keys) == 1
        assert tx.addresses.why("xiaofang@kunde.cn", Mark.OPTED_OUT) == "asked"
        assert [row.masked for row in tx.addresses.list(Mark.OPTED_OUT, "", 9).rows] != ["x***@kunde.cn"]
        lines = [row for row in tx.views.audit(f"customer:{customer.id}", "", 9).rows if row.action == ERASED]
    assert [(line.actor, dict(line.details)["tickets"]) for line in lines] == [("operator:root", "1")]
    with pytest.raises(NotFound):
        find_customer(office.ctx, "xiaofang@kunde.cn")


def test_the_number_and_the_figures_stay(office: Office, number: str) -> None:
    """The ticket is over, with its decided values and times; its page opens, and nothing is owed on it."""
    before = office.ticket(number).ticket
    totals = office.totals()
    erase(office.ctx, find_customer(office.ctx, number), "li", Journal())
    detail = office.ticket(number)
    assert (detail.ticket.fields, detail.ticket.received) == (before.fields, before.received)
    assert detail.ticket.first_response == before.first_response
    assert (detail.ticket.state, detail.messages, detail.letters, detail.customer) == (State.WITHDRAWN, (), (), None)
    assert detail.ticket.subject.startswith("（已删除") and not detail.ticket.gist and detail.ticket.next_due is None
    assert (office.totals()["mails"], office.totals()["tickets"]) == (totals["mails"], totals["tickets"])


def test_who_was_erased_may_come_again(office: Office, number: str) -> None:
    """As somebody new, who does not fall into the ticket of before; the same mail is not taken for a copy."""
    erase(office.ctx, find_customer(office.ctx, number), "li", Journal())
    [row] = office.bring(
        a_mail(subject="Re", body="我又来了。", sender=SENDER, mid="w9@kunde.cn", reply_to=["w1@kunde.cn"])
    )
    assert row.number != number and office.ticket(row.number).customer is not None


def test_another_with_the_same_mask_keeps_his_mail(office: Office, number: str) -> None:
    """x***@kunde.cn may be somebody else: the mail itself says who wrote it."""
    away = ["Auto-Submitted: auto-replied"]
    [other] = office.bring(a_mail(subject="外出", sender="徐 <xu@kunde.cn>", mid="x1@kunde.cn", headers=away))
    erase(office.ctx, find_customer(office.ctx, number), "li", Journal())
    with office.ctx.store.read() as tx:
        assert tx.ledger.raw(other.id)


def test_a_restored_backup_is_emptied_again(office: Office, number: str) -> None:
    """By the journal, which the backup has no part in; those who are not in it cost nothing."""
    with office.ctx.store.read() as tx:
        key = tx.erasures.key_of("xiaofang@kunde.cn")
    assert erase_again(office.ctx, [key, b"nobody"], "restore") == 1
    assert erase_again(office.ctx, [key], "restore") == 0
    assert office.ticket(number).messages == ()


def begun_anew(store: SqlStore, table: str, column: str, value: str) -> None:
    with store._engines.writer.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = CAST({value} AS BLOB)"))


@pytest.mark.parametrize("damage", ["x'07'", "x'00'", "x'01'"])
def test_a_damaged_row_holds_no_erasure_up(office: Office, sqlite_store: SqlStore, number: str, damage: str) -> None:
    """A mail and an envelope that nobody can open say nothing of anybody; the rest of his goes."""
    for table, column in (("message", "addresses"), ("raw_mail", "data")):
        begun_anew(sqlite_store, table, column, f"{damage} || substr({column}, 2, 12) || x'00' || substr({column}, 15)")
    with office.ctx.store.read() as tx:
        key = tx.erasures.key_of("xiaofang@kunde.cn")
    assert erase_again(office.ctx, [key], "restore") == 1
    with pytest.raises(NotFound):
        find_customer(office.ctx, "xiaofang@kunde.cn")


@pytest.mark.parametrize(("table", "column"), [("message", "addresses"), ("raw_mail", "data")])
def test_an_erasure_waits_for_a_key(
    office: Office, sqlite_store: SqlStore, number: str, table: str, column: str
) -> None:
    """What a key seals that is only not here may be his: he is not said to be erased."""
    begun_anew(sqlite_store, table, column, f"x'02' || substr({column}, 2)")
    with sqlite_store._engines.writer.begin() as connection:
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('newest_key', '2')"))
    with office.ctx.store.read() as tx:
        key = tx.erasures.key_of("xiaofang@kunde.cn")
    with pytest.raises(KeyMissing):
        erase_again(office.ctx, [key], "restore")


@pytest.mark.slow
def test_all_addresses_of_a_customer_are_erased(office: Office) -> None:
    """Whichever of them he is named by; what was merged into nobody else's stays."""
    for count, sender in enumerate((SENDER, "王小芳 <xf@163.com>", "王小芳 <xf@qq.com>", OTHER)):
        office.bring(a_mail(sender=sender, mid=f"a{count}@x.cn"))
    for address in ("xf@163.com", "xf@qq.com"):
        merge_customers(office.ctx, address, "xiaofang@kunde.cn", LI)
    journal = Journal()
    found = find_customer(office.ctx, "xf@163.com")
    assert erase(office.ctx, found, "li", journal).tickets == 3 and len(journal.keys) == 3
    for address in ("xf@163.com", "xf@qq.com", "xiaofang@kunde.cn"):
        with pytest.raises(NotFound):
            find_customer(office.ctx, address)
    assert find_customer(office.ctx, "zhao@else.cn").merged_into == 0


def sealed(store: SqlStore, key: str) -> list[tuple[str, str]]:
    """Where that address still stands, in what only the key ring opens."""
    with store.read() as tx:
        unit = tx._unit
        mine = unit.seal.address_key(key)
        letters = unit.rows(select(letter.c.id).where(letter.c.recipient_key == mine))
        rows = unit.rows(select(message.c.id, message.c.addresses))
        named = [open_envelope(unit.seal, row.addresses, f"message.addresses.{row.id}") for row in rows]
    found = [("letter", str(row.id)) for row in letters]
    return found + [("message", one.address) for sender, to in named for one in (sender, *to) if one and one.key == key]


@pytest.mark.slow
def test_what_was_said_to_him_elsewhere_goes(office: Office, sqlite_store: SqlStore, clock: FixedClock) -> None:
    """His ticket went into another's, and all were answered: his own letter stands there, with his name."""
    other, his = (
        row.number for row in office.bring(a_mail(sender=OTHER, mid="z@x.cn"), a_mail(sender=SENDER, mid="w@x.cn"))
    )
    merge(office.ctx, his, other, LI)
    answer_all(office.ctx, other, LI, Draft(text="故障已经定位，正在恢复。"))
    clock.at += UNDO
    office.work()
    assert sealed(sqlite_store, "xiaofang@kunde.cn") and "王小芳" in everything(sqlite_store)
    before = len(office.ticket(other).conversation)
    customer = find_customer(office.ctx, "xiaofang@kunde.cn")
    assert erase(office.ctx, customer, "li", Journal()).letters == 2
    assert sealed(sqlite_store, "xiaofang@kunde.cn") == [] and "王小芳" not in everything(sqlite_store)
    left = office.ticket(other)
    assert len(left.conversation) < before and [one.direction for one in left.messages] == ["in", "out"]


def test_his_copy_and_our_own_words_about_him_go(office: Office, sqlite_store: SqlStore) -> None:
    """The other's message stays, and who moved his ticket when; not why, for that was in words."""
    office.bring(a_mail(sender=OTHER, mid="z1@x.cn", subject="屏幕", headers=[f"Cc: {SENDER}, zhou@else.cn"]))
    [row] = office.bring(a_mail(sender=SENDER, mid="w1@x.cn", subject="别的"))
    move(office.ctx, row.number, LI, Move(to=State.WITHDRAWN, reason="王小芳来电说不用了"))
    erase(office.ctx, find_customer(office.ctx, row.number), "li", Journal())
    assert sealed(sqlite_store, "xiaofang@kunde.cn") == [] and "王小芳" not in everything(sqlite_store)
    assert len(sealed(sqlite_store, "zhou@else.cn")) == 1
    lines = [dict(line.details) for line in office.ticket(row.number).audit if line.action == "ticket.moved"]
    assert [(line["state"], line["reason"]) for line in lines] == [("withdrawn", "erased")]


def test_who_was_a_guest_in_the_backup_goes_too(office: Office, sqlite_store: SqlStore) -> None:
    """He had no ticket of his own yet: his words on another's are found by the digest."""
    office.bring(a_mail(sender=OTHER, mid="z1@x.cn", subject="屏幕", headers=[f"Cc: {SENDER}"]))
    [row] = office.bring(
        a_mail(subject="Re", body=f"我也是，{SECRET}。", sender=SENDER, mid="w2@x.cn", reply_to=["z1@x.cn"])
    )
    assert SECRET in everything(sqlite_store)
    with office.ctx.store.read() as tx:
        key = tx.erasures.key_of("xiaofang@kunde.cn")
    assert [erase_again(office.ctx, [key], "restore") for _ in range(2)] == [1, 0]
    assert SECRET not in everything(sqlite_store) and sealed(sqlite_store, "xiaofang@kunde.cn") == []
    assert len(office.ticket(row.number).messages) == 1


def test_a_mail_that_nobody_can_open_stops_no_erasure(office: Office, sqlite_store: SqlStore, number: str) -> None:
    """It lies beside his, with the same mask, and its bytes are damaged."""
    away = ["Auto-Submitted: auto-replied"]
    [other] = office.bring(a_mail(subject="外出", sender="徐 <xu@kunde.cn>", mid="x1@kunde.cn", headers=away))
    with sqlite_store._engines.writer.begin() as connection:
        damaged = text("UPDATE raw_mail SET data = :data WHERE ledger_id = :of")
        connection.execute(damaged, {"data": b"\x01" + bytes(40), "of": other.id})
    assert erase(office.ctx, find_customer(office.ctx, number), "li", Journal()).tickets == 1


def test_why_his_mail_was_downloaded_goes_with_it(office: Office, sqlite_store: SqlStore, number: str) -> None:
    """The trail keeps that it was, and by whom."""
    [mail] = office.ticket(number).ledger
    entry = AuditEntry(
        id=office.ctx.ids(), at=office.ctx.now(), actor="li", action="mail.raw", subject=f"mail:{mail.id}",
        details=(("reason", "王小芳要求核对"),),
    )  # fmt: skip
    with office.ctx.store.write() as tx:
        tx.audit.add((entry,))
    erase(office.ctx, find_customer(office.ctx, number), "li", Journal())
    assert "王小芳" not in everything(sqlite_store)
    with office.ctx.store.read() as tx:
        [line] = tx.views.audit(f"mail:{mail.id}", "", 9).rows
    assert (line.actor, dict(line.details)) == ("li", {"reason": "erased"})


@pytest.mark.slow
def test_a_caller_without_an_address_is_erased_with_all_who_are_known_by_his_number(
    office: Office, sqlite_store: SqlStore, clock: FixedClock
) -> None:
    """By his ticket's number; again after a backup of before; a mail customer with the same number stays."""
    told = [("王女士", "t1"), ("李明", "t2")]
    numbers = []
    for name, key in told:
        call = BroughtMessage(
            key=key, channel=Channel.PHONE, mailbox="service", at=clock(), text=f"{SECRET}坏了 {key}", name=name,
            call=CallRecord(by="li", name=name, phone="13812345678"),
        )  # fmt: skip
        numbers.append(take_in(office.ctx, call, "li").row.number)
    [row] = office.bring(a_mail(sender=OTHER, mid="z9@else.cn"))
    set_customer(office.ctx, row.number, {"phone": "138 1234 5678"}, "li")
    one, other = (office.ticket(number).customer for number in numbers)
    assert one and other and one.id != other.id
    journal = Journal()
    asked = what_there_is(office.ctx, find_customer(office.ctx, numbers[0]))
    assert (asked.customer, asked.tickets) == ("138****5678", 2)
    again = erase(office.ctx, find_customer(office.ctx, numbers[0]), "root", journal)
    assert again == asked and len(set(journal.keys)) == 1
    left = everything(sqlite_store)
    assert SECRET not in left and "李明" not in left
    zhao = office.ticket(row.number).customer
    assert zhao is not None and zhao.phone == "138 1234 5678"

    record = CallRecord(by="li", name="李明", phone="13812345678")
    call = BroughtMessage(
        key="t3", channel=Channel.PHONE, mailbox="service", at=clock(), text=SECRET, name="李明", call=record
    )
    number = take_in(office.ctx, call, "li").row.number
    assert erase_again(office.ctx, journal.keys[:1], "root") == 1
    assert SECRET not in everything(sqlite_store) and office.ticket(number).customer is None
    assert office.ticket(row.number).customer == zhao

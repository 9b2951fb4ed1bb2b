"""One demand stays one ticket: by every reply prefix, through two mailboxes, forwarded or sent again."""

from __future__ import annotations

import pytest

from core.domain.keys import KeyRing
from huiying.flows.compile import compile_desk
from ingest.subject import bare_subject
from store.open import SqlStore
from tests.factories.pipeline import MAILBOXES, Office, a_mail, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock

SALES = MAILBOXES.replace("name: service", "name: sales").replace("service@example.com", "sales@example.com")


@pytest.fixture
def two_boxes(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    """One desk that reads two mailboxes."""
    desk, problems = compile_desk(shipped_files(MAILBOXES + SALES))
    assert desk is not None and not problems
    return Office(worker_context(sqlite_store, keys, clock, desk=desk))


@pytest.mark.parametrize(
    "prefix",
    [
        "Re: ",
        "RE：",
        "Fwd: ",
        "回复：",
        "答复: ",
        "转发：",
        "回覆：",
        "轉寄: ",
        "Ｒｅ：",
        "[External] Re: ",
        "【外部邮件】回复：",
        "回复: 回复：Re[2]: ",
        "［External］ Ｒｅ：",
        "外部邮件：回复2：",
    ],
)
def test_the_number_counts_behind_every_prefix(office: Office, prefix: str) -> None:
    """A client that drops the Message-IDs still writes the number; whoever belongs to the ticket joins it, and what the
    queue shows of the mail begins behind the prefix."""
    assert bare_subject(f"{prefix}[#1234] 登录报错") == "[#1234] 登录报错"
    [root] = office.bring(a_mail())
    [reply] = office.bring(a_mail(subject=f"{prefix}[#{root.number}] 登录报错", body="还是不行。", mid="r1@example.cn"))
    assert (reply.number, reply.verdict.startswith("reply:number")) == (root.number, True)


@pytest.mark.parametrize("prefix", ["Fwd: ", "Ｆｗｄ：", "ＦＷ：", "［External］转发：", "外部邮件：轉寄：", "RV: "])
def test_what_was_forwarded_is_the_demand(office: Office, prefix: str) -> None:
    """Whoever forwards his own customer's mail asks for what stands below: it is not cut off as a quote."""
    body = "请处理\r\n\r\n-----原始邮件-----\r\n发件人: 李四 <li@kunde.cn>\r\n主题: 发货\r\n\r\n订单 A1 一直没有发货"
    [row] = office.bring(a_mail(subject=f"{prefix}发货", body=body))
    assert "一直没有发货" in office.ticket(row.number).conversation[0].reply


def test_one_mail_through_two_mailboxes_is_one_ticket(two_boxes: Office) -> None:
    """To one address and Cc to the other: the second arrival is recorded as a copy, and one letter answers."""
    mail = a_mail(headers=["Cc: sales@example.com"])
    [first] = two_boxes.keep(mail)
    two_boxes.work()
    [second] = two_boxes.keep(mail, mailbox="sales")
    two_boxes.work()
    row = two_boxes.row(second)
    assert row.verdict.startswith("copy:") and two_boxes.row(first).verdict.startswith("new:")
    assert (two_boxes.totals()["mails"], two_boxes.totals()["tickets"]) == (2, 1)
    assert len(two_boxes.letters()) == 1


def test_a_mail_forwarded_twice_is_offered_as_one(office: Office, clock: FixedClock) -> None:
    """The same words under two Message-IDs: the second is marked 可能重复 and gets no second acknowledgement."""
    body = "请看下面客户的来信：\r\n\r\n---- 转发的邮件 ----\r\n企业版登录后一直报错 500，今天已经第三次了。"
    [first] = office.bring(a_mail(subject="转发：登录报错", body=body, mid="f1@example.cn"))
    clock.advance(minutes=3)
    [second] = office.bring(a_mail(subject="Fwd: 转发：登录报错", body=body, mid="f2@example.cn"))
    assert office.ticket(second.number).ticket.maybe_copy_of == office.ticket(first.number).ticket.id
    assert second.silent_because == "same-demand-again" and not office.ticket(second.number).letters


def test_people_of_a_free_mail_provider_are_strangers(office: Office) -> None:
    """Two addresses at qq.com are no colleagues: a number alone brings the second one nowhere."""
    [root] = office.bring(a_mail(sender="wang@qq.com", mid="q1@qq.com"))
    [other] = office.bring(
        a_mail(subject=f"回复：[#{root.number}]", body="也查我的。", sender="li@qq.com", mid="q2@qq.com")
    )
    assert other.number != root.number and "does not count" in other.verdict

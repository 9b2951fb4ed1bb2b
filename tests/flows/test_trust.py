"""Whose word about a mail is believed: forged senders, marks of spam, and a person who says that it is none."""

from __future__ import annotations

import pytest

from core.domain.bundle import BundleFiles
from core.domain.errors import BadInput, NotFound
from core.domain.keys import KeyRing
from huiying.flows.compile import compile_desk
from huiying.flows.not_spam import not_spam
from store.open import SqlStore
from tests.factories.pipeline import MAILBOXES, Office, a_mail, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock

FAILED = "Authentication-Results: mx.desk.cn; spf=fail smtp.mailfrom=example.cn; dkim=none; dmarc=fail"
SPAM = "X-Spam-Flag: YES"


def an_office(store: SqlStore, keys: KeyRing, clock: FixedClock, trust: str, rules: str = "") -> Office:
    """A desk whose mailbox says whom it trusts."""
    shipped = shipped_files(MAILBOXES + trust).files
    files = BundleFiles(files={**shipped, **({"rules/90-own.yaml": rules} if rules else {})})
    desk, problems = compile_desk(files)
    assert desk is not None and not problems, problems
    return Office(worker_context(store, keys, clock, desk=desk))


def test_a_forged_sender_gets_a_ticket_and_no_letter(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """Only where the mailbox trusts that server; what it found out stands in the trail either way it went."""
    office = an_office(sqlite_store, keys, clock, "  trusted_authserv: [mx.desk.cn]\n")
    [forged] = office.bring(a_mail(headers=[FAILED]))
    [good] = office.bring(a_mail(mid="m2@example.cn", headers=[FAILED.replace("fail", "pass")]))
    assert (forged.number != "", forged.silent_because) == (
        True, "forged-sender: spf=fail dkim=none dmarc=fail (mx.desk.cn)"
    )  # fmt: skip
    assert (good.silent_because, good.authentication) == ("", "spf=pass dkim=none dmarc=pass (mx.desk.cn)")
    assert len(office.letters("sent")) == 1


def test_nobody_is_believed_who_is_not_trusted(office: Office) -> None:
    """Anybody can write such a header."""
    [row] = office.bring(a_mail(headers=[FAILED]))
    assert (row.silent_because, row.authentication) == ("", "")


@pytest.mark.parametrize(("trust", "spam"), [
    ("", True), ("  spam_headers: [x-spam-flag]\n", True), ("  spam_headers: [x-spam-status]\n", False),
    ("  spam_headers: []\n", False), ("  provider: gmail\n", False),
])  # fmt: skip
def test_a_mark_of_spam_counts_where_our_server_writes_it(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, trust: str, spam: bool
) -> None:
    """The header of a sender's own filter costs his demand nothing."""
    office = an_office(sqlite_store, keys, clock, trust)
    [row] = office.bring(a_mail(headers=[SPAM]))
    assert row.is_spam is spam and bool(row.number) is not spam


def test_what_was_no_spam_becomes_a_ticket(office: Office) -> None:
    """It is found in the list, and once a person has said so it is filed and acknowledged as any mail, once."""
    [row] = office.bring(a_mail(headers=[SPAM]))
    [other] = office.bring(a_mail(mid="m2@example.cn"))
    with office.ctx.store.read() as tx:
        assert [each.id for each in tx.views.spam("", 10).rows] == [row.id]
    not_spam(office.ctx, row.id, "li")
    office.work()
    again = office.row(row.id)
    assert (again.stage, again.silent_because, again.not_spam, again.is_spam) == ("filed", "", True, False)
    assert again.number and again.number != other.number
    assert len(office.letters("sent")) == 2
    with office.ctx.store.read() as tx:
        assert tx.views.spam("", 10).rows == ()
        assert [entry.action for entry in tx.views.audit(f"mail:{row.id}", "", 10).rows] == ["mail.not-spam"]
    for wrong, error in ((row.id, BadInput), (other.id, BadInput), (12345, NotFound)):
        with pytest.raises(error):
            not_spam(office.ctx, wrong, "li")


@pytest.mark.parametrize("mail", [
    a_mail(subject="回复：发票", body="您好，我正在休假，返回后会尽快回复您的邮件。"),
    a_mail(subject="自动回复：系统登录报错"), a_mail(headers=["Auto-Submitted: auto-generated"]),
])  # fmt: skip
def test_what_no_machine_wrote_becomes_a_ticket(office: Office, mail: bytes) -> None:
    """Known by its words, its subject or its header: a person's word stands above each, once."""
    [row] = office.bring(mail)
    assert row.is_automatic and not row.number
    not_spam(office.ctx, row.id, "li")
    office.work()
    again = office.row(row.id)
    assert again.number and (again.silent_because, again.is_automatic) == ("", False)
    assert len(office.letters("sent")) == 1
    with pytest.raises(BadInput):
        not_spam(office.ctx, row.id, "li")


def test_an_automatic_answer_that_a_ticket_shows_stays_there(office: Office) -> None:
    """Nothing is made of it twice: whoever reads the ticket sees it and goes on from there."""
    office.bring(a_mail())
    [letter] = office.letters("sent")
    [row] = office.bring(a_mail(mid="away", reply_to=[letter.message_id], headers=["Auto-Submitted: auto-replied"]))
    assert row.number and not row.is_automatic
    with pytest.raises(BadInput):
        not_spam(office.ctx, row.id, "li")


def test_a_person_s_word_stands_above_a_rule(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """What a rule took for spam is no spam when somebody says so, and the rule says it in vain."""
    rule = (
        "rules:\n  - id: own-spam\n    title: 推销\n"
        "    when: {text: {contains_any: [代开发票]}}\n    then: {spam: true}\n"
        "    examples:\n      - {text: 代开发票, expect: {spam: true}}\n"
        "      - {text: 请问怎样开发票, expect: nothing}\n"
    )
    office = an_office(sqlite_store, keys, clock, "", rule)
    [row] = office.bring(a_mail(body="您好，我们被人投诉代开发票，请协助处理。"))
    assert row.is_spam
    not_spam(office.ctx, row.id, "li")
    office.work()
    assert office.row(row.id).number and len(office.letters("sent")) == 1

"""The index tells the truth: reading the samples in their order leads to what it says of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from core.domain.filing import VerdictKind
from core.domain.mail import ParsedMail
from core.domain.signer import Signer
from core.domain.ticket import Ticket
from huiying.demo.home import ADDRESS
from huiying.demo.samples import SampleMail, sample_mails
from ingest.limits import ParseOptions
from ingest.parse import parse_mail
from ingest.whose import OwnMail, whose

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
OWN = OwnMail(signer=Signer({"k1": b"k" * 32}, "k1"), addresses=(ADDRESS,))


class Desk:
    """Tickets in memory, as far as "whose is it" asks about them."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.writers: dict[int, set[str]] = {}
        self.files: dict[int, str] = {}
        self.contents: dict[tuple[str, str], int] = {}

    def get(self, ticket_id: int) -> Ticket | None:
        return Ticket(id=ticket_id, number=str(ticket_id), received=NOW) if ticket_id in self.writers else None

    def by_number(self, number: str) -> Ticket | None:
        return None

    def by_references(self, message_ids: Sequence[str]) -> tuple[tuple[str, int], ...]:
        return tuple((name, self.names[name]) for name in message_ids if name in self.names)

    def belongs(self, ticket_id: int, address_key: str) -> bool:
        return address_key in self.writers[ticket_id]

    def domains_of(self, ticket_id: int) -> Sequence[str]:
        return ()

    def domains_at(self, address_key: str) -> Sequence[str]:
        return ()

    def copies(self, message_id: str, content_key: str) -> tuple[tuple[int, int], ...]:
        found = self.contents.get((message_id, content_key))
        return ((found, 1),) if found else ()

    def file(self, sample: SampleMail, mail: ParsedMail) -> tuple[str, str]:
        """What became of the mail, and the file whose mail made the ticket that it concerns."""
        verdict = whose(mail, OWN, self)
        if verdict.kind in (VerdictKind.SILENT, VerdictKind.COPY):
            return verdict.kind.value, self.files.get(verdict.ticket_id, "")
        root = self.files.get(verdict.ticket_id, "")
        ticket = verdict.ticket_id if verdict.kind is VerdictKind.JOINED else len(self.files) + 1
        self.files.setdefault(ticket, sample.file)
        self.writers.setdefault(ticket, set()).add(mail.sender.key if mail.sender else "")
        self.contents[mail.message_id, mail.content_key] = ticket
        for name in (mail.message_id, *mail.named_ids):
            self.names.setdefault(name, ticket)
        return ("silent" if mail.spam_because else verdict.kind.value), root


@pytest.mark.slow
def test_every_sample_ends_as_the_index_says() -> None:
    """New tickets, replies, a stranger's reference, a copy, machines' mail and spam are told apart."""
    desk, wrong = Desk(), []
    for sample in sample_mails():
        answer = parse_mail(sample.on_delivery(NOW, "r1"), ParseOptions(own_addresses=(ADDRESS,)))
        if sample.expect == "quarantined":
            continue
        assert answer.mail is not None, sample.file
        got = desk.file(sample, answer.mail)
        expected = ("new" if sample.expect == "ticket" else sample.expect, sample.root)
        if got != expected:
            wrong.append((sample.file, got, expected))
    assert wrong == []


@pytest.mark.slow
def test_the_language_is_the_one_in_the_index() -> None:
    """Simplified, Traditional, English and Japanese are told apart, Cantonese and mixed texts included."""
    for sample in sample_mails():
        mail = parse_mail(sample.on_delivery(NOW, "r1"), ParseOptions()).mail
        if mail is not None and sample.expect not in ("silent", "quarantined"):
            assert (sample.file, mail.language) == (sample.file, sample.language)


@pytest.mark.slow
def test_nothing_of_the_odd_encodings_is_lost() -> None:
    """Rare characters under a wrong label, raw bytes in headers, split names: all read exactly."""
    mails = {s.file: parse_mail(s.on_delivery(NOW, "r1"), ParseOptions()).mail for s in sample_mails()}

    def mail(name: str) -> ParsedMail:
        found = mails[name]
        assert found is not None
        return found

    assert "朱镕" in mail("gbk-labelled-gb2312.eml").subject
    assert "陶喆" in mail("gbk-labelled-gb2312.eml").text
    assert mail("raw-gbk-subject.eml").subject == "打印机连接不上，单据打不出来"
    assert "單車租賃" in mail("big5-service.eml").text
    assert "お世話になっております" in mail("japanese-customer.eml").text
    names = [
        a.name for file in ("attachment-screenshot.eml", "attachment-csv-2231.eml") for a in mail(file).attachments
    ]
    assert names == ["盘点报错截图.png", "客户资料导入模板-2026.csv"]
    assert mail("outlook-more-people.eml").reply.startswith("补充一下")
    assert "原始邮件" not in mail("order-late-urged.eml").reply
    assert mail("price-thanks.eml").reply == "谢谢，已收到！"
    assert not any("�" in m.text + m.subject for file, m in mails.items() if m is not None and "broken" not in file)

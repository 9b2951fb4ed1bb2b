"""Values with defaults for the store's tests: a test names only what matters to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.decision import By, Choice, Decision, Facts, RuleHit, Words
from core.domain.filing import AuditEntry, Filing, Reference, ReferenceKind, Verdict, VerdictKind
from core.domain.ledger import Stage
from core.domain.letter import LetterIntent, LetterKind
from core.domain.mail import Address, Attachment, RawMail
from core.domain.promise import Clock, Promise
from core.domain.suggestion import Alternative, Evidence, FieldSuggestion, Suggestion
from core.domain.ticket import Customer, Message, Ticket
from store.open import SqlStore

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
WORKER = 77


def minutes(number: float) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=number)


def a_raw_mail(uid: int = 1, data: bytes = b"", **changed: Any) -> RawMail:
    given: dict[str, Any] = {
        "source": "imap",
        "mailbox": "support",
        "folder": "INBOX",
        "uidvalidity": 7 if uid else 0,
        "uid": uid,
        "arrived": NOW,
        "data": data or f"Subject: mail {uid}\r\n\r\n你好\r\n".encode(),
    }
    return RawMail(**given | changed)


def a_customer(id_: int, address: str = "wang@example.cn", **changed: Any) -> Customer:
    return Customer(id=id_, name="王芳", address=Address(name="王芳", address=address), **changed)


def a_ticket(id_: int, **changed: Any) -> Ticket:
    given: dict[str, Any] = {
        "id": id_,
        "number": f"20260305{id_ % 1000:03d}",
        "subject": "系统无法登录",
        "mailbox": "support",
        "received": NOW,
        "fields": {"type": "问题反馈", "urgency": "紧急", "priority": "高"},
        "decided_by": {"type": "model", "urgency": "rule", "priority": "derived"},
    }
    return Ticket(**given | changed)


def a_message(id_: int, ticket_id: int, **changed: Any) -> Message:
    given: dict[str, Any] = {
        "id": id_,
        "ticket_id": ticket_id,
        "at": NOW,
        "message_id": f"m{id_}@example.cn",
        "sender": Address(name="王芳", address="Wang@example.cn"),
        "recipients": (Address(name="客服", address="support@desk.example"), Address(address="cc@example.cn")),
        "subject": "系统无法登录",
        "text": "您好\n系统无法登录",
        "reply": "\n  您好，系统从早上起无法登录。\n谢谢",
        "html": "<p>您好</p>",
        "attachments": (Attachment(part="2", name="截图.png", type="image/png", size=12, sha256="ab"),),
        "language": "zh-Hans",
        "content_key": f"key-{id_}",
        "defects": ("charset-guessed:gb18030",),
        "verdict": "new: no reference",
    }
    return Message(**given | changed)


def a_decision(**changed: Any) -> Decision:
    """A decision that uses every part a decision can have."""
    spoken = FieldSuggestion(
        value="问题反馈",
        confidence=0.8712345678901234,
        accepted=True,
        coarse="反馈",
        alternatives=(Alternative(value="咨询", confidence=0.1),),
        evidence=(Evidence(term="无法登录", weight=1.25, start=4, end=8),),
    )
    given: dict[str, Any] = {
        "choices": {
            "type": Choice(
                value="问题反馈",
                by=By.MODEL,
                because="把握 87 %",
                source="m-1",
                suggested="问题反馈",
                confidence=0.8712345678901234,
                accepted=True,
            ),
            "urgency": Choice(value="紧急", by=By.RULE, source="outage"),
        },
        "facts": Facts(received=NOW, mailbox="support", tags=("新客户",), known_sender=True, open_tickets=2),
        "hits": (
            RuleHit(
                id="outage",
                where="rules/10-urgency.yaml:12",
                words=(Words(where="text", text="无法登录", start=4, end=8),),
                sets=(("urgency", "紧急"),),
                overridden=("team",),
            ),
        ),
        "bundle": "0123456789abcdef",
        "model": "m-1",
        "suggestion": Suggestion(model="m-1", fields={"type": spoken}),
        "tags": ("outage",),
    }
    return Decision(**given | changed)


def a_promise(id_: int, ticket_id: int, **changed: Any) -> Promise:
    given: dict[str, Any] = {
        "id": id_,
        "ticket_id": ticket_id,
        "clock": Clock.FIRST_RESPONSE,
        "cause": f"arrival:{id_}",
        "started": NOW,
        "due": minutes(15),
        "because": "10:00 + 15 工作分钟",
        "policy": "standard",
        "calendar": "cn",
        "tzdata": "2026a",
        "warn_at": minutes(11),
    }
    return Promise(**given | changed)


def a_letter(id_: int, ticket_id: int, **changed: Any) -> LetterIntent:
    given: dict[str, Any] = {
        "id": id_,
        "ticket_id": ticket_id,
        "kind": LetterKind.ACKNOWLEDGEMENT,
        "occasion": f"arrival:{id_}",
        "template": "acknowledgement",
        "language": "zh-CN",
        "bundle": "0123456789abcdef",
        "mailbox": "support",
        "recipient": Address(name="王芳", address="Wang@example.cn"),
        "variables": {"number": "20260305001", "name": "王芳"},
        "date": NOW,
        "message_id": f"hy.{id_}@desk.example",
        "in_reply_to": "m1@example.cn",
        "references": ("m0@example.cn", "m1@example.cn"),
        "not_before": NOW,
        "promised": minutes(1),
    }
    return LetterIntent(**given | changed)


def a_filing(ledger_id: int, id_: int, **changed: Any) -> Filing:
    """A new ticket ``id_`` with everything; its parts' ids follow from it."""
    given: dict[str, Any] = {
        "ledger_id": ledger_id,
        "claim": WORKER,
        "stage": Stage.FILED,
        "verdict": Verdict(kind=VerdictKind.NEW, ticket_id=id_, because="new: no reference"),
        "customer": a_customer(id_ + 1, f"customer{id_}@example.cn"),
        "ticket": a_ticket(id_, customer_id=id_ + 1),
        "message": a_message(id_ + 2, id_, ledger_id=ledger_id),
        "decision": a_decision(),
        "promises": (a_promise(id_ + 3, id_), a_promise(id_ + 4, id_, clock=Clock.RESOLUTION, due=minutes(480))),
        "letters": (a_letter(id_ + 5, id_),),
        "references": (
            Reference(message_id=f"m{id_ + 2}@example.cn", kind=ReferenceKind.IS),
            Reference(message_id=f"root{id_}@example.cn", kind=ReferenceKind.NAMES),
        ),
        "subject": "无法登录",
        "sender_masked": "W***@example.cn",
        "audit": (AuditEntry(id=id_ + 6, at=NOW, actor="system", action="ticket.new", subject=f"ticket:{id_}"),),
    }
    return Filing(**given | changed)


def keep_and_claim(store: SqlStore, uids: Sequence[int]) -> tuple[int, ...]:
    """The ledger ids of kept mails that WORKER has claimed."""
    with store.write() as tx:
        ids = tx.ledger.keep([a_raw_mail(uid) for uid in uids], NOW, old_before_uid=0, after="seen")
    with store.write() as tx:
        tx.ledger.claim(WORKER, 100)
    return ids


def file_tickets(store: SqlStore, count: int, start: int = 1000) -> tuple[int, ...]:
    """Files so many new tickets; their ids."""
    ledger_ids = keep_and_claim(store, range(start, start + count))
    ids = tuple(start + 10 * place for place in range(count))
    with store.write() as tx:
        tx.tickets.file([a_filing(ledger_id, id_) for ledger_id, id_ in zip(ledger_ids, ids, strict=True)], NOW)
    return ids

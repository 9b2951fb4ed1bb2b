"""Tells from stored facts what became of a ticket's mails, who decided what and why (DESIGN 3.13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.domain.decision import Choice, Decision, Facts, Occasion, RuleHit
from core.domain.errors import NotFound
from core.domain.promise import Promise
from core.domain.views import DecisionRow, LedgerRow, LetterRow, TicketDetail
from huiying.flows.context import Context
from huiying.flows.precedents import nearest, precedent_json
from huiying.flows.show import said_json
from huiying.flows.suggested import suggestion_json
from responder.guard import silence_words


def explain(ctx: Context, number: str, language: str = "zh-CN") -> dict[str, Any]:
    """The whole trail of a ticket as plain values; the console and ``huiying explain`` print it.

    Raises ``NotFound``. Nothing is computed anew, what stands here is what was stored when it happened; but for the
    past tickets that are ``alike``, which are those of today.
    """
    with ctx.store.read() as tx:
        detail = tx.views.ticket(number)
    if detail is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    defects = {message.ledger_id: message.real_defects for message in detail.messages}
    return {
        "number": detail.ticket.number,
        "state": detail.ticket.state.value,
        "subject": detail.ticket.subject,
        "received": _iso(detail.ticket.received),
        "stub": detail.ticket.stub,
        "linked": [{"number": n, "ticket": i} for i, n in detail.linked],
        "merged": [one.number for one in detail.merged],
        "merged_into": detail.into or None,
        "gist": detail.ticket.gist,
        "copy": {"of": detail.ticket.maybe_copy_of or None, "because": detail.ticket.copy_because},
        "protected": {str(m.id): [one.value for one in m.protection] for m in detail.messages if m.protection},
        "said": [{"message": m.id, "gist": m.said.gist, **said_json(m.said)} for m in detail.messages],
        "mails": [_mail(row, language, defects.get(row.id, ())) for row in detail.ledger],
        "decisions": [_decision(row, language) for row in detail.decisions],
        "promises": [_promise(p) for p in detail.promises],
        "letters": [_letter(row) for row in detail.letters],
        "corrections": _corrections(detail),
        "alike": [precedent_json(one) for one in nearest(ctx, detail)],
        "log": [
            {"at": _iso(row.at), "actor": row.actor, "action": row.action, "details": dict(row.details)}
            for row in detail.audit
        ],
    }


def _mail(row: LedgerRow, language: str, defects: Sequence[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "source": row.source,
        "mailbox": row.mailbox,
        "folder": row.folder,
        "uidvalidity": row.uidvalidity,
        "uid": row.uid,
        "sha256": row.sha256,
        "size": row.size,
        "arrived": _iso(row.arrived),
        "kept": _iso(row.kept_at),
        "stage": row.stage,
        "because": row.because,
        "attempts": row.claims,
        "defects": list(defects),
        "filed": _iso(row.filed_at),
        "verdict": row.verdict,
        "authentication": row.authentication,
        "not_spam": row.not_spam,
        "silent": row.silent_because,
        "silent_words": silence_words(row.silent_because, language) if row.silent_because else "",
        "original_gone": _iso(row.original_gone),
        "server": {"action": row.server_action, "done": row.server_done},
    }


def _decision(row: DecisionRow, language: str) -> dict[str, Any]:
    return {
        "at": _iso(row.at),
        "current": row.current,
        "occasion": row.decision.occasion.value,
        "bundle": row.decision.bundle,
        "model": row.decision.model,
        "suggestion": suggestion_json(row.decision.suggestion, language),
        "fields": {name: choice_json(choice) for name, choice in row.decision.choices.items()},
        "facts": _facts(row.decision),
        "rules": [hit_json(hit) for hit in row.decision.hits],
    }


def choice_json(choice: Choice) -> dict[str, Any]:
    """A decided field with its reason."""
    return {
        "value": choice.value,
        "by": choice.by.value,
        "because": choice.because,
        "source": choice.source,
        "suggested": choice.suggested or None,
        "confidence": choice.confidence,
        "accepted": choice.accepted,
    }


def hit_json(hit: RuleHit) -> dict[str, Any]:
    """A rule that matched, the words that made it match, and what another choice won."""
    return {
        "id": hit.id,
        "where": hit.where,
        "title": hit.title,
        "hit": True,
        "words": [word.text for word in hit.words],
        "sets": dict(hit.sets),
        "overridden": list(hit.overridden),
        "trial": hit.trial,
        "error": hit.error,
    }


def _facts(decision: Decision) -> dict[str, Any]:
    facts = decision.facts
    return {
        "received": _iso(facts.received),
        "mailbox": facts.mailbox,
        "channel": facts.channel,
        "level": facts.level,
        "tags": list(facts.tags),
        "known_sender": facts.known_sender,
        "open_tickets": facts.open_tickets,
        "is_reply": facts.is_reply,
        "working": facts.working,
        "company": facts.company,
        "headers": dict(facts.headers),
        "industry": facts.industry,
        "recent": {str(days): tickets for days, tickets in facts.recent},
        "last_score": facts.last_score or None,
        "occasion": facts.occasion.value,
        "at": _iso(facts.instant),
        **(_later(facts) if facts.occasion is not Occasion.ARRIVAL else {}),
    }


def _later(facts: Facts) -> dict[str, Any]:
    """What a ticket was like when rules were asked about it again."""
    by = dict(facts.decided_by)
    return {
        "state": facts.state,
        "age_minutes": facts.age,
        "urged": facts.urged,
        "clock": facts.clock or None,
        "clock_event": facts.clock_event or None,
        "rule": facts.rule or None,
        "standing": {name: {"value": value, "by": by.get(name, "")} for name, value in facts.fields},
    }


def _promise(promise: Promise) -> dict[str, Any]:
    return {
        "clock": promise.clock.value,
        "started": _iso(promise.started),
        "due": _iso(promise.due),
        "state": promise.state.value,
        "because": promise.because,
        "cause": promise.cause,
        "policy": promise.policy,
        "calendar": promise.calendar,
        "bundle": promise.bundle,
        "ended": _iso(promise.ended),
        "pauses": [{"from": _iso(begin), "to": _iso(end), "why": why} for begin, end, why in promise.pauses],
    }


def _letter(row: LetterRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "language": row.language,
        "recipient": row.recipient_masked,
        "message_id": row.message_id,
        "attempts": row.attempts,
        "sent": _iso(row.sent),
        "code": row.code,
        "answer": row.answer,
        "resends": row.resends,
    }


def _corrections(detail: TicketDetail) -> list[dict[str, Any]]:
    return [
        {
            "id": c.id,
            "at": _iso(c.at),
            "agent": c.agent,
            "kind": c.kind.value,
            "before": dict(c.before),
            "after": dict(c.after),
            "undoes": c.undoes or None,
        }
        for c in detail.corrections
    ]


def _iso(instant: datetime | None) -> str | None:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if instant is not None else None

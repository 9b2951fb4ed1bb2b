"""Says what would be decided about a text, going the very way that a mail goes (DESIGN 3.4 and 3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from core.domain.decision import Decision, Facts
from core.domain.mail import ParsedMail
from core.domain.suggestion import FieldSuggestion, Suggestion
from core.domain.ticket import Message
from core.domain.views import DecidedMail
from core.text.language import language_of
from core.text.mask import mask
from core.text.segment import Segmenter
from huiying.flows.desk import Desk
from huiying.flows.ports import Suggester
from huiying.flows.suggest import suggest, text_for_model
from huiying.flows.suggested import abstained, abstained_words, alternatives_json, evidence_json
from rules.conditions.headers import LONGEST_HEADER
from rules.decide import decide

FIELDS = ("type", "urgency", "emotion", "topic", "priority", "team")


def message_of(mail: ParsedMail, received: datetime) -> Message:
    """A parsed mail as the message that rules and model would see: masked, the writer's own words apart."""
    return Message(
        id=0,
        ticket_id=0,
        at=received,
        message_id=mail.message_id,
        sender=mail.sender,
        recipients=(*mail.to, *mail.cc),
        subject=mask(mail.subject),
        text=mask(mail.text),
        reply=mask(mail.reply or mail.text),
        attachments=mail.attachments,
        language=mail.language,
        automatic=mail.automatic,
    )


def facts_of(desk: Desk, mail: ParsedMail, received: datetime) -> Facts:
    """What rules may ask about a mail of which nothing is known but itself."""
    return Facts(
        received=received,
        working=desk.calendar.is_working(received),
        headers=masked_headers(mail.headers),
        to=len(mail.to),
    )


def masked_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """As a decision keeps them: addresses and telephone numbers masked, not too long."""
    return tuple((name, mask(value)[:LONGEST_HEADER]) for name, value in headers)


def text_message(subject: str, body: str, received: datetime) -> Message:
    """A bare text as a message."""
    words = mask(body)
    language = language_of(f"{subject}\n{body}")
    return Message(id=0, ticket_id=0, at=received, subject=mask(subject), text=words, reply=words, language=language)


def classify(
    desk: Desk,
    suggester: Suggester,
    messages: Sequence[Message],
    segmenter: Segmenter | None = None,
    facts: Sequence[Facts] = (),
) -> tuple[Decision, ...]:
    """One decision a message, with its suggestion inside; nothing is stored. Without ``facts`` nothing is known but
    the messages."""
    facts = facts or [Facts(received=m.at, working=desk.calendar.is_working(m.at)) for m in messages]
    firsts = [desk.book.first_pass(m, f) for m, f in zip(messages, facts, strict=True)]
    texts = [text_for_model(m, hits) for m, hits in zip(messages, firsts, strict=True)]
    suggestions = suggest(desk.taxonomy, desk.newcomers, suggester, texts, segmenter)
    return tuple(
        decide(
            taxonomy=desk.taxonomy,
            facts=f,
            first=first,
            second=desk.book.second_pass(m, f, suggestion, first),
            suggestion=suggestion,
            bundle=desk.bundle,
        )
        for m, f, first, suggestion in zip(messages, facts, firsts, suggestions, strict=True)
    )


def decided_mail(desk: Desk, suggester: Suggester, mail: ParsedMail, received: datetime, name: str) -> DecidedMail:
    """A mail that was never stored, as a backtest reads it; ``name`` stands for a ticket's number."""
    message = message_of(mail, received)
    decision = classify(desk, suggester, [message], facts=[facts_of(desk, mail, received)])[0]
    return DecidedMail(
        id=0, number=name, message=message, facts=decision.facts, suggestion=decision.suggestion, agents=()
    )


def as_json(desk: Desk, decision: Decision, language: str = "zh-CN") -> dict[str, Any]:
    """The object of the command ``classify`` (DESIGN 4)."""
    out: dict[str, Any] = {name: _field(desk, decision, name, language) for name in FIELDS}
    out["model"] = decision.model or None
    out["known"] = round(decision.suggestion.known, 4) if decision.model else None
    out["abstained"] = abstained(decision.suggestion)
    out["abstained_words"] = abstained_words(out["abstained"], language)
    out["bundle"] = decision.bundle
    out["rules"] = [
        {"id": hit.id, "where": hit.where, "hit": True, "words": [w.text for w in hit.words]} for hit in decision.hits
    ]
    return out


def _field(desk: Desk, decision: Decision, name: str, language: str) -> dict[str, Any]:
    choice = decision.choices.get(name)
    said = decision.suggestion.fields.get(name)
    value = choice.value if choice else desk.taxonomy.defaults.get(name, "")
    found = next((v for v in desk.taxonomy.values(name) if v.key == value), None)
    return {
        "value": value,
        "label": found.label(language) if found else value,
        "by": choice.by.value if choice else "default",
        "because": choice.because if choice else "",
        "suggested": said.value if said else None,
        "confidence": _confidence(said, value),
        "certainty": _certainty(decision.suggestion, _confidence(said, value)),
        "accepted": bool(choice and choice.accepted),
        "coarse": found.coarse if found else "",
        "alternatives": alternatives_json(said),
        "evidence": evidence_json(said),
    }


def _certainty(suggestion: Suggestion, confidence: float | None) -> float | None:
    """The confidence times the share of the text that the model knows: what decides whether it is accepted."""
    return None if confidence is None else round(confidence * suggestion.known, 6)


def _confidence(said: FieldSuggestion | None, value: str) -> float | None:
    """The model's probability of the value that stands, whoever set it; None when the model did not speak."""
    if said is None:
        return None
    if said.value == value:
        return said.confidence
    return next((a.confidence for a in said.alternatives if a.value == value), 0.0)

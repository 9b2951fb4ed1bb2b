"""How a due time came about, in the reader's language: who chose the policy, what the customer was told, what a lead
extended, and which stretches of time the clock counted (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.domain.clock import Counting, Pause, Stretch, stretches
from core.domain.clock_words import amount_words, arithmetic_words
from core.domain.errors import HuiyingError
from core.domain.extension import Extension, ExtensionState
from core.domain.promise import Promise
from core.domain.ticket import State
from core.domain.views import TicketDetail
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from responder.because import in_english
from responder.promises import on_duty
from rules.orders import POLICY

_WORDS = {
    "ruled": ("方案 {} 由规则指定", "policy {} set by a rule"),
    "chosen": ("由 sla/policy.yaml 按 {} 选出：{}", "chosen by sla/policy.yaml for {}: {}"),
    "policy": ("方案 {}", "policy {}"),
    "calendar": ("日历 {}", "calendar {}"),
    "later": ("{} 无人值班，告知的是下一个上班时刻", "nobody is on duty at {}; the next working time was named"),
    "earlier": ("客户得知的时间更早，以它为准", "the customer was told an earlier time, and it holds"),
    "sooner": (
        "时限提前了，客户得知的仍是 {}，按时与否以它为准",
        "moved earlier; the customer was told {}, which counts",
    ),
    "extended": ("{} 由 {} 申请延期，{} 批准：{} → {}", "{}: {} asked for an extension, {} approved: {} → {}"),
    "counted": ("共计 {}", "{} counted"),
    "stretch": ("延期，{}", "extended, {}"),
}
_RAN = (Counting.COUNTS, Counting.EXTENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """``because`` in words and the stretches from start to due: counted, extended, paused or passed over. ``chosen``
    says what chose the policy or calendar, ``told`` why the told time is another than the due time, ``extended`` who
    moved it from when to when, ``counted`` the sum, ``words`` the stretches in one line; each empty where there is
    nothing to say."""

    because: str
    intervals: tuple[Stretch, ...] = ()
    chosen: str = ""
    told: str = ""
    extended: tuple[str, ...] = ()
    counted: str = ""
    words: str = ""


def arithmetic(context: Context, detail: TicketDetail, language: str) -> Mapping[int, Arithmetic]:
    """By promise id. The calendar that made a promise counts again, around its pauses and extensions."""
    desks = {bundle: _desk(context, bundle) for bundle in {p.bundle for p in detail.promises}}
    return {p.id: _of(context, desks[p.bundle], detail, p, language) for p in detail.promises}


def explain_promises(context: Context, detail: TicketDetail, language: str) -> dict[str, Any]:
    """The clocks of a ticket with their arithmetic as plain values: ``sla explain --ticket``. An interval has
    what one on arrival has, ``counts`` is true where the clock ran, and ``counting`` says how it did not."""
    sums = arithmetic(context, detail, language)
    zone = context.desk().calendar.tz

    def local(instant: datetime | None) -> str | None:
        return instant.astimezone(zone).isoformat() if instant else None

    clocks = [
        {
            "clock": p.clock.value, "state": p.state.value, "started": local(p.started), "due": local(p.due),
            "told": local(p.told), "because": sums[p.id].because, "notes": notes(sums[p.id]),
            "arithmetic": sums[p.id].words,
            "intervals": [
                {
                    "from": local(part.from_), "to": local(part.to), "counts": part.counting in _RAN,
                    "why": part.why, "counting": part.counting.value,
                }
                for part in sums[p.id].intervals
            ],
        }
        for p in detail.promises
    ]  # fmt: skip
    return {"number": detail.ticket.number, "clocks": clocks}


def notes(one: Arithmetic) -> list[str]:
    """Everything but the stretches, in the order in which it happened."""
    return [note for note in (one.chosen, one.told, *one.extended, one.counted) if note]


def _desk(context: Context, bundle: str) -> Desk | None:
    try:
        return context.desk_of(bundle)
    except HuiyingError:
        return None


def _say(key: str, language: str, *words: str) -> str:
    return _WORDS[key][1 if language.startswith("en") else 0].format(*words)


def _of(context: Context, desk: Desk | None, detail: TicketDetail, promise: Promise, language: str) -> Arithmetic:
    taxonomy = (desk or context.desk()).taxonomy
    because = in_english(promise.because, taxonomy) if language.startswith("en") else promise.because
    if desk is None or promise.due < promise.started:
        return Arithmetic(because=because)
    chosen = _chosen(desk, detail, promise, language)
    counting = _as_counted(desk, promise)
    moved = [e for e in detail.extensions if e.promise_id == promise.id and e.state is ExtensionState.TOLD]
    parts = _stretches(counting, promise, moved, language, context.now())
    total = sum((part.to - part.from_ for part in parts if part.counting is Counting.COUNTS), timedelta())
    return Arithmetic(
        because=because,
        intervals=parts,
        chosen=chosen,
        told=_told(counting, promise, language),
        extended=tuple(_extended(counting, one, language) for one in moved),
        counted=_say("counted", language, amount_words(total, language)) if parts else "",
        words=arithmetic_words(parts, counting.calendar.tz, language),
    )


def _as_counted(desk: Desk, promise: Promise) -> Desk:
    """That desk with the policy and calendar by which the promise was made: a team or a mailbox may have its own."""
    policy = desk.policies.get(promise.policy.partition("@")[0], desk.policy)
    return replace(desk, policy=policy, calendar=desk.calendars.get(promise.calendar.partition("@")[0], desk.calendar))


def _chosen(desk: Desk, detail: TicketDetail, promise: Promise, language: str) -> str:
    """What chose the policy or the calendar, as far as the ticket's fields still say so."""
    policy, calendar = promise.policy.partition("@")[0], promise.calendar.partition("@")[0]
    level = detail.customer.level if detail.customer else ""
    facts = {**detail.ticket.fields, "mailbox": detail.ticket.mailbox, "level": level or "普通"}
    return choice_words(desk, facts, policy, calendar, language)


def choice_words(desk: Desk, facts: Mapping[str, str], policy: str, calendar: str, language: str) -> str:
    """Which rule or which entry of ``sla/policy.yaml`` gave a ticket this policy and calendar; empty for the general
    ones."""
    if policy and facts.get(POLICY) == policy:
        return _say("ruled", language, policy)
    choice = desk.choice_for(facts)
    if choice is None:
        return ""
    named = [
        _say(what, language, one.name)
        for what, one, made in (("policy", choice.policy, policy), ("calendar", choice.calendar, calendar))
        if one is not None and one.name == made
    ]
    comma = ", " if language.startswith("en") else "、"
    asked = comma.join(f"{field} {desk.taxonomy.label(field, facts.get(field, ''), language)}" for field in choice.when)
    return _say("chosen", language, asked, comma.join(named)) if named else ""


def _told(desk: Desk, promise: Promise, language: str) -> str:
    told, due = promise.told, promise.due
    if told is None or timedelta() <= told - due < timedelta(minutes=1):
        # A letter names whole minutes.
        return ""
    if told < due:
        return _say("earlier", language)
    if on_duty(due, desk.calendar, desk.policy) < told:
        return _say("sooner", language, _local(desk, told))
    return _say("later", language, _local(desk, due))


def _extended(desk: Desk, one: Extension, language: str) -> str:
    at = _local(desk, one.at)
    return _say("extended", language, at, one.asked_by, one.decided_by, _local(desk, one.due), _local(desk, one.wanted))


def _stretches(
    desk: Desk, promise: Promise, moved: Sequence[Extension], language: str, now: datetime
) -> tuple[Stretch, ...]:
    """All time from the start to the due time; what a lead added is told apart from what the policy counts."""
    until = max(min((one.due for one in moved), default=promise.due), promise.started)
    pauses = _pauses(desk, promise, language, now)
    counted = stretches(desk.calendar, promise.started, until, pauses, working=promise.working, language=language)
    if until >= promise.due:
        return counted
    added = stretches(desk.calendar, until, promise.due, pauses, working=promise.working, language=language)
    return (*counted, *(_as_extended(part, language) for part in added))


def _as_extended(part: Stretch, language: str) -> Stretch:
    if part.counting is not Counting.COUNTS:
        return part
    return replace(part, counting=Counting.EXTENDED, why=_say("stretch", language, part.why))


def _pauses(desk: Desk, promise: Promise, language: str, now: datetime) -> list[Pause]:
    why = desk.states[State.WAITING_CUSTOMER].words(language)
    return [
        Pause(begins=begin, ends=end or max(begin, now), why=_why(desk, words, language) or why)
        for begin, end, words in promise.pauses
    ]


def _why(desk: Desk, words: str, language: str) -> str:
    """The stored reason of a pause in the reader's language."""
    rule = next((rule for rule in desk.states.rules.values() if rule.because == words), None)
    return rule.words(language) if rule else words


def _local(desk: Desk, instant: datetime) -> str:
    return instant.astimezone(desk.calendar.tz).strftime("%m-%d %H:%M")

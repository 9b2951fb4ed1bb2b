"""Tries a configuration on stored mail beside the live one: what it would change, and how agents have decided.

Nothing is written. The work is cut into chunks of decision ids, so that several processes can share it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from datetime import datetime
from typing import Any

from core.domain.decision import Occasion
from core.domain.views import DecidedMail
from huiying.flows.desk import Desk
from huiying.flows.later_moments import Later, later_moments, occasions_to_try
from huiying.flows.ports import Store
from rules.book import RuleBook
from rules.evidence import wilson
from rules.replaying import Change, Replayed, Set, replay, replay_timed
from rules.rule import Rule, Status

CHUNK = 200
"""Mails that are read and tried together."""
FOLLOWING = ("priority", "team")
"""Fields that follow from others unless a rule sets them."""
MOST_LISTED = 100_000
"""Changes that a report keeps one by one; beyond it they are counted only."""

OnProgress = Callable[[int, int], None]
"""Is told how many mails of how many are done."""


@dataclass(slots=True)
class Tally:
    """How one rule did with one field: how often it decided it, how often that differs from the live decision, and
    of both how many an agent has decided and how many of those agree with the rule."""

    sets: int = 0
    decided: int = 0
    agreed: int = 0
    changed: int = 0
    changed_decided: int = 0
    changed_agreed: int = 0

    def count(self, one: Set) -> None:
        decided, agreed = int(bool(one.agent)), int(one.agent == one.value)
        self.add(Tally(1, decided, agreed))
        if one.changed:
            self.add(Tally(0, 0, 0, 1, decided, agreed))

    def add(self, other: Tally) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(slots=True, kw_only=True)
class Backtest:
    """What was found so far; parts of several processes add up in any order. ``occasions`` counts the moments later
    than on arrival that were tried, ``timed`` those of each rule at a time after a state, and ``later_changed`` those
    of them that would be decided otherwise."""

    mails: int = 0
    changed: int = 0
    decided: int = 0
    later_changed: int = 0
    occasions: Counter[str] = field(default_factory=Counter)
    timed: Counter[str] = field(default_factory=Counter)
    all_changes: int = 0
    changes: list[Change] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def try_mail(self, live: RuleBook, other: RuleBook, mail: DecidedMail) -> None:
        found = replay(live, other, mail)
        self.mails += 1
        self.changed += bool(found.changes)
        self.decided += bool(mail.agents)
        self._note(found)

    def try_later(self, live: RuleBook, other: RuleBook, moment: Later) -> None:
        """The same of a moment later than on arrival."""
        if moment.other is not None:
            self.occasions[moment.other.facts.occasion.value] += 1
            self.timed.update([moment.rule] if moment.rule else [])
        if moment.other is not None and moment.live is moment.other:
            found = replay(live, other, moment.other)
        else:
            found = replay_timed(live, other, moment.live, moment.other)
        self.later_changed += bool(found.changes)
        self._note(found)

    def _note(self, found: Replayed) -> None:
        self._take(found.changes)
        self.hits.update(found.hits)
        self.errors.update(found.errors)
        for one in found.sets:
            self.tallies.setdefault((one.rule, one.field), Tally()).count(one)

    def add(self, part: Backtest) -> None:
        self.mails += part.mails
        self.changed += part.changed
        self.decided += part.decided
        self.later_changed += part.later_changed
        self.occasions.update(part.occasions)
        self.timed.update(part.timed)
        self._take(part.changes)
        self.hits.update(part.hits)
        self.errors.update(part.errors)
        for key, tally in part.tallies.items():
            self.tallies.setdefault(key, Tally()).add(tally)

    def _take(self, changes: Sequence[Change]) -> None:
        self.all_changes += len(changes)
        self.changes.extend(changes[: max(0, MOST_LISTED - len(self.changes))])

    def to_plain(self) -> dict[str, Any]:
        """For the pipe between processes."""
        return {
            "mails": self.mails,
            "changed": self.changed,
            "decided": self.decided,
            "later_changed": self.later_changed,
            "occasions": dict(self.occasions),
            "timed": dict(self.timed),
            "changes": [[one.number, one.field, one.before, one.after, one.rule, one.agent] for one in self.changes],
            "hits": dict(self.hits),
            "errors": dict(self.errors),
            "tallies": [[rule, name, *astuple(tally)] for (rule, name), tally in sorted(self.tallies.items())],
        }

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Backtest:
        names = ("number", "field", "before", "after", "rule", "agent")
        return cls(
            mails=data["mails"],
            changed=data["changed"],
            decided=data["decided"],
            later_changed=data["later_changed"],
            occasions=Counter(data["occasions"]),
            timed=Counter(data["timed"]),
            changes=[Change(**dict(zip(names, one, strict=True))) for one in data["changes"]],
            hits=Counter(data["hits"]),
            errors=Counter(data["errors"]),
            tallies={(rule, name): Tally(*counts) for rule, name, *counts in data["tallies"]},
        )

    def as_json(self, book: RuleBook) -> dict[str, Any]:
        """Totals, and every rule of that book that is not retired, in its order."""
        return {
            "mails": self.mails,
            "changed": self.changed,
            "decided": self.decided,
            "changes": self.all_changes,
            "occasions": dict(self.occasions),
            "later_changed": self.later_changed,
            "not_tried": [
                {"rule": rule.id, "where": rule.where, "run_on": [on.value for on in rule.on]}
                for rule in book.rules
                if rule.status is not Status.RETIRED and not self._tried(rule)
            ],
            "rules": [self._rule(rule) for rule in book.rules if rule.status is not Status.RETIRED],
        }

    def _tried(self, rule: Rule) -> bool:
        return Occasion.ARRIVAL in rule.on or any(one in self.occasions for one in rule.on)

    def _asked(self, rule: Rule, on: Occasion) -> int:
        """On how many mails or moments."""
        if on is Occasion.ARRIVAL:
            return self.mails
        return self.timed[rule.id] if on is Occasion.AFTER else self.occasions[on]

    def _rule(self, rule: Rule) -> dict[str, Any]:
        return {
            "rule": rule.id,
            "where": rule.where,
            "title": rule.title,
            "status": str(rule.status),
            "run_on": [on.value for on in rule.on],
            "tried": self._tried(rule),
            "hits": self.hits[rule.id],
            "coverage": share(self.hits[rule.id], sum(self._asked(rule, one) for one in rule.on)),
            "errors": self.errors[rule.id],
            "fields": [
                {
                    "field": name,
                    "sets": tally.sets,
                    "decided": tally.decided,
                    "agreed": tally.agreed,
                    "precision": share(tally.agreed, tally.decided),
                    "changed": tally.changed,
                    "changed_decided": tally.changed_decided,
                    "changed_agreed": tally.changed_agreed,
                }
                for (id_, name), tally in sorted(self.tallies.items())
                if id_ == rule.id
            ],
        }


def in_short(total: Mapping[str, Any]) -> str:
    """``as_json`` in the words that a publication keeps."""
    said = f"{total['changed']} of {total['mails']} mails change"
    later = sum(total["occasions"].values())
    return f"{said}, {total['later_changed']} of {later} later moments" if later else said


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGroup:
    """All mails that one rule changes in the same way. ``decided`` counts those that an agent has decided, ``agreed``
    those of them in which he said what the change says."""

    rule: str
    field: str
    before: str
    after: str
    numbers: tuple[str, ...]
    decided: int
    agreed: int


def grouped(changes: Iterable[Change]) -> tuple[ChangeGroup, ...]:
    """By rule and field, the largest first; what only follows from other fields comes last."""
    ways: dict[tuple[str, str, str, str], list[Change]] = {}
    for one in sorted(changes, key=lambda one: (one.rule, one.field, one.before, one.after, one.number)):
        ways.setdefault((one.rule, one.field, one.before, one.after), []).append(one)
    groups = (
        ChangeGroup(
            rule=rule,
            field=name,
            before=before,
            after=after,
            numbers=tuple(one.number for one in same),
            decided=sum(bool(one.agent) for one in same),
            agreed=sum(one.agent == after for one in same),
        )
        for (rule, name, before, after), same in ways.items()
    )
    return tuple(sorted(groups, key=lambda one: (one.rule, one.field in FOLLOWING, one.field, -len(one.numbers))))


def share(good: int, of: int) -> dict[str, float] | None:
    """A share with its 95 % interval; None when nothing was counted."""
    if not of:
        return None
    low, high = wilson(good, of)
    return {"share": round(good / of, 4), "low": round(low, 4), "high": round(high, 4)}


def count_mails(store: Store, since: datetime, until: datetime) -> int:
    """How many mails were decided on in that time."""
    with store.read() as tx:
        return tx.views.decided_count(since, until)


def chunks_of(store: Store, since: datetime, until: datetime) -> Iterator[tuple[int, ...]]:
    """The decisions of that time in chunks, oldest first; each is looked up when it is asked for."""
    last = 0
    while True:
        with store.read() as tx:
            ids = tx.views.decided_ids(since, until, last, CHUNK)
        if not ids:
            return
        yield ids
        last = ids[-1]


def try_chunk(store: Store, live: Desk, other: Desk, ids: Sequence[int], until: datetime) -> Backtest:
    """One chunk in one reading transaction; what came due after ``until`` is not tried."""
    wanted = occasions_to_try(live.book, other.book)
    with store.read() as tx:
        mails = tx.views.decided(ids)
        lives = {life.ticket.id: life for life in tx.views.lives(mails)} if wanted else {}
    part = try_mails(live, other, mails)
    part.occasions.update(dict.fromkeys(wanted, 0))
    for mail in mails if wanted else ():
        life = lives.get(mail.message.ticket_id)
        for moment in later_moments(live, other, life, mail, wanted, until) if life is not None else ():
            part.try_later(live.book, other.book, moment)
    return part


def try_mails(live: Desk, other: Desk, mails: Iterable[DecidedMail]) -> Backtest:
    part = Backtest()
    for mail in mails:
        part.try_mail(live.book, other.book, mail)
    return part


def backtest(
    store: Store,
    live: Desk,
    other: Desk,
    since: datetime,
    until: datetime,
    *,
    on_progress: OnProgress = lambda done, of: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Backtest:
    """All of it in this process; stops early between two chunks when asked to."""
    total, whole = count_mails(store, since, until), Backtest()
    for chunk in chunks_of(store, since, until):
        if should_stop():
            break
        whole.add(try_chunk(store, live, other, chunk, until))
        on_progress(whole.mails, max(total, whole.mails))
    return whole

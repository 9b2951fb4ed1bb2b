"""Compiles rule files into the book that says which rules hold for a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from core.domain.bundle import Problem
from core.domain.decision import Facts, Occasion, RuleHit, Words
from core.domain.suggestion import Suggestion
from core.domain.taxonomy import Taxonomy
from core.domain.ticket import Message
from core.settings.nodes import MapNode, Scalar
from core.settings.reader import Reader
from rules.condition import MOST_QUOTED, Condition, Making, Not, first_that_fails
from rules.lexicon import Lexicon, LexiconBuilder
from rules.looking import Look
from rules.operators.text import TextCondition
from rules.other_words import OTHER_WORDS
from rules.reading import RuleFile, Switch, read_rule_file
from rules.rule import Rule, Status
from rules.shipped import begin_with_builtin


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLook:
    """One rule under the eyes of ``explain``: hit or miss, the words that decided it, and for a miss the condition
    (its word and line) that failed, with the operator where it is one of text. The words of a miss are those that
    stood in its way. A rule that does not run on this occasion is not ``asked``."""

    id: str
    where: str
    title: str
    status: Status
    hit: bool
    words: tuple[Words, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    failed: str = ""
    operator: str = ""
    error: str = ""
    on: tuple[Occasion, ...] = (Occasion.ARRIVAL,)
    asked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the book's rules ask about that has to be looked up: headers, the customer's tickets of so many days, and
    whether the customer's last vote counts."""

    headers: frozenset[str] = frozenset()
    days: tuple[int, ...] = ()
    score: bool = False


NOTHING_ASKED = Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """Rules of one pass in their order. ``by_word`` leads from a word to the rules that cannot hold without it,
    ``always`` are those that can hold without any word."""

    rules: tuple[Rule, ...]
    by_word: Mapping[int, tuple[int, ...]]
    always: frozenset[int]
    fields: tuple[str, ...]

    def candidates(self, look: Look) -> Iterator[Rule]:
        numbers = set(self.always)
        if self.by_word:
            for name in self.fields:
                for word in look.field(name).first:
                    numbers.update(self.by_word.get(word, ()))
        return (self.rules[number] for number in sorted(numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """All rules, local ones (by file name, then place) before the built-in ones; the first that sets a field wins.

    ``rules`` includes the retired; ``passes`` are those that act, by the occasion on which they run.
    Nothing here raises on any mail: a rule that fails is a hit with ``error``.
    """

    rules: tuple[Rule, ...]
    taxonomy: Taxonomy
    lexicon: Lexicon
    passes: Mapping[Occasion, tuple[_Pass, _Pass]]
    asked: Asked = NOTHING_ASKED

    @property
    def headers(self) -> frozenset[str]:
        return self.asked.headers

    def asks(self, occasion: Occasion) -> bool:
        """Whether any rule runs then."""
        return occasion in self.passes

    def asks_model(self, occasion: Occasion) -> bool:
        """Whether any rule that runs then looks at the suggestion."""
        return occasion in self.passes and bool(self.passes[occasion][1].rules)

    def timed(self, state: str) -> tuple[Rule, ...]:
        """The rules that run at a time after that state."""
        if not self.asks(Occasion.AFTER):
            return ()
        return tuple(
            rule
            for rule in self.rules
            if rule.after is not None and rule.after.state == state and rule.status is not Status.RETIRED
        )

    def first_pass(self, message: Message, facts: Facts) -> tuple[RuleHit, ...]:
        """The hits of the rules that run on this occasion and need no suggestion."""
        return self._hits(0, message, facts, None, {})

    def second_pass(
        self, message: Message, facts: Facts, suggestion: Suggestion, first: Iterable[RuleHit] = ()
    ) -> tuple[RuleHit, ...]:
        """The hits of those that look at the suggestion, or at what the ``first`` hits set."""
        return self._hits(1, message, facts, suggestion, what_is_set(first)) if self.asks_model(facts.occasion) else ()

    def explain(self, message: Message, facts: Facts, suggestion: Suggestion | None = None) -> tuple[RuleLook, ...]:
        """Every rule that is not retired, hit or miss, in the book's order."""
        known = what_is_set(self.first_pass(message, facts))
        look = Look(message=message, facts=facts, lexicon=self.lexicon, suggestion=suggestion, known=known)
        return tuple(_explain(rule, look) for rule in self.rules if rule.status is not Status.RETIRED)

    def _hits(
        self, which: int, message: Message, facts: Facts, suggestion: Suggestion | None, known: Mapping[str, str]
    ) -> tuple[RuleHit, ...]:
        if not self.asks(facts.occasion):
            return ()
        rules = self.passes[facts.occasion][which]
        look = Look(message=message, facts=facts, lexicon=self.lexicon, suggestion=suggestion, known=known)
        found = (judge(rule, look) for rule in rules.candidates(look) if not facts.rule or rule.id == facts.rule)
        return tuple(hit for hit in found if hit is not None)


def what_is_set(hits: Iterable[RuleHit]) -> dict[str, str]:
    """What each field is set to by the first of the hits that sets it; rules on trial set nothing."""
    known: dict[str, str] = {}
    for hit in hits:
        for what, value in hit.sets if hit.acts else ():
            known.setdefault(what, value)
    return known


def judge(rule: Rule, look: Look) -> RuleHit | None:
    """The hit of a rule that holds or fails to be asked; None for a miss."""
    words: tuple[Words, ...] = ()
    try:
        if not rule.condition.holds(look):
            return None
        words, failure = rule.condition.quotes(look), ""
    except Exception as error:  # noqa: BLE001  # whatever is wrong in one rule, the mail flows on and the error is shown
        failure = f"{type(error).__name__}: {error}"[:300]
    return RuleHit(
        id=rule.id, where=rule.where, title=rule.title, trial=rule.status is Status.TRIAL,
        words=words, sets=() if failure else rule.sets, error=failure,
    )  # fmt: skip


def _explain(rule: Rule, look: Look) -> RuleLook:
    seen = RuleLook(id=rule.id, where=rule.where, title=rule.title, status=rule.status, hit=False, on=rule.on)
    if look.facts.occasion not in rule.on:
        return replace(seen, asked=False)
    hit = judge(rule, look)
    if hit is None:
        return _explain_miss(seen, first_that_fails(rule.condition, look), look)
    return replace(seen, hit=not hit.error, words=hit.words, sets=hit.sets, error=hit.error)


def _explain_miss(seen: RuleLook, failed: Condition, look: Look) -> RuleLook:
    operator, words = failed.failing(look) if isinstance(failed, TextCondition) else ("", ())
    if isinstance(failed, Not):
        words = failed.part.quotes(look)
    return replace(seen, failed=f"{failed.word}:{failed.line}", operator=operator, words=words[:MOST_QUOTED])


def compile_book(
    files: Mapping[str, str],
    taxonomy: Taxonomy,
    *,
    words: Mapping[str, tuple[str, ...]] | None = None,
    builtin: bool = True,
    zone: tzinfo = UTC,
    policies: tuple[str, ...] = (),
    letters: tuple[str, ...] = (),
    mailboxes: tuple[str, ...] = (),
    groups: tuple[str, ...] | None = None,
) -> tuple[RuleBook, tuple[Problem, ...]]:
    """The built-in book (unless told otherwise) with the local rule files (by path) before it, and every problem of
    the local files.

    A local rule replaces the built-in one of the same id; an entry with only ``id`` and ``status`` changes a
    built-in rule's status. A built-in rule that names a value this taxonomy does not have is left out.
    """
    making = Making(
        taxonomy=taxonomy, lexicon=LexiconBuilder(), lists=words or {}, zone=zone, policies=policies, letters=letters,
        mailboxes=mailboxes, groups=groups,
    )  # fmt: skip
    shipped: tuple[Rule, ...] = ()
    if builtin:
        shipped, making = begin_with_builtin(making)
    problems: list[Problem] = []
    local: list[Rule] = []
    switched: dict[str, Status] = {}
    for path in sorted(files):
        reader = Reader(path, OTHER_WORDS)
        found = read_rule_file(reader, files[path], making)
        _note_repeats(reader, found, local)
        local.extend(rule for rule, _ in found.rules)
        for switch in found.switches:
            _note_switch(reader, switch, shipped)
            switched[switch.id] = switch.status
        problems.extend(reader.problems)
    replaced = {rule.id for rule in local}
    kept = (replace(rule, status=switched.get(rule.id, rule.status)) for rule in shipped if rule.id not in replaced)
    asked = Asked(headers=frozenset(making.headers), days=tuple(sorted(making.days)), score=bool(making.scores))
    return make_book((*local, *kept), taxonomy, making.lexicon, asked), tuple(problems)


def make_book(
    rules: Iterable[Rule], taxonomy: Taxonomy, lexicon: LexiconBuilder, asked: Asked = NOTHING_ASKED
) -> RuleBook:
    """A book of rules whose words are in that lexicon."""
    every = tuple(rules)
    acting = [rule for rule in every if rule.status is not Status.RETIRED]
    return RuleBook(
        rules=every,
        taxonomy=taxonomy,
        lexicon=lexicon.build(),
        passes={on: _make_passes([rule for rule in acting if on in rule.on]) for on in _occasions(acting)},
        asked=asked,
    )


def _occasions(rules: Iterable[Rule]) -> tuple[Occasion, ...]:
    return tuple(dict.fromkeys(on for rule in rules for on in rule.on))


def _make_passes(rules: list[Rule]) -> tuple[_Pass, _Pass]:
    return (
        _make_pass(rule for rule in rules if not rule.condition.needs_suggestion),
        _make_pass(rule for rule in rules if rule.condition.needs_suggestion),
    )


def _make_pass(rules: Iterable[Rule]) -> _Pass:
    every = tuple(rules)
    by_word: dict[int, list[int]] = {}
    always: set[int] = set()
    fields: set[str] = set()
    for number, rule in enumerate(every):
        needed = rule.condition.needed_words
        if needed is None:
            always.add(number)
            continue
        for word in needed:
            by_word.setdefault(word, []).append(number)
        fields |= rule.condition.fields
    index = {word: tuple(numbers) for word, numbers in by_word.items()}
    return _Pass(rules=every, by_word=index, always=frozenset(always), fields=tuple(sorted(fields)))


def _note_repeats(reader: Reader, found: RuleFile, local: list[Rule]) -> None:
    seen = {rule.id: rule.where for rule in local}
    for rule, node in found.rules:
        if rule.id in seen:
            reader.problem(
                (node.get("id") if isinstance(node, MapNode) else None) or node,
                f"规则 id {rule.id!r} 重复",
                f"the rule id {rule.id!r} is repeated",
                f"{seen[rule.id]} 已经用过",
                f"it is used at {seen[rule.id]}",
            )
        seen.setdefault(rule.id, rule.where)


def _note_switch(reader: Reader, switch: Switch, shipped: tuple[Rule, ...]) -> None:
    ids = tuple(rule.id for rule in shipped)
    key = switch.node.get("id")
    if switch.id not in ids and isinstance(key, Scalar):
        reader.unknown(key, ("内置规则", "built-in rule"), ids)

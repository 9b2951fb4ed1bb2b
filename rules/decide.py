"""Decides every field of a message: an agent's word before a rule's, a rule's before the model's, then the default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

from core.domain.decision import By, Choice, Decision, Facts, Occasion, RuleHit
from core.domain.priority import derive_priority, higher_urgency
from core.domain.suggestion import FieldSuggestion, Suggestion
from core.domain.taxonomy import Taxonomy
from core.domain.ticket import Message
from rules.actions import LETTER, LETTER_REASON, NO_LETTER, RULE_FIELDS, SPAM, STOP, TAG, URGENCY_FLOOR
from rules.book import RuleBook
from rules.orders import CLOCK_TIME
from rules.shipped import BUILTIN

URGENT = "紧急"
_QUOTED = 3
_PLAIN_FIELDS = ("type", "emotion", "topic", "impact", "gravity")


def decide(
    *,
    taxonomy: Taxonomy,
    facts: Facts,
    first: Iterable[RuleHit],
    second: Iterable[RuleHit],
    suggestion: Suggestion,
    bundle: str,
    agent: Mapping[str, str] | None = None,
) -> Decision:
    """All decided fields with their reasons; a pure function of its arguments.

    Hits count in the book's order, whichever pass they came from. ``agent`` holds what agents chose, by field. Later
    than on arrival the choices are only those that a rule changes; what agents chose is then among the facts.
    """
    hits = tuple(sorted((*first, *second), key=place_of))
    if facts.occasion is not Occasion.ARRIVAL:
        return _decide_later(taxonomy, facts, hits, suggestion, bundle)
    field = _Field(taxonomy=taxonomy, acting=_acting(hits), suggestion=suggestion, agent=agent or {})
    choices = {name: field.plain(name) for name in _PLAIN_FIELDS}
    choices["urgency"] = field.urgency()
    urgent = choices["urgency"].value == URGENT
    helpers = tuple(v.team for v in taxonomy.values("urgency") if urgent and v.key == URGENT and v.team)
    tags = tuple(dict.fromkeys((*_all_set(field.acting, TAG), *helpers)))
    choices["priority"] = field.priority(choices, facts, tags)
    choices["team"] = field.team(choices["type"])
    choices |= field.by_rules_only()
    silent = field.first_of(NO_LETTER, LETTER)
    letter = _set_by(silent, NO_LETTER) if silent is not None else None
    if letter is None and (named := field.by_agent_or_rule(LETTER)) is not None:
        choices[LETTER] = replace(named, because=_with_why(named.because, silent))
    return Decision(
        choices=choices,
        facts=facts,
        hits=tuple(_with_overridden(hit, choices, field.acting) for hit in hits),
        bundle=bundle,
        model=suggestion.model,
        suggestion=suggestion,
        tags=tags,
        letter=letter or "",
        spam=next(iter(_all_set(field.acting, SPAM)), "no") == "yes",
    )


def _decide_later(
    taxonomy: Taxonomy, facts: Facts, hits: tuple[RuleHit, ...], suggestion: Suggestion, bundle: str
) -> Decision:
    standing, by = dict(facts.fields), dict(facts.decided_by)
    agent = {name: value for name, value in standing.items() if by.get(name) == By.AGENT}
    field = _Field(
        taxonomy=taxonomy, acting=_acting(hits), suggestion=suggestion, agent=agent, standing=_standing(standing, by)
    )
    choices = {name: field.plain(name) for name in _PLAIN_FIELDS}
    choices["urgency"] = field.urgency()
    changed = {name for name, choice in choices.items() if choice.value != standing.get(name, "")}
    tags = tuple(dict.fromkeys(_all_set(field.acting, TAG)))
    follows = by.get("priority") in (By.DERIVED, "") and changed & {"urgency", "impact"}
    if field.by_agent_or_rule("priority") or follows:
        choices["priority"] = field.priority(choices, facts, tags)
    if field.by_agent_or_rule("team") or ("type" in changed and by.get("team") in (By.DERIVED, "")):
        choices["team"] = field.team(choices["type"])
    choices |= field.by_rules_only()
    made = {name: c for name, c in choices.items() if c.by is not By.AGENT and c.value != standing.get(name, "")}
    return Decision(
        choices=made,
        facts=facts,
        hits=tuple(_with_overridden(hit, choices, field.acting) for hit in hits),
        bundle=bundle,
        model=suggestion.model,
        suggestion=suggestion,
        tags=tags,
        occasion=facts.occasion,
    )


def _standing(values: Mapping[str, str], by: Mapping[str, str]) -> dict[str, Choice]:
    """What stands on a ticket, as something that rules may still change."""
    known = {str(one) for one in By}
    return {
        name: Choice(value=value, by=By(by[name]) if by.get(name, "") in known else By.DEFAULT, accepted=True)
        for name, value in values.items()
    }


def redecide(book: RuleBook, message: Message, decision: Decision) -> Decision:
    """The same decision made again from what was stored with it: message, facts, suggestion and agents' words."""
    first = book.first_pass(message, decision.facts)
    return decide(
        taxonomy=book.taxonomy,
        facts=decision.facts,
        first=first,
        second=book.second_pass(message, decision.facts, decision.suggestion, first),
        suggestion=decision.suggestion,
        bundle=decision.bundle,
        agent={name: choice.value for name, choice in decision.choices.items() if choice.by is By.AGENT},
    )


def place_of(hit: RuleHit) -> tuple[bool, str, int]:
    """Where a hit's rule stands in the book: local files first, then by file name and line."""
    file, _, line = hit.where.rpartition(":")
    return file.startswith(BUILTIN), file, int(line) if line.isdecimal() else 0


def _acting(hits: tuple[RuleHit, ...]) -> tuple[RuleHit, ...]:
    """The hits that decide: neither on trial nor failed, up to and with the first that says ``stop``."""
    able = tuple(hit for hit in hits if hit.acts)
    last = next((place for place, hit in enumerate(able, 1) if _set_by(hit, STOP) is not None), len(able))
    return able[:last]


def _set_by(hit: RuleHit, name: str) -> str | None:
    return next((value for what, value in hit.sets if what == name), None)


def _all_set(hits: tuple[RuleHit, ...], name: str) -> tuple[str, ...]:
    return tuple(value for hit in hits for what, value in hit.sets if what == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """What may be said about one message's fields, by whom."""

    taxonomy: Taxonomy
    acting: tuple[RuleHit, ...]
    suggestion: Suggestion
    agent: Mapping[str, str]
    standing: Mapping[str, Choice] = dataclass_field(default_factory=dict)

    def plain(self, name: str) -> Choice:
        return self._by_agent(name) or self._by_rule(name) or self._by_model_or_default(name)

    def by_agent_or_rule(self, name: str) -> Choice | None:
        """What an agent or a rule said."""
        return self._by_agent(name) or self._by_rule(name)

    def by_rules_only(self) -> dict[str, Choice]:
        """The fields about which nothing but an agent or a rule says anything, as far as one does."""
        clocks = dict.fromkeys(what for hit in self.acting for what, _ in hit.sets if what.startswith(CLOCK_TIME))
        found = {name: self.by_agent_or_rule(name) for name in (*RULE_FIELDS, *clocks)}
        return {name: choice for name, choice in found.items() if choice is not None}

    def urgency(self) -> Choice:
        """Absolute rules set it, floors before the first absolute one raise it; floors alone raise the model's word."""
        if (chosen := self._by_agent("urgency")) is not None:
            return chosen
        hit = self.first_of("urgency")
        base = self._by_rule("urgency") or self._by_model_or_default("urgency")
        floor: RuleHit | None = None
        for candidate in self.acting[: self.acting.index(hit)] if hit is not None else self.acting:
            raised = _set_by(candidate, URGENCY_FLOOR)
            if raised is not None and (floor is None or _higher(raised, _set_by(floor, URGENCY_FLOOR) or "")):
                floor = candidate
        value = _set_by(floor, URGENCY_FLOOR) if floor is not None else None
        if floor is None or value is None or _higher(base.value, value):
            return base
        return self._rule_choice("urgency", floor, value)

    def priority(self, choices: Mapping[str, Choice], facts: Facts, tags: tuple[str, ...]) -> Choice:
        chosen = self._by_agent("priority") or self._by_rule("priority")
        if chosen is not None:
            return chosen
        urgency, impact = choices["urgency"], choices["impact"]
        value, because = derive_priority(urgency.value, impact.value, facts.level, (*facts.tags, *tags))
        return Choice(value=value, by=By.DERIVED, because=because, accepted=urgency.accepted)

    def team(self, type_: Choice) -> Choice:
        chosen = self._by_agent("team") or self._by_rule("team")
        if chosen is not None:
            return chosen
        value = self.taxonomy.team_of(type_.value)
        return Choice(value=value, by=By.DERIVED, because=f"需求类型 {type_.value} → {value}", accepted=type_.accepted)

    def first_of(self, *names: str) -> RuleHit | None:
        """The first rule that sets one of these."""
        return next((hit for hit in self.acting if any(what in names for what, _ in hit.sets)), None)

    def _by_agent(self, name: str) -> Choice | None:
        if name not in self.agent:
            return None
        return self._said(name, Choice(value=self.agent[name], by=By.AGENT, because="客服选定", accepted=True))

    def _by_rule(self, name: str) -> Choice | None:
        hit = self.first_of(name)
        return self._rule_choice(name, hit, _set_by(hit, name) or "") if hit is not None else None

    def _rule_choice(self, name: str, hit: RuleHit, value: str) -> Choice:
        choice = Choice(value=value, by=By.RULE, because=_because(hit), source=hit.id, accepted=True)
        return self._said(name, choice)

    def _by_model_or_default(self, name: str) -> Choice:
        if name in self.standing:
            return self.standing[name]
        said = self.suggestion.fields.get(name)
        if said is not None:
            because = f"模型 {self.suggestion.model} 预判，把握 {said.confidence:.0%}"
            choice = Choice(
                value=said.value, by=By.MODEL, because=because, source=self.suggestion.model, accepted=said.accepted
            )
            return self._said(name, choice)
        return Choice(
            value=self.taxonomy.defaults.get(name, ""), by=By.DEFAULT, because="没有规则或模型作出判断，取默认值"
        )

    def _said(self, name: str, choice: Choice) -> Choice:
        """The choice with the model's own word, and how sure the model was of the chosen value."""
        said = self.suggestion.fields.get(name)
        if said is None:
            return choice
        return replace(choice, suggested=said.value, confidence=_confidence(said, choice.value))


def _confidence(said: FieldSuggestion, value: str) -> float | None:
    if said.value == value:
        return said.confidence
    return next((other.confidence for other in said.alternatives if other.value == value), None)


def _higher(one: str, other: str) -> bool:
    return one != other and higher_urgency(one, other) == one


def _because(hit: RuleHit) -> str:
    quoted = "、".join(dict.fromkeys(f"“{words.text}”" for words in hit.words[:_QUOTED]))
    return f"规则 {hit.title}（{hit.where}）" + (f"：{quoted}" if quoted else "")


def _with_why(because: str, hit: RuleHit | None) -> str:
    why = _set_by(hit, LETTER_REASON) if hit is not None else None
    return f"{because}；{why}" if why else because


def _with_overridden(hit: RuleHit, choices: Mapping[str, Choice], acting: tuple[RuleHit, ...]) -> RuleHit:
    """The hit with the fields that it wanted and another won."""
    lost: list[str] = []
    if hit.acts and hit not in acting:
        return replace(hit, overridden=tuple(dict.fromkeys(what.removesuffix("_at_least") for what, _ in hit.sets)))
    for what, value in hit.sets:
        name = "urgency" if what == URGENCY_FLOOR else what
        choice = choices.get(name)
        if choice is None or hit.trial or hit.error:
            continue
        if choice.source == hit.id and choice.by is By.RULE:
            continue
        floor_met = what == URGENCY_FLOOR and not _higher(value, choice.value) and choice.by is not By.AGENT
        if not floor_met:
            lost.append(name)
    about = (NO_LETTER, LETTER)
    if any(what in about for what, _ in hit.sets) and hit.acts:
        winner = next(other for other in acting if any(what in about for what, _ in other.sets))
        lost.extend(("letter",) if winner.id != hit.id else ())
    return replace(hit, overridden=tuple(dict.fromkeys(lost))) if lost or hit.overridden else hit

"""Which policy and calendar serve which ticket: the choice of ``sla/policy.yaml``, the first that fits (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.domain.calendar import BusinessCalendar
from core.domain.taxonomy import Taxonomy
from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader, nearest
from responder.policies import DEFAULT_POLICY
from responder.policy import Policy

FILE = "sla/policy.yaml"
DEFAULT_CALENDAR = "cn"
FIELDS = ("type", "priority", "urgency", "level", "mailbox", "team")
"""What a choice may ask about."""
_KEYS = ("when", "policy", "calendar")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChoice:
    """Tickets for which each of ``when`` has one of its values get this policy and calendar; None leaves the general
    one."""

    when: Mapping[str, tuple[str, ...]]
    policy: Policy | None = None
    calendar: BusinessCalendar | None = None

    def fits(self, facts: Mapping[str, str]) -> bool:
        return all(facts.get(field, "") in values for field, values in self.when.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The general policy and calendar, and the exceptions in the order in which they are tried."""

    policy: Policy | None
    calendar: BusinessCalendar | None
    exceptions: tuple[PolicyChoice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a choice may name."""

    policies: Mapping[str, Policy]
    calendars: Mapping[str, BusinessCalendar]
    taxonomy: Taxonomy | None
    mailboxes: Collection[str]


def read_choices(reader: Reader, content: str, known: Known) -> Choices:
    """The choice; what the file is silent about is the default. Problems are the reader's."""
    root = reader.document(content)
    what = ("时限方案的选择", "the choice of policy")
    entries = reader.mapping(root, what, optional=("policy", "calendar", "choose")) if root is not None else None
    entries = entries or {}
    policy, calendar = known.policies.get(DEFAULT_POLICY), known.calendars.get(DEFAULT_CALENDAR)
    if "policy" in entries:
        policy = reader.one_of(entries["policy"], ("时限方案", "policy"), known.policies)
    if "calendar" in entries:
        calendar = reader.one_of(entries["calendar"], ("日历", "calendar"), known.calendars)
    found = reader.items(entries["choose"], ("choose", "choose")) if "choose" in entries else ()
    exceptions = tuple(one for node in found if (one := _exception(reader, node, known)) is not None)
    return Choices(policy=policy, calendar=calendar, exceptions=exceptions)


def _exception(reader: Reader, node: Node, known: Known) -> PolicyChoice | None:
    entries = reader.mapping(node, ("choose", "choose"), required=("when",), optional=_KEYS[1:])
    if entries is None or "when" not in entries:
        return None
    if "policy" not in entries and "calendar" not in entries:
        hint = "policy: rapid-7x24"
        reader.problem(node, "写明 policy 或 calendar", "name a policy or a calendar", hint, hint)
        return None
    policy = calendar = None
    if "policy" in entries:
        policy = reader.one_of(entries["policy"], ("时限方案", "policy"), known.policies)
    if "calendar" in entries:
        calendar = reader.one_of(entries["calendar"], ("日历", "calendar"), known.calendars)
    return PolicyChoice(when=_when(reader, entries["when"], known), policy=policy, calendar=calendar)


def _when(reader: Reader, node: Node, known: Known) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in reader.entries(node, ("when", "when")):
        if name.text not in FIELDS:
            reader.unknown(name, ("键", "key"), FIELDS)
            continue
        items = (value,) if isinstance(value, Scalar) else reader.items(value, (name.text, name.text))
        found[name.text] = tuple(word for item in items if (word := _value(reader, name.text, item, known)))
    return found


def _value(reader: Reader, field: str, node: Node, known: Known) -> str:
    """A value by its key or its English name; a team is what the desk calls it."""
    word = reader.text(node, (field, field)) or ""
    if not word or field == "team":
        return word
    if field == "mailbox":
        if word not in known.mailboxes:
            _unknown(reader, node, field, word, known.mailboxes)
        return word
    value = known.taxonomy.find(field, word) if known.taxonomy else None
    if value is None and known.taxonomy is not None:
        _unknown(reader, node, field, word, [value.key for value in known.taxonomy.values(field)])
    return value.key if value else word


def _unknown(reader: Reader, node: Node, field: str, word: str, allowed: Collection[str]) -> None:
    near = nearest(word, tuple(allowed))
    listed = ", ".join(allowed)
    reader.problem(
        node, f"{field} 没有 {word}", f"{field}: no {word!r}",
        f"是不是 {near}？" if near else f"可以是：{listed}", f"did you mean {near}?" if near else f"possible: {listed}",
    )  # fmt: skip

"""Reads what a rule sets under ``then``."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.decision import DECIDED_FIELDS, Occasion
from core.domain.taxonomy import Taxonomy
from core.settings.nodes import MapNode, Node, Scalar
from core.settings.reader import Reader
from rules.condition import Making
from rules.orders import ASK, ASK_TIMES, CO_HANDLER, LINK, NOTIFY, POLICY, QUIET, SECOND_PERSON, URGE, read_order

URGENCY_FLOOR = "urgency_at_least"
TAG = "tag"
NO_LETTER = "no_letter"
LETTER, LETTER_REASON = "letter", "letter_reason"
"""The letter that answers an arrival instead of the acknowledgement, and why."""
SPAM = "spam"
OWNER = "owner"
STOP = "stop"
ACTIONS = (
    *DECIDED_FIELDS, URGENCY_FLOOR, "owner", "co_handlers", "tags", "policy", "clocks", "letter", "ask",
    ASK_TIMES, "second_person", "notify", "link", "urge", "quiet", "spam", "stop",
)  # fmt: skip
RULE_FIELDS = (OWNER, POLICY, SECOND_PERSON, LINK)
"""What only agents and rules say anything about: the first rule that sets one wins, as with the other fields."""
UNITED = (TAG, CO_HANDLER, NOTIFY, ASK, ASK_TIMES, URGE, QUIET)
"""What every rule that acts adds to; of ``ask_times``, ``urge`` and ``quiet`` the first word counts."""
ONLY_ON: Mapping[str, tuple[Occasion, ...]] = {
    "letter": (Occasion.ARRIVAL,),
    "spam": (Occasion.ARRIVAL,),
    ASK_TIMES: (Occasion.REPLY,),
    "urge": (Occasion.REPLY,),
    "quiet": (Occasion.REPLY,),
}
"""Actions that mean something on some occasions only."""

_LONGEST = 100

Sets = tuple[tuple[str, str], ...]


def read_actions(reader: Reader, node: Node, making: Making) -> Sets:
    """(what, value) pairs: the decided fields, ``urgency_at_least``, ``tag`` (once for each), ``no_letter`` with
    its reason or ``letter`` with its name, ``spam`` (yes or no), ``owner`` (a sign-in name), ``stop`` (no later rule
    acts), and the orders."""
    entries = reader.mapping(node, ("then", "then"), optional=ACTIONS) or {}
    if isinstance(node, MapNode) and not node.entries:
        reader.problem(
            node,
            "then 里没有动作",
            "'then' is empty",
            "可以写：" + "、".join(ACTIONS),
            "possible: " + ", ".join(ACTIONS),
        )
    if "urgency" in entries and URGENCY_FLOOR in entries:
        reader.problem(
            entries[URGENCY_FLOOR],
            "urgency 和 urgency_at_least 只能写一个",
            "write one of urgency and urgency_at_least only",
            "urgency 直接定为该值；urgency_at_least 只升不降",
            "urgency sets the value; urgency_at_least only raises it",
        )
    sets: list[tuple[str, str]] = []
    for name, value in entries.items():
        sets.extend(_read_action(reader, name, value, making))
    return tuple(sets)


def check_occasions(reader: Reader, node: Node, on: tuple[Occasion, ...]) -> None:
    """Notes actions that could do nothing on any occasion on which the rule runs."""
    for key, _ in node.entries if isinstance(node, MapNode) else ():
        wanted = ONLY_ON.get(key.text)
        if wanted is not None and on and not set(wanted) & set(on):
            words = ", ".join(wanted)
            reader.problem(
                key,
                f"{key.text} 在这条规则运行的时候不起作用",
                f"{key.text} does nothing when this rule runs",
                f"写 run_on: {words}，或去掉 {key.text}",
                f"write run_on: {words}, or drop {key.text}",
            )


def _read_action(reader: Reader, name: str, node: Node, making: Making) -> Sets:
    if name == "tags":
        return tuple((TAG, tag) for tag in reader.texts(node, ("tags", "tags")) if _short(reader, node, tag))
    if name == "letter":
        return _read_letter(reader, node, making)
    if name == "spam":
        spam = reader.flag(node, ("spam", "spam"))
        return ((SPAM, "yes" if spam else "no"),) if spam is not None else ()
    if name in ("team", OWNER):
        chosen = reader.text(node, (name, name))
        return ((name, chosen),) if chosen is not None and _short(reader, node, chosen) else ()
    if name == STOP:
        return ((STOP, "yes"),) if reader.flag(node, ("stop", "stop")) else ()
    if (order := read_order(reader, name, node, making)) is not None:
        return order
    return _read_field(reader, name, node, making.taxonomy)


def _read_field(reader: Reader, name: str, node: Node, taxonomy: Taxonomy) -> Sets:
    key = reader.value_of(node, taxonomy, "urgency" if name == URGENCY_FLOOR else name)
    return ((name, key),) if key is not None else ()


def _read_letter(reader: Reader, node: Node, making: Making) -> Sets:
    if isinstance(node, Scalar):
        named = node.text.strip() not in ("none", "")
        reader.problem(
            node,
            "信件名要写在 name 后面" if named else "不发回执要写明原因",
            "a letter's name stands behind name" if named else "say why no letter is sent",
            f"写成 letter: {{name: {node.text.strip()}}}" if named else "写成 letter: {none: 原因}",
            f"write letter: {{name: {node.text.strip()}}}" if named else "write letter: {none: the reason}",
        )
        return ()
    entries = reader.mapping(node, ("letter", "letter"), optional=("none", "name", "reason"))
    if entries is None:
        return ()
    if ("none" in entries) == ("name" in entries):
        reader.problem(
            node, "letter 里 none 和 name 要写其中一个", "letter needs one of none and name",
            "例如 letter: {none: 原因} 或 letter: {name: vip-welcome, reason: 原因}",
            "for example letter: {none: the reason} or letter: {name: vip-welcome, reason: why}",
        )  # fmt: skip
        return ()
    reason = entries.get("none") or entries.get("reason")
    why = reader.text(reason, ("原因", "the reason")) if reason is not None else None
    if "none" in entries:
        if "reason" in entries:
            reader.problem(
                entries["reason"], "none 后面写的就是原因", "what stands behind none is the reason",
                "去掉 reason", "drop reason",
            )  # fmt: skip
        return ((NO_LETTER, why),) if why is not None else ()
    return (*_named_letter(reader, entries["name"], making), *(((LETTER_REASON, why),) if why is not None else ()))


def _named_letter(reader: Reader, node: Node, making: Making) -> Sets:
    """One that can stand for the acknowledgement: those of ``replies/`` beside the built-in ones, or itself."""
    if making.letters:
        name = reader.one_of(node, ("信件", "letter"), {name: name for name in making.letters})
    else:
        name = reader.text(node, ("信件", "letter"))
    return ((LETTER, name),) if name is not None else ()


def _short(reader: Reader, node: Node, text: str) -> bool:
    if len(text) <= _LONGEST:
        return True
    reader.problem(node, f"超过 {_LONGEST} 个字", f"longer than {_LONGEST} characters")
    return False

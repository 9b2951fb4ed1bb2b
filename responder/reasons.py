"""The desk's lists of reasons: why a promise was late, what a hold may be for (DOMAIN 6), and why
demands come about (DOMAIN 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files

from core.domain.bundle import Problem
from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader

FILE = "sla/reasons.yaml"
LISTS = ("breach", "hold", "cause")
_BOTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    key: str
    zh: str
    en: str

    def words(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """By key, in the order of the files."""

    breach: Mapping[str, Reason]
    hold: Mapping[str, Reason]
    cause: Mapping[str, Reason]


def read_reasons(content: str = "") -> tuple[Reasons, tuple[Problem, ...]]:
    """The shipped lists with what ``sla/reasons.yaml`` changes; and every problem of that file."""
    shipped = (package_files("responder") / "builtin" / "reasons.yaml").read_text("utf-8")
    found: dict[str, dict[str, Reason]] = {name: {} for name in LISTS}
    problems: list[Problem] = []
    for file, text in ((f"builtin:{FILE}", shipped), (FILE, content)):
        reader = Reader(file)
        root = reader.document(text)
        entries = reader.mapping(root, ("理由清单", "lists of reasons"), optional=LISTS) if root is not None else None
        for name, node in (entries or {}).items():
            for key, value in reader.entries(node, (name, name)):
                _add(reader, key, value, found[name])
        problems.extend(reader.problems)
    return Reasons(**found), tuple(problems)


def _add(reader: Reader, key: Scalar, node: Node, into: dict[str, Reason]) -> None:
    words = [reader.text(item, (key.text, key.text)) or "" for item in reader.items(node, (key.text, key.text))]
    if not words:
        into.pop(key.text, None)
    elif len(words) > _BOTH:
        reader.problem(
            node, "理由写中文和英文两项", "a reason has two entries, Chinese and English", "[…, …]", "[…, …]"
        )
    else:
        into[key.text] = Reason(key=key.text, zh=words[0], en=words[-1])

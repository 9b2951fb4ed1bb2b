"""The rule files that ship: their text, and the rules in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from functools import lru_cache
from importlib.resources import files as package_files

from core.domain.bundle import Problem
from core.domain.taxonomy import Taxonomy, Value
from core.settings.reader import Reader
from rules.condition import Making
from rules.lexicon import LexiconBuilder
from rules.reading import read_rule_file
from rules.rule import Rule

FOLDER = "rules/"
BUILTIN = "builtin:"


def shipped_text(file: str) -> str:
    """A built-in file by the name under which its rules are shown (``builtin:rules/10-zh.yaml``)."""
    name = file.removeprefix(BUILTIN).removeprefix(FOLDER)
    return (package_files("rules") / "builtin" / name).read_text("utf-8")


def begin_with_builtin(making: Making) -> tuple[tuple[Rule, ...], Making]:
    """The built-in rules, and what their reading left behind for that of the local ones."""
    taxonomy = making.taxonomy
    fields, defaults = tuple(taxonomy.fields.items()), tuple(taxonomy.defaults.items())
    rules, read = _read(fields, defaults, tuple(making.lists.items()), making.zone, making.policies)
    lexicon = replace(read.lexicon, entries=dict(read.lexicon.entries), placed=set(read.lexicon.placed))
    headers, days, scores = set(read.headers), set(read.days), set(read.scores)
    return rules, replace(making, lexicon=lexicon, headers=headers, days=days, scores=scores)


def check_builtin(taxonomy: Taxonomy) -> tuple[Problem, ...]:
    """What is wrong in the built-in files; nothing, for the taxonomy that ships."""
    _, problems = _read_files(Making(taxonomy=taxonomy, lexicon=LexiconBuilder(), lists={}))
    return problems


@lru_cache(maxsize=4)
def _read(
    fields: tuple[tuple[str, tuple[Value, ...]], ...],
    defaults: tuple[tuple[str, str], ...],
    lists: tuple[tuple[str, tuple[str, ...]], ...],
    zone: tzinfo,
    policies: tuple[str, ...],
) -> tuple[tuple[Rule, ...], Making]:
    """Read once for a taxonomy and its word lists: an editor asks again at every pause of the typing."""
    taxonomy = Taxonomy(fields=dict(fields), defaults=dict(defaults))
    making = Making(taxonomy=taxonomy, lexicon=LexiconBuilder(), lists=dict(lists), zone=zone, policies=policies)
    rules, _ = _read_files(making)
    return rules, making


def _read_files(making: Making) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    folder = package_files("rules") / "builtin"
    rules: list[Rule] = []
    problems: list[Problem] = []
    for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")):
        reader = Reader(f"{BUILTIN}{FOLDER}{name}")
        file = read_rule_file(reader, (folder / name).read_text("utf-8"), making, builtin=True)
        rules.extend(rule for rule, _ in file.rules)
        problems.extend(reader.problems)
    return tuple(rules), tuple(problems)

"""The glossary is complete and of one mind."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from tests.house.tree import ROOT, name_of, python_files, syntax

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|")
SECTION = re.compile(r"^### `(\w+)` (.+)$")
IDENTIFIERS = "identifiers"


def _rows() -> dict[str, list[tuple[str, str, str]]]:
    """Rows by section: the enumeration's name, or ``IDENTIFIERS`` for all other tables."""
    sections: dict[str, list[tuple[str, str, str]]] = {IDENTIFIERS: []}
    current = IDENTIFIERS
    for line in GLOSSARY.splitlines():
        if line.startswith("#"):
            heading = SECTION.match(line)
            current = heading[1] if heading else IDENTIFIERS
            sections.setdefault(current, [])
        elif row := ROW.match(line):
            sections[current].append((row[1], row[2].strip(), row[3].strip()))
    return sections


def _domain_classes() -> list[ast.ClassDef]:
    return [
        node
        for path in python_files()
        if name_of(path).startswith("core/domain/")
        for node in syntax(path).body
        if isinstance(node, ast.ClassDef)
    ]


ENUMS = {
    node.name: [ast.literal_eval(line.value) for line in node.body if isinstance(line, ast.Assign)]
    for node in _domain_classes()
    if any(ast.unparse(base) == "StrEnum" for base in node.bases)
}
VALUES = [node.name for node in _domain_classes() if any("dataclass" in ast.unparse(d) for d in node.decorator_list)]


@pytest.mark.parametrize("name", VALUES)
def test_every_value_of_the_domain_stands_in_the_glossary(name):
    """What travels between rooms has a name, a label and a meaning."""
    assert name in {identifier for identifier, _, _ in _rows()[IDENTIFIERS]}


@pytest.mark.parametrize("name", ENUMS)
def test_an_enumeration_is_listed_with_exactly_its_values(name):
    """No value without a Chinese label, and none that the code no longer knows."""
    assert sorted(value for value, _, _ in _rows().get(name, [])) == sorted(ENUMS[name])


def test_no_identifier_of_a_class_outlives_it():
    """A class that left the code leaves the glossary."""
    written = {i for i, _, _ in _rows()[IDENTIFIERS] if re.fullmatch(r"([A-Z][a-z]+)+", i)}
    assert written <= set(VALUES)
    assert set(_rows()) - {IDENTIFIERS} == set(ENUMS)


def test_one_idea_has_one_identifier_and_one_label():
    """No identifier stands twice, and within an enumeration no label does."""
    identifiers = Counter(identifier for identifier, _, _ in _rows()[IDENTIFIERS])
    assert not [name for name, count in identifiers.items() if count > 1]
    for rows in _rows().values():
        assert all(label and meaning for _, label, meaning in rows)
    for name in ENUMS:
        labels = [label for _, label, _ in _rows()[name]]
        assert len(labels) == len(set(labels)), name

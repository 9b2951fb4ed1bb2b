"""Reads a form back into the rule that it says, and does what a button of the form asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.domain.bundle import Problem
from core.settings.nodes import MapNode, Node, Scalar, read_nodes
from core.settings.plain import Plain, plain_of
from core.settings.rewrite import Item, items_of, with_item, with_new_item
from huiying.console.rule_fields import HEAD, ROOT, RuleSchema, Schema, is_keys

SHAPE = "shape:"
_OPTIONAL = tuple(name for name in HEAD if name not in ("id", "title"))
_FIRST_EXAMPLE = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it was sent: the rule that it says, and what of its YAML parts could not be read, by path."""

    rule: Plain
    unreadable: dict[str, tuple[Problem, ...]]


def read_form(sent: Iterable[tuple[str, str]]) -> Filled:
    """``shape:PATH`` says how a place is asked for; places come in the order of the page."""
    shapes: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in sent:
        if name.startswith(SHAPE):
            shapes.setdefault(name.removeprefix(SHAPE), value)
        else:
            values.setdefault(name, []).append(value.replace("\r\n", "\n"))
    unreadable: dict[str, tuple[Problem, ...]] = {}
    made: dict[str, Plain] = {}
    for path, shape in shapes.items():
        made[path] = _value(shape, values.get(path, []), path, unreadable)
        parent, _, key = path.rpartition("/")
        above = made.get(parent)
        if isinstance(above, dict):
            above[key] = made[path]
        elif isinstance(above, list):
            above.append(made[path])
    rule = made.get(ROOT, {})
    if isinstance(rule, dict):
        rule = {name: value for name, value in rule.items() if value != "" or name not in _OPTIONAL}
    return Filled(rule=rule, unreadable=unreadable)


def _value(shape: str, sent: list[str], path: str, unreadable: dict[str, tuple[Problem, ...]]) -> Plain:
    text = sent[0] if sent else ""
    if shape == "keys":
        return {}
    if shape == "items":
        return []
    if shape == "choices":
        return [one for one in sent if one]
    if shape == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if shape != "yaml":
        return text
    node, problems = read_nodes(text, path)
    if problems:
        unreadable[path] = problems
    return plain_of(node) if node is not None else ""


def act(rule: Plain, schema: RuleSchema, button: str, picked: str) -> str:
    """Does to the rule what a button says (``add:PATH``, ``append:PATH``, ``drop:PATH``, ``up:PATH``, ``down:PATH``,
    ``as-SHAPE:PATH``); the path that the form leads to next."""
    what, _, path = button.partition(":")
    place = _find(rule, path)
    if what == "add" and isinstance(place, dict) and picked:
        place[picked] = _default(schema, schema.at(f"{path}/{picked}"))
        return f"{path}/{picked}"
    if what == "append" and isinstance(place, list):
        inner = schema.at(f"{path}/0")
        place.append({picked: _default(schema, schema.at(f"{path}/0/{picked}"))} if picked else _default(schema, inner))
        return f"{path}/{len(place) - 1}"
    parent, _, key = path.rpartition("/")
    above = _find(rule, parent)
    if what.startswith("as-"):
        _set(above, key, _default(schema, schema.at(path), what.removeprefix("as-")))
        return path
    if what == "drop":
        _drop(above, key)
    elif isinstance(above, list) and key.isdecimal():
        _move(above, int(key), -1 if what == "up" else 1)
    return parent


def _find(rule: Plain, path: str) -> Plain | None:
    found: Plain | None = rule
    for step in path.split("/")[1:]:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def _set(above: Plain | None, key: str, value: Plain) -> None:
    if isinstance(above, dict) and key in above:
        above[key] = value
    elif isinstance(above, list) and key.isdecimal() and int(key) < len(above):
        above[int(key)] = value


def _drop(above: Plain | None, key: str) -> None:
    if isinstance(above, dict):
        above.pop(key, None)
    elif isinstance(above, list) and key.isdecimal() and int(key) < len(above):
        del above[int(key)]


def _move(items: list[Plain], place: int, step: int) -> None:
    other = place + step
    if 0 <= place < len(items) and 0 <= other < len(items):
        items[place], items[other] = items[other], items[place]


def _default(schema: RuleSchema, what: Schema, shape: str = "") -> Plain:
    """What a new place says at first: nothing yet, with the places that it needs."""
    shapes = schema.shapes(what)
    shape = shape or next((one for one in ("choice", "keys", "choices", "lines", "items") if one in shapes), "text")
    if shape in ("choices", "lines", "items"):
        return []
    if not is_keys(shape):
        words = schema.options(what)
        return "yes" if shape == "choice" and "yes" in words else ""
    known = shapes[shape]["properties"]
    first = list(shapes[shape].get("required", ())) or list(known)[:1]
    if "expect" in first:
        first = [_FIRST_EXAMPLE, *first]
    joined = {"all", "any", "not"} & set(first)
    return {} if joined else {name: _default(schema, known[name], "keys" if name == "expect" else "") for name in first}


def find_entry(content: str, rule: str) -> tuple[int, Item] | None:
    """The place of the rule with that id in a file; None when it is not there or not in lines of its own."""
    for place, item in enumerate(items_of(content, "rules") or ()):
        if isinstance(item.value, dict) and item.value.get("id") == rule and "when" in item.value:
            return place, item
    return None


def with_rule(content: str, entry: str, rule: Plain) -> str:
    """The file with that rule: in the place of ``entry`` (an id), or as a new one. Raises ``ValueError``."""
    found = find_entry(content, entry) if entry else None
    if entry and found is None:
        raise ValueError("the rule is not there")
    return with_item(content, "rules", found[0], rule) if found else with_new_item(content, "rules", rule)


def marks(content: str, rule: str, problems: Sequence[Problem], paths: Iterable[str]) -> dict[str, list[Problem]]:
    """Which problems of the file belong to which path of the form."""
    found = find_entry(content, rule)
    if found is None:
        return {}
    known, (_, item) = set(paths), found
    places = sorted(_places(item.node, ROOT), key=lambda one: (one[0], one[1]))
    marked: dict[str, list[Problem]] = {}
    for problem in problems:
        if item.first < problem.line <= item.last:
            path = _nearest(places, problem.line, problem.column)
            while path not in known and "/" in path:
                path = path.rpartition("/")[0]
            marked.setdefault(path, []).append(problem)
    return marked


def _places(node: Node, path: str) -> list[tuple[int, int, str]]:
    """(line, column, path) of every key and value."""
    found = [(node.line, node.column, path)]
    if isinstance(node, MapNode):
        for key, value in node.entries:
            inner = f"{path}/{key.text}"
            found += [(key.line, key.column, inner), *_places(value, inner)]
    elif not isinstance(node, Scalar):
        for number, value in enumerate(node.items):
            found += _places(value, f"{path}/{number}")
    return found


def _nearest(places: list[tuple[int, int, str]], line: int, column: int) -> str:
    """The last place at or before a problem in its line, else the first of its line, else the last before it."""
    same = [one for one in places if one[0] == line]
    before = [one for one in same if one[1] <= column]
    if before:
        return before[-1][2]
    return same[0][2] if same else max((one for one in places if one[0] < line), default=(0, 0, ROOT))[2]

"""What a form asks for to write one rule: derived from the language's JSON Schema, filled with what the rule says.

A condition or an action that the schema knows appears by itself; what a form cannot say is shown as YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.settings.plain import Plain, block_yaml, flow_yaml
from huiying.console.words import Words
from rules.own_names import own_name

Schema = Mapping[str, Any]

HEAD = ("id", "title", "status", "why", "owner", "review_by")
"""The fields of a rule that are always shown."""
_SAID_BY = {"run_on": "occasion"}
"""Where the catalogue names the values of a key, when not under the key itself."""
LONG = ("why", "text", "body")
"""Texts that may take several lines."""
ROOT = "rule"
KEYS = "keys"
"""The shape of a mapping; where there are several, each further one has the name of its first key behind it."""
_LETTER = "/letter/name"
_UNSEEN = "\r\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One place of the form: ``path`` is its place in the rule, ``shape`` how it is asked for (choice, choices,
    text, long, lines, keys, items, yaml). ``more`` are the keys that may be added, ``others`` the shapes that it may
    take instead."""

    path: str
    key: str
    label: str
    shape: str
    value: str = ""
    chosen: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    parts: tuple[Part, ...] = ()
    more: tuple[Option, ...] = ()
    others: tuple[Option, ...] = ()
    needed: bool = False

    @property
    def name(self) -> str:
        """Its name as an id of the page."""
        return self.path.replace("/", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSchema:
    """The schema of a rule file, asked by the place in a rule."""

    whole: Schema

    @property
    def rule(self) -> Schema:
        found: Schema = self.whole["$defs"]["rule"]
        return found

    def at(self, path: str) -> Schema:
        """What may stand at a path; an empty schema where nothing is known."""
        schema = self.rule
        for step in path.split("/")[1:]:
            shapes = self.shapes(schema)
            if step.isdecimal() and "items" in shapes:
                schema = shapes["items"]["items"]
            else:
                known = (one["properties"] for name, one in shapes.items() if is_keys(name))
                schema = next((each[step] for each in known if step in each), {})
        return schema

    def shapes(self, schema: Schema) -> dict[str, Schema]:
        """The ways in which a value may be written, each with its part of the schema."""
        found: dict[str, Schema] = {}
        for one in self._alternatives(schema):
            shape = self._shape(one)
            if shape == KEYS and shape in found and one.get("required"):
                shape = f"{KEYS}-{one['required'][0]}"
            found.setdefault(shape, one)
        if "choices" in found:
            found.pop("choice", None)
        if "lines" in found:
            found.pop("text", None)
        return found

    def options(self, schema: Schema) -> tuple[str, ...]:
        """The words of a closed list, as they are written in YAML."""
        return tuple(dict.fromkeys(_written(one) for one in self._enum(schema)))

    def _enum(self, schema: Schema) -> list[object]:
        found: list[object] = []
        for one in self._alternatives(schema):
            found.extend(one.get("enum", ()))
            if one.get("type") == "array":
                found.extend(self._enum(one["items"]))
        return found

    def _alternatives(self, schema: Schema) -> list[Schema]:
        if "$ref" in schema:
            schema = self.whole["$defs"][schema["$ref"].rpartition("/")[2]]
        if "anyOf" not in schema:
            return [schema]
        return [one for each in schema["anyOf"] for one in self._alternatives(each)]

    def _shape(self, schema: Schema) -> str:
        if "enum" in schema:
            return "choice"
        if schema.get("type") == "array":
            inner = set(self.shapes(schema["items"]))
            return "choices" if inner == {"choice"} else "items" if "keys" in inner else "lines"
        if schema.get("type") == "object":
            return KEYS if "properties" in schema else "yaml"
        return "text" if schema.get("type") else "yaml"


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def shape_for(value: Plain, shapes: Mapping[str, Schema], options: tuple[str, ...]) -> str:
    """The shape in which the form can show a value without changing it; yaml when there is none."""
    if isinstance(value, str):
        if value in options or (not value and "choice" in shapes):
            return "choice" if "choice" in shapes else "choices"
        if "lines" in shapes and _is_line(value):
            return "lines"
        can = {"text", "choice", "choices"} & set(shapes)
        return "text" if can and not any(one in value for one in _UNSEEN) else "yaml"
    if isinstance(value, list):
        if "choices" in shapes and all(isinstance(one, str) and one in options for one in value):
            return "choices"
        if "lines" in shapes and all(isinstance(one, str) and _is_line(one) for one in value):
            return "lines"
        return "items" if "items" in shapes else "yaml"
    return next((name for name, one in shapes.items() if is_keys(name) and _has_all(one, value)), "yaml")


def is_keys(shape: str) -> bool:
    return shape.partition("-")[0] == KEYS


def _has_all(schema: Schema, value: Mapping[str, Plain]) -> bool:
    return set(value) <= set(schema["properties"])


def _is_line(text: str) -> bool:
    return bool(text) and text == text.strip() and not any(one in text for one in "\n" + _UNSEEN)


def yaml_of(value: Plain) -> str:
    return flow_yaml(value) if isinstance(value, str) or not value else "\n".join(block_yaml(value, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMaker:
    """Makes the parts of a form in the viewer's language. ``letters`` are the titles of those that a rule may send."""

    schema: RuleSchema
    words: Words
    letters: Mapping[str, str] = field(default_factory=dict)

    def form(self, rule: Plain) -> Part:
        """The whole rule; its head is shown also where it says nothing."""
        if not isinstance(rule, dict) or not set(rule) <= set(self.schema.rule["properties"]):
            return self._part(ROOT, "", self.schema.rule, rule)
        shown: dict[str, Plain] = {
            **{name: rule.get(name, "") for name in HEAD},
            "when": {},
            "then": {},
            "examples": [],
        }
        return self._part(ROOT, "", self.schema.rule, {**shown, **rule})

    def _part(self, path: str, key: str, schema: Schema, value: Plain, needed: bool = False) -> Part:
        shapes, options = self.schema.shapes(schema), self.schema.options(schema)
        shape = shape_for(value, shapes, options)
        others = tuple(
            Option(value=one, label=self._as(one, each)) for one, each in shapes.items()
            if shape != "yaml" and one not in (shape, "yaml")
        )  # fmt: skip
        if shape == "text" and (key in LONG or "\n" in str(value)):
            shape = "long"
        part = Part(path=path, key=key, label=self._label(key, schema), shape=shape, others=others, needed=needed)
        if is_keys(shape) and isinstance(value, dict):
            return self._with_keys(replace(part, shape=KEYS), shapes[shape], value)
        if shape == "items" and isinstance(value, list):
            return self._with_items(part, shapes["items"]["items"], value)
        if shape in ("choice", "choices"):
            chosen = tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)
            return replace(part, chosen=chosen, options=self._options(path, options, chosen))
        if shape == "lines":
            text = value if isinstance(value, str) else "\n".join(str(one) for one in value)
            return replace(part, value=text)
        return replace(part, value=yaml_of(value) if shape == "yaml" else str(value))

    def _with_keys(self, part: Part, schema: Schema, value: dict[str, Plain]) -> Part:
        known, needed = schema["properties"], schema.get("required", ())
        parts = tuple(
            self._part(f"{part.path}/{name}", name, known[name], one, name in needed) for name, one in value.items()
        )
        more = tuple(Option(value=name, label=self._label(name, known[name])) for name in known if name not in value)
        return replace(part, parts=parts, more=more)

    def _with_items(self, part: Part, schema: Schema, value: list[Plain]) -> Part:
        parts = tuple(self._part(f"{part.path}/{number}", str(number), schema, one) for number, one in enumerate(value))
        keys = self.schema.shapes(schema).get("keys", {})
        words = () if keys.get("required") else tuple(keys.get("properties", {}))
        more = tuple(Option(value=name, label=self._label(name, keys["properties"][name])) for name in words)
        return replace(part, parts=parts, more=more)

    def _label(self, key: str, schema: Schema) -> str:
        """The schema's own words, else the catalogue's, else the key as it is."""
        if schema is self.schema.rule["properties"].get(key) and f"rules.head.{key}" in self.words.catalogue:
            return self.words(f"rules.head.{key}")
        told = self._in_language(str(schema.get("description", "")))
        if told:
            return told
        for group in ("rules.word", "rules.what", "field"):
            if f"{group}.{key}" in self.words.catalogue:
                return self.words(f"{group}.{key}")
        return "" if key.isdecimal() else key

    def _as(self, shape: str, schema: Schema) -> str:
        """What a button says that asks for the same in another shape."""
        return self._in_language(str(schema.get("title", ""))) or self.words(f"rules.form.as-{shape}")

    def _in_language(self, told: str) -> str:
        chinese, _, english = told.partition(" · ")
        return chinese if self.words.language.startswith("zh") else english or chinese

    def _options(self, path: str, written: tuple[str, ...], chosen: tuple[str, ...]) -> tuple[Option, ...]:
        """One for each value, in the spelling that is chosen, else by its own name."""
        key = path.rpartition("/")[2]
        if path.endswith(_LETTER):
            return tuple(Option(value=one, label=self._letter(one)) for one in written)
        field = "urgency" if key.startswith("urgency") else key
        spelt = {self._meant(field, one): one for one in reversed(chosen) if one}
        every = dict.fromkeys(self._meant(field, one) for one in (*written, *chosen) if one)
        return tuple(Option(value=spelt.get(one, one), label=self._say(field, one)) for one in every)

    def _meant(self, field: str, word: str) -> str:
        """The value that a word stands for: a taxonomy's by its key, another one by its own name."""
        found = self.words.taxonomy.find(field, word)
        return found.key if found is not None else own_name(field, word)

    def _letter(self, name: str) -> str:
        return f"{self.letters[name]} · {name}" if self.letters.get(name) else name

    def _say(self, field: str, value: str) -> str:
        if self.words.taxonomy.find(field, value) is not None:
            return self.words.label(field, value)
        catalogue = self.words.catalogue
        named = catalogue.get(f"{_SAID_BY.get(field, field)}.{value}", value)
        return catalogue.get(f"rules.value.{value}", named)

"""The schema that editors complete by knows the language, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from rules.actions import ACTIONS
from rules.conditions.registry import CONDITIONS
from rules.examples import EXAMPLE_KEYS
from rules.operators.text import OPERATORS
from rules.schema import rule_schema
from tests.factories.rules import TAXONOMY, a_rule

SCHEMA = rule_schema(TAXONOMY)
ROOT = Path(__file__).parents[3]
_TYPES = {"object": dict, "array": list, "string": str, "number": int | float, "integer": int, "boolean": bool}


def fits(value, schema):
    """Whether a value meets a schema, for the keywords that ours uses."""
    if "$ref" in schema:
        return fits(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, _TYPES[kind]) for kind in kinds):
        return False
    if isinstance(value, dict):
        return _fits_mapping(value, schema)
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(fits(one, schema["items"]) for one in value)
    return "pattern" not in schema or re.search(schema["pattern"], str(value)) is not None


def _fits_mapping(value, schema):
    known, other = schema.get("properties", {}), schema["additionalProperties"]
    return (
        set(schema.get("required", ())) <= value.keys()
        and len(value) >= schema.get("minProperties", 0)
        and all(fits(one, known[key]) if key in known else other and fits(one, other) for key, one in value.items())
    )


def test_the_schema_lists_exactly_what_the_reader_takes():
    """A condition, operator, action or key of an example that is added must be added there too."""
    found = SCHEMA["$defs"]
    assert set(found["condition"]["properties"]) == {"all", "any", "not", *CONDITIONS}
    assert set(found["text"]["anyOf"][1]["properties"]) == set(OPERATORS)
    assert set(found["then"]["properties"]) == set(ACTIONS)
    assert set(found["example"]["properties"]) == {*EXAMPLE_KEYS, "expect"}


@pytest.mark.parametrize(
    "path", [*(ROOT / "rules" / "builtin").glob("*.yaml"), *(ROOT / "config" / "rules").glob("*.yaml")], ids=str
)
def test_every_file_that_ships_meets_it(path):
    """Read as an editor reads it."""
    assert fits(yaml.safe_load(path.read_text(encoding="utf-8")), SCHEMA)


@pytest.mark.parametrize(
    "content",
    [
        a_rule(extra="titel: x"),
        a_rule(when="{subjekt: 退款}"),
        a_rule(when="{text: {contain_any: [退款]}}"),
        a_rule(when="{customer: {level: VVIP}}"),
        a_rule(then="{type: 投述}"),
        a_rule(then="{letter: none}"),
        a_rule(id="two words"),
        a_rule(examples=["{text: a, expect: nohting}"]),
    ],
)
def test_a_mistake_does_not(content):
    """So that the editor marks it while it is written."""
    assert not fits(yaml.safe_load(content), SCHEMA)

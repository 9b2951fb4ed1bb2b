"""Mails that once were read wrongly: each ``tests/mails/<slug>.eml`` is parsed as its ``<slug>.expect.yaml`` says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.parse import parse_mail
from ingest.wire import public

MAILS = Path(__file__).parents[2] / "mails"
SLUGS = sorted(file.stem for file in MAILS.glob("*.eml"))


def test_each_mail_has_its_expectation():
    """A mail without expectation tests nothing, an expectation without mail neither."""
    assert SLUGS
    assert [file.name.removesuffix(".expect.yaml") for file in sorted(MAILS.glob("*.expect.yaml"))] == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_a_mail_is_read_as_expected(slug):
    """Keys are those of ``huiying parse``, and ``text_contains`` and ``text_lacks``, lists of pieces."""
    out = public(parse_mail((MAILS / f"{slug}.eml").read_bytes()), f"{slug}.eml")
    expected: dict[str, Any] = yaml.safe_load((MAILS / f"{slug}.expect.yaml").read_text(encoding="utf-8"))
    for piece in expected.pop("text_contains", []):
        assert piece in out["text"]
    for piece in expected.pop("text_lacks", []):
        assert piece not in out["text"]
    for key, value in expected.items():
        assert _as_far_as_told(out[key], value) == _plain(value), key


def _as_far_as_told(got: Any, expected: Any) -> Any:
    """What was parsed, cut down to the keys that the expectation names."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return {key: got.get(key) for key in expected}
    if isinstance(expected, list) and isinstance(got, list) and len(got) == len(expected):
        return [_as_far_as_told(one, two) for one, two in zip(got, expected, strict=True)]
    return got


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value

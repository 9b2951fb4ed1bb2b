"""What the authors of published test mails expect of them, field by field, and where we mean to differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from core.domain.mail import ParsedMail

MEANT = {
    ("mail-mail076-329d44.eml", "from_email"): "the file wants the broken header as an address; we take what is one",
    ("one-bad-byte-in-gb2312.eml", "body"): "the damaged sign stays visible as one replaced character, with its defect",
}
"""Expected fields that differ on purpose, each with the reason."""


def expected_fields(file: Path, mail: ParsedMail) -> Iterator[tuple[str, bool]]:
    """(field, whether it is as expected) for each that stands beside the mail; white space is collapsed."""
    sender = mail.sender
    beside = file.with_name(f"{file.stem}.expect.json")
    if beside.exists():
        for field, value in json.loads(beside.read_text()).items():
            yield field, _is_as_expected(field, value, mail)
    beside = file.with_name(f"{file.stem}.expected.yml")
    if beside.exists():
        expected = yaml.load(beside.read_text(), _AnyTag)
        if expected.get("subject") is not None:
            yield "subject", _collapsed(mail.subject) == _collapsed(str(expected["subject"]))
        if expected.get("from_email"):
            yield "from_email", sender is not None and sender.address == expected["from_email"]


def without_space(text: str) -> str:
    return "".join(text.split())


def _is_as_expected(field: str, value: Any, mail: ParsedMail) -> bool:
    sender = mail.sender
    return bool(
        {
            "subject": lambda: _collapsed(mail.subject) == _collapsed(value),
            "body": lambda: without_space(value) in without_space(mail.text),
            "natt": lambda: len(mail.attachments) == value,
            "names": lambda: [one.name for one in mail.attachments] == value,
            "from_addr": lambda: sender and sender.address == value,
            "from_name": lambda: sender and sender.name == value,
            "not_in_body": lambda: not any(one in mail.text for one in value),
        }[field]()
    )


class _AnyTag(yaml.SafeLoader):
    """Ruby's tags mean nothing here."""


def _untagged(loader: _AnyTag, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


_AnyTag.add_multi_constructor("!", _untagged)


def _collapsed(text: str) -> str:
    return " ".join(text.split())

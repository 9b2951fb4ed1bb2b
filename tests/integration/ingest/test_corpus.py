"""Published test mails of many projects: every one gives an object, and nearly all expected fields are equal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.domain.mail import ParsedMail
from ingest.parse import parse_mail
from ingest.reply import own_words
from ingest.wire import from_bytes, public, to_bytes
from ingest.workers import InProcessParser, ParseWorkers

pytestmark = pytest.mark.corpus
LEAST_EQUAL = 0.985


@pytest.fixture(scope="module")
def corpus() -> Path:
    named = os.environ.get("HUIYING_CORPUS", "")
    found = Path(named) / "mail" / "dev"
    if not named or not found.is_dir():
        pytest.skip("HUIYING_CORPUS names no directory with real mails")
    return found


@pytest.fixture(scope="module")
def files(corpus: Path) -> list[Path]:
    return sorted(corpus.rglob("*.eml"))


def test_every_mail_gives_an_object_in_workers_and_in_process(files):
    """Across the pipe and without it the same, and never a failure."""
    data = [file.read_bytes() for file in files]
    here = InProcessParser().parse(data)
    workers = ParseWorkers()
    try:
        there = workers.parse(data)
    finally:
        workers.close()
    refused = [answer.failure.because for answer in here if answer.failure]
    assert [because for because in refused if not because.startswith(("empty:", "no-headers:"))] == []
    assert here == there
    for file, answer in zip(files, here, strict=True):
        assert from_bytes(to_bytes(answer)) == answer
        json.dumps(public(answer, file.name), ensure_ascii=False).encode()


def test_no_text_or_attachment_is_missing_where_bytes_exist(files):
    """A mail with a body shows text or lists an attachment, and a replaced character is a recorded defect."""
    silent = []
    for file in files:
        data = file.read_bytes()
        mail = parse_mail(data).mail
        if mail is None:
            continue
        body = data.replace(b"\r\n", b"\n").partition(b"\n\n")[2].strip()
        if len(body) > 2_000 and not mail.text.strip() and not mail.attachments and not mail.has_html:
            silent.append(file.name)
        if "\ufffd" in mail.subject + mail.text and "�".encode() not in data:
            assert any("bad-bytes" in defect for defect in mail.defects), file.name
    assert silent == []


def test_expected_fields_are_equal(files, capsys):
    """Subject, sender, text, attachments and names as their authors expect them."""
    wrong, count = [], 0
    for file in files:
        mail = parse_mail(file.read_bytes()).mail or ParsedMail()
        for field, good in _fields(file, mail):
            count += 1
            wrong += [] if good else [f"{file.name}: {field}"]
    with capsys.disabled():
        print(f"\n{count - len(wrong)} of {count} expected fields are equal; not: {', '.join(wrong)}")
    assert count > 400
    assert 1 - len(wrong) / count >= LEAST_EQUAL


def test_the_reply_cases(corpus):
    """Chinese clients' quotes and signatures are cut, and in the negatives no word is lost."""
    cases = json.loads((corpus / "zh-reply-cases.json").read_text())
    wrong = [name for name, text, own in cases if _no_space(own_words(text)) != _no_space(own)]
    assert wrong == []


def _fields(file: Path, mail: ParsedMail) -> Iterator[tuple[str, bool]]:
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
            yield "from_email", bool(sender) and sender is not None and sender.address == expected["from_email"]


def _is_as_expected(field: str, value: Any, mail: ParsedMail) -> bool:
    sender = mail.sender
    return bool(
        {
            "subject": lambda: _collapsed(mail.subject) == _collapsed(value),
            "body": lambda: _no_space(value) in _no_space(mail.text),
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


def _no_space(text: str) -> str:
    return "".join(text.split())


def _collapsed(text: str) -> str:
    return " ".join(text.split())

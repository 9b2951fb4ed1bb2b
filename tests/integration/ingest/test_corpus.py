"""Published test mails of many projects: every one gives an object, and nearly all expected fields are equal."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from core.domain.mail import ParsedMail
from ingest.parse import parse_mail
from ingest.reply import own_words
from ingest.wire import from_bytes, public, to_bytes
from ingest.workers import InProcessParser, ParseWorkers
from tests.factories.expected_fields import MEANT, expected_fields, without_space

pytestmark = pytest.mark.corpus
LEAST_EQUAL = 0.985
MOST_SECONDS, MOST_MEMORY = 5.0, 300 << 20
"""Of a mail, with everything that a worker has loaded; who takes more is ended, and the mail would be a failure."""


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
    """Across the pipe and without it the same, and never a failure: none takes five seconds, or 300 MB."""
    data = [file.read_bytes() for file in files]
    here = InProcessParser().parse(data)
    workers = ParseWorkers(memory_bytes=MOST_MEMORY, wall_seconds=MOST_SECONDS)
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
        for field, good in expected_fields(file, mail):
            count += 1
            wrong += [] if good else [(file.name, field)]
    with capsys.disabled():
        print(f"\n{count - len(wrong)} of {count} expected fields are equal")
        for one in wrong:
            print(f"  not {': '.join(one)} ({MEANT.get(one, 'no reason is known')})")
    assert [one for one in wrong if one not in MEANT] == []
    assert count > 400
    assert 1 - len(wrong) / count >= LEAST_EQUAL


def test_the_reply_cases(corpus):
    """Chinese clients' quotes and signatures are cut, and in the negatives no word is lost."""
    cases = json.loads((corpus / "zh-reply-cases.json").read_text())
    wrong = [name for name, text, own in cases if without_space(own_words(text)) != without_space(own)]
    assert wrong == []

"""Parsing in child processes: what a mail does to its worker, it does to that mail alone."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.errors import Unavailable
from ingest.workers import InProcessParser, ParseWorkers
from tests.factories.raw_mails import multipart, part, raw_mail

CRASHING = (sys.executable, "-P", "-m", "tests.fakes.crashing_child")
GOOD = raw_mail("您好，请处理".encode())


@pytest.fixture(scope="module")
def workers() -> Iterator[ParseWorkers]:
    with_limits = ParseWorkers(
        wall_seconds=1.5, cpu_seconds=10, memory_bytes=1 << 30, own_addresses=["desk@example.cn"], command=CRASHING
    )
    yield with_limits
    with_limits.close()


def test_workers_answer_as_the_parser_in_process_does(workers):
    """The pipe changes nothing, and answers come in the order of the mails."""
    batch = [raw_mail(subject=str(number).encode()) for number in range(50)] + [
        b"",
        multipart(part(b"text/html", b"<b>x</b>")),
    ]
    assert workers.parse(batch) == InProcessParser(["desk@example.cn"]).parse(batch)


def test_a_part_is_taken_out_in_a_process_of_its_own(workers):
    """Its exact bytes, any bytes; nothing where there is no such part; a mail that is too much costs that file only."""
    data = multipart(
        part(b"text/plain", b"x"), part(b"image/gif", b"\x00\n\r\xff1", b"Content-Transfer-Encoding: binary")
    )
    assert workers.part(data, "2") == InProcessParser().part(data, "2") == b"\x00\n\r\xff1"
    assert workers.part(data, "9") is None
    assert workers.part(b"", "1") == InProcessParser().part(b"", "1")
    tight = ParseWorkers(memory_bytes=150 << 20)
    try:
        assert tight.part(multipart(part(b"text/plain", b"x"), part(b"image/gif", b"x" * (100 << 20))), "2") is None
        assert tight.part(data, "2") == b"\x00\n\r\xff1"
    finally:
        tight.close()


@pytest.mark.parametrize(
    ("mark", "because"),
    [
        (b"MARK-SEGFAULT", "parse worker died (signal 11)"),
        (b"MARK-EXIT", "parse worker died (exit 3)"),
        (b"MARK-HANG", "parse worker took longer than 1.5 s"),
    ],
)
def test_a_mail_that_kills_its_worker_is_quarantined_alone(workers, mark, because):
    """It is tried twice, then known by a byte scan; the mails before and behind it are parsed."""
    answers = workers.parse([GOOD, raw_mail(mark, subject="标题".encode("gbk")), GOOD])
    assert [answer.mail is not None for answer in answers] == [True, False, True]
    failure = answers[1].failure
    assert failure is not None and failure.because == because
    assert failure.subject == "标题" and failure.sender is not None


@pytest.mark.slow
def test_a_mail_that_burns_the_processor_is_stopped_by_the_kernel():
    """The limit on CPU time holds however long the wall clock would wait, and counts anew for each mail."""
    workers = ParseWorkers(wall_seconds=60.0, cpu_seconds=1, command=CRASHING)
    try:
        burning, good = workers.parse([raw_mail(b"MARK-BURN"), GOOD])
    finally:
        workers.close()
    assert burning.failure is not None and burning.failure.because == f"parse worker died (signal {signal.SIGXCPU})"
    assert good.mail is not None


def test_a_mail_that_wants_too_much_memory_is_quarantined_and_the_worker_lives(workers):
    """The limit of the address space holds, and is said."""
    bad, good = workers.parse([raw_mail(b"MARK-MEMORY"), GOOD])
    assert bad.failure is not None and "memory" in bad.failure.because
    assert good.mail is not None


def test_what_a_library_prints_does_not_get_between_the_frames(workers):
    """Standard output of the worker is not its answer."""
    assert workers.parse([raw_mail(b"MARK-PRINT"), GOOD])[1].mail is not None


def test_a_worker_has_no_secret_of_its_parent(workers, monkeypatch):
    """Its environment is made new; only what a Python process needs is handed on."""
    monkeypatch.setenv("HUIYING_SECRET", "x")
    fresh = ParseWorkers(command=CRASHING)
    try:
        (answer,) = fresh.parse([raw_mail(b"MARK-ENVIRONMENT")])
    finally:
        fresh.close()
    assert answer.mail is not None and "PYTHONPATH" in answer.mail.text
    assert "HUIYING" not in answer.mail.text


@pytest.mark.slow
def test_a_20_mb_attachment_goes_through_the_pipe():
    """Within the default memory limit."""
    data = multipart(
        part(b"text/plain", b"x"),
        part(b"application/zip", base64.encodebytes(bytes(20 << 20)), b"Content-Transfer-Encoding: base64"),
    )
    workers = ParseWorkers()
    try:
        (answer,) = workers.parse([data])
    finally:
        workers.close()
    assert answer.mail is not None and answer.mail.attachments[0].size == 20 << 20


def test_a_batch_that_fills_both_pipes_goes_through(workers):
    """Neither side waits for the other, though mails and answers are larger than what lies between."""
    batch = [raw_mail(b"x" * (700 << 10), subject=b"n%d" % number) for number in range(8)]
    assert [answer.mail and answer.mail.subject for answer in workers.parse(batch)] == [f"n{n}" for n in range(8)]


def test_a_worker_that_says_more_than_its_answers_parses_no_other_batch(workers):
    """What it said too much of is no answer to the mails that come after."""
    workers.parse([raw_mail(b"MARK-FORGES", subject=b"forged")])
    time.sleep(0.2)
    (answer,) = workers.parse([raw_mail(subject=b"good")])
    assert answer.mail is not None and answer.mail.subject == "good"


def test_threads_share_the_workers(workers):
    """Several threads may parse at once; each gets its own answers."""
    found: dict[int, str] = {}

    def parse(number: int) -> None:
        (answer,) = workers.parse([raw_mail(subject=b"n%d" % number)])
        found[number] = answer.mail.subject if answer.mail else ""

    threads = [threading.Thread(target=parse, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == {number: f"n{number}" for number in range(8)}


def test_a_dead_spare_is_replaced_silently(workers):
    """A worker that died idle is no mail's fault."""
    workers.parse([GOOD])
    for child in _children(os.getpid()):
        os.kill(child, signal.SIGKILL)
    time.sleep(0.3)
    assert all(answer.mail for answer in workers.parse([GOOD] * 3))


@pytest.mark.slow
def test_own_addresses_can_change():
    """A published bundle with another mailbox reaches the workers."""
    workers = ParseWorkers()
    try:
        mail = raw_mail(sender=b"desk@example.cn")
        assert [answer.mail.automatic for answer in workers.parse([mail]) if answer.mail] == [None]
        workers.use_addresses(["desk@example.cn"])
        assert [answer.mail.automatic for answer in workers.parse([mail]) if answer.mail] == ["own"]
    finally:
        workers.close()


def test_workers_that_cannot_start_are_an_error_and_no_endless_wait():
    """A broken installation is told, and no mail is quarantined for it."""
    workers = ParseWorkers(command=(sys.executable, "-c", "raise SystemExit(9)"))
    try:
        with pytest.raises(Unavailable):
            workers.parse([GOOD])
    finally:
        workers.close()


@pytest.mark.parametrize("busy", [False, True])
def test_workers_die_with_their_parent(busy, tmp_path: Path):
    """Idle or in the middle of a mail: nothing is left behind by SIGKILL."""
    mark = "MARK-HANG" if busy else "nothing"
    program = (
        "import threading, time\n"
        "from ingest.workers import ParseWorkers\n"
        f"workers = ParseWorkers(wall_seconds=600, command={CRASHING!r})\n"
        "workers.parse([b'Subject: a\\r\\n\\r\\nb'])\n"
        f"threading.Thread(target=workers.parse, args=([b'{mark}'],)).start()\n"
        "time.sleep(0.3)\nprint('ready', flush=True)\ntime.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    children = _children(parent.pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert children
    deadline = time.monotonic() + 5
    while any(_is_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [child for child in children if _is_alive(child)]


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

"""What reading a mail costs and how much of it is right, beside mail-parser alone in the same run.

``python -m benchmarks.ingest [DIRECTORY]``: every ``*.eml`` below it (default: the demo's mails) through our parser, in
this process and in a parse worker, and through mail-parser; where expectations lie beside the mails, their fields
are compared, and each that differs is named with its reason. Then all are kept and filed in a new SQLite home.
Exit 1 when a mail gives no object, takes longer than 5 s or needs a process of more than 300 MB.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from core.domain.errors import HuiyingError
from core.domain.keys import KeyRing
from core.domain.mail import Address, Attachment, ParsedMail, RawMail
from huiying.app.clock import now
from huiying.flows.receive import keep_files
from huiying.flows.triage import triage
from ingest.parse import parse_mail
from ingest.workers import ParseWorkers
from store.migrate import migrate
from store.open import open_store
from tests.factories.expected_fields import MEANT, expected_fields
from tests.factories.pipeline import worker_context

DEMO = Path(__file__).parents[1] / "huiying" / "demo" / "mails"
LONGEST_S = 5.0
MOST_MB = 300
ROUNDS = 3
FEWEST = 600
"""A small set of mails is filed again and again, each time as other people's, until there are so many."""

Parse = Callable[[bytes], ParsedMail | None]


@dataclass(slots=True, kw_only=True)
class Figures:
    """Of one parser: seconds a mail (the best of some rounds), mails without an object, and fields."""

    name: str
    seconds: list[float] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    fields: int = 0
    differing: list[tuple[str, str]] = field(default_factory=list)

    def words(self) -> str:
        marks = quantiles(self.seconds, n=100)
        equal = self.fields - len(self.differing)
        line = (
            f"{self.name:<22} {len(self.seconds) / sum(self.seconds):7.0f} mails/s   p50 {marks[49] * 1e3:6.2f} ms   "
            f"p99 {marks[98] * 1e3:7.1f} ms   max {max(self.seconds) * 1e3:7.0f} ms   no object {len(self.without):3d}"
        )
        return f"{line}   fields {equal} of {self.fields} ({equal / self.fields:.1%})" if self.fields else line


def measure(name: str, files: Sequence[Path], parse: Parse) -> Figures:
    """Every mail in turn; an exception counts as a mail without an object."""
    figures = Figures(name=name)
    for file in files:
        data, mail, best = file.read_bytes(), None, float("inf")
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            try:
                mail = parse(data)
            except Exception:  # noqa: BLE001  whatever another parser raises, it gave no object
                mail = None
            best = min(best, time.perf_counter() - begun)
        figures.seconds.append(best)
        figures.without += [] if mail else [file.name]
        for name_, good in expected_fields(file, mail or ParsedMail()):
            figures.fields += 1
            figures.differing += [] if good else [(file.name, name_)]
    return figures


def ours(data: bytes) -> ParsedMail | None:
    """A refusal in words (nothing but white space, no header at all) is an object too: it becomes a stub ticket."""
    answer = parse_mail(data)
    return answer.mail or (ParsedMail() if answer.failure else None)


def mail_parser(data: bytes) -> ParsedMail:
    """The usual call, its fields put into our form."""
    import mailparser

    mail = mailparser.parse_from_bytes(data)
    senders = [Address(name=name, address=address) for name, address in mail.from_ if address]
    return ParsedMail(
        subject=str(mail.subject or ""),
        sender=senders[0] if senders else None,
        text="\n".join(mail.text_plain or mail.text_html),
        attachments=tuple(
            Attachment(part="", name=one["filename"] or "", type=one["mail_content_type"] or "", size=0, sha256="")
            for one in mail.attachments
        ),
    )


def in_worker(files: Sequence[Path]) -> tuple[Figures, float]:
    """Through the pipe of a parse worker; and the megabytes that the largest of them needed."""
    workers = ParseWorkers(wall_seconds=LONGEST_S)

    def parse(data: bytes) -> ParsedMail | None:
        answer = workers.parse([data])[0]
        refused = answer.failure is not None and answer.failure.because.startswith(("empty:", "no-headers:"))
        return answer.mail or (ParsedMail() if refused else None)

    try:
        parse(files[0].read_bytes())
        figures = measure("ours, parse worker", files, parse)
    finally:
        workers.close()
    return figures, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def file_all(files: Sequence[Path], folder: Path) -> str:
    """Keeps and files all of them with one worker, no model: what the database and the rules cost a mail."""
    url = f"sqlite:///{folder}/huiying.db"
    migrate(url)
    keys = KeyRing(data={1: b"d" * 32}, index=b"i" * 32, signing={"t1": b"s" * 32}, signs_with="t1")
    store = open_store(url, keys, now)
    try:
        ctx = worker_context(store, keys, now)
        mails = _raw_mails(files)
        begun = time.perf_counter()
        for at in range(0, len(mails), 20):
            keep_files(ctx, mails[at : at + 20])
        kept = time.perf_counter() - begun
        begun = time.perf_counter()
        while triage(ctx):
            pass
        filed = time.perf_counter() - begun
        with store.read() as tx:
            totals = tx.views.totals()
    finally:
        store.close()
    said = ", ".join(f"{name} {totals[name]}" for name in ("tickets", "joined", "copies", "quarantined", "shunted"))
    return (
        f"{len(mails)} mails kept {len(mails) / kept:.0f}/s, parsed and filed {len(mails) / filed:.0f}/s: "
        f"{totals['mails']} mails, {said}"
    )


def _raw_mails(files: Sequence[Path]) -> list[RawMail]:
    found: list[RawMail] = []
    while len(found) < FEWEST:
        turn = len(found)
        for file in files:
            # Other people write other mails, and their replies still name them.
            data = file.read_bytes().replace(b"@", b".%d@" % turn if turn else b"@")
            found.append(
                RawMail(
                    source="files", mailbox="service", folder=file.name, uidvalidity=0, uid=0, arrived=now(), data=data
                )
            )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=DEMO)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    files = sorted(given.directory.rglob("*.eml"))
    if not files:
        raise HuiyingError(f"no *.eml below {given.directory}")
    print(f"{len(files)} mails")
    worker, megabytes = in_worker(files)
    results = [measure("ours, in process", files, ours), worker, measure("mail-parser alone", files, mail_parser)]
    for figures in results:
        print(figures.words())
    for one in worker.differing:
        print(f"  not as expected: {': '.join(one)} ({MEANT.get(one, 'no reason is known')})")
    print(f"the largest parse worker needed {megabytes:.0f} MB")
    with tempfile.TemporaryDirectory(prefix="huiying-ingest-") as folder:
        print(file_all(files, Path(folder)))
    slow = max(worker.seconds) > LONGEST_S
    return 1 if results[0].without or worker.without or slow or megabytes > MOST_MB else 0


if __name__ == "__main__":
    sys.exit(main())

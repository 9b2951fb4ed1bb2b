"""Damages mails for as long as it is told and parses each in a worker: whatever breaks the promises is kept as a file.

``python -m benchmarks.fuzz --seconds 3600 [--keep DIRECTORY] [MAILS…]``: exit 1 when something was found. The promises:
an object for any bytes, within 5 seconds of processor time and 300 MB; the same object on a second parse; text that
any database and any terminal takes; every attachment's exact bytes found again by its part.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.domain.mail import ParsedOrNot
from ingest.parse import part_bytes
from ingest.wire import from_bytes, public, to_bytes
from ingest.workers import ParseWorkers
from tests.factories.mutations import mutated

ROOT = Path(__file__).parents[1]
OWN_MAILS = (ROOT / "tests" / "mails", ROOT / "huiying" / "demo" / "mails")
BATCH = 25
CPU_S = 5
WALL_S = 60.0
"""A busy machine lets a worker wait; what counts is the processor's time, which the kernel limits."""
MEMORY = 300 << 20
MOST_LOOKED_AT = 5
"""Attachments of one mail whose bytes are looked for again: each is a parse of its own."""
NO_MAIL = ("empty:", "no-headers:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """A mail that broke a promise."""

    because: str
    data: bytes


@dataclass(slots=True, kw_only=True)
class Fuzzed:
    """What a run did. ``slowest`` is a batch's mean, seconds a mail."""

    seed: int
    mails: int = 0
    slowest: float = 0.0
    finds: list[Find] = field(default_factory=list)

    def words(self) -> str:
        lines = [f"seed {self.seed}: {self.mails} damaged mails, {len(self.finds)} finds"]
        return "\n".join([*lines, *(f"FOUND: {one.because} ({len(one.data)} bytes)" for one in self.finds)])


def read_mails(places: Sequence[Path]) -> list[bytes]:
    """Every *.eml at or below the places, in order; very large ones damage nothing that smaller ones do not."""
    files = [file for place in places for file in (sorted(place.rglob("*.eml")) if place.is_dir() else [place])]
    found = [file.read_bytes() for file in files]
    return [data for data in found if 0 < len(data) < 200_000]


def fuzz(mails: Sequence[bytes], *, seconds: float, seed: int, most_finds: int = 5) -> Fuzzed:
    """Until the time is over or enough was found."""
    chance = random.Random(seed)
    done = Fuzzed(seed=seed)
    end = time.monotonic() + seconds
    workers = ParseWorkers(wall_seconds=WALL_S, cpu_seconds=CPU_S, memory_bytes=MEMORY)
    try:
        while time.monotonic() < end and len(done.finds) < most_finds:
            batch = [mutated(chance.choice(mails), chance, mails) for _ in range(BATCH)]
            begun = time.monotonic()
            answers = workers.parse(batch)
            done.slowest = max(done.slowest, (time.monotonic() - begun) / BATCH)
            again = workers.parse(batch[:2])
            done.finds += [Find(because=why, data=data) for data, why in _broken(batch, answers, again)]
            done.mails += len(batch)
    finally:
        workers.close()
    return done


def _broken(
    batch: Sequence[bytes], answers: Sequence[ParsedOrNot], again: Sequence[ParsedOrNot]
) -> Iterator[tuple[bytes, str]]:
    for data, answer in zip(batch, answers, strict=True):
        because = broken_promise(data, answer)
        if because:
            yield data, because
    for data, one, two in zip(batch, answers, again, strict=False):
        if one != two:
            yield data, "another object on the second parse"


def broken_promise(data: bytes, answer: ParsedOrNot) -> str:
    """Which promise this answer breaks, or the empty string."""
    mail = answer.mail
    if mail is None:
        because = answer.failure.because if answer.failure else "nothing at all"
        return "" if because.startswith(NO_MAIL) else because
    if from_bytes(to_bytes(answer)) != answer:
        return "not the same behind the pipe"
    try:
        text = json.dumps(public(answer, "f"), ensure_ascii=False)
        text.encode("utf-8")
    except ValueError as problem:
        return f"cannot be written: {problem}"
    if "\\u0000" in text:
        return "NUL in a text"
    for one in mail.attachments[:MOST_LOOKED_AT]:
        found = part_bytes(data, one.part)
        if found is None or len(found) != one.size or hashlib.sha256(found).hexdigest() != one.sha256:
            return f"the bytes of part {one.part} are not found again"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mails", nargs="*", type=Path, default=list(OWN_MAILS))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--keep", type=Path, help="a directory for what is found")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    done = fuzz(read_mails(given.mails), seconds=given.seconds, seed=given.seed)
    print(done.words())
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        for find in done.finds:
            (given.keep / f"{hashlib.sha256(find.data).hexdigest()[:12]}.eml").write_bytes(find.data)
    return 1 if done.finds else 0


if __name__ == "__main__":
    sys.exit(main())

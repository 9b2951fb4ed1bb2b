"""Kills the service again and again while mail comes in, then counts what was lost or doubled (must be nothing).

``python -m benchmarks.kill --kills 30 --database postgres --imap dovecot``; exit 1 when something is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

from sqlalchemy import create_engine, text

from huiying.app.clock import now
from huiying.demo.home import ADDRESS, DemoServers
from huiying.demo.imap import EmbeddedImap
from huiying.demo.smtp import EmbeddedSmtp, ReceivedLetter
from tests.fakes import dovecot
from tests.fakes.databases import PostgresServer, embedded_postgres
from tests.fakes.service import Service, a_home, wait_until

PER_SECOND = 20.0
LONGEST_S = 3.0
REPLY_EVERY = 10
"""Each tenth mail is a reply to the one before it."""
SETTLE_S = 90.0

Append = Callable[[bytes], object]
"""Puts a mail into the mailbox."""


@dataclass(slots=True)
class Report:
    """What a run did, and everything that is not as it must be."""

    seed: int
    database: str
    server: str = "pymap"
    kills: int = 0
    group_kills: int = 0
    in_flight: list[int] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    mails: int = 0
    tickets: int = 0
    joined: int = 0
    letters: int = 0
    resends: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def words(self) -> str:
        hit = sum(count > 0 for count in self.in_flight)
        lines = [
            f"seed {self.seed}, {self.server}, {self.database}: {self.kills} kills, "
            f"{self.group_kills} of the whole group, {hit} with mail under way ({sum(self.in_flight)} in all), "
            f"{self.seconds:.0f} s",
            f"{self.mails} mails, {self.tickets} tickets, {self.joined} joined, {self.letters} acknowledgements, "
            f"{self.resends} resent with the same bytes",
            f"ready after {max(self.ready_s):.1f} s at the most",
        ]
        return "\n".join([*lines, *(f"WRONG: {one}" for one in self.wrong)])


def make_mails(count: int, run: str) -> list[bytes]:
    """Mails of as many customers, who are others in each ``run``; each tenth is a reply to the one before, whose thanks
    are answered by nobody at any hour."""
    return [_mail(number, run) for number in range(count)]


def is_reply(number: int) -> bool:
    return number % REPLY_EVERY == REPLY_EVERY - 1


def _mail(number: int, run: str) -> bytes:
    customer = _conversation(number)
    lines = [
        f"From: Customer {customer} <c{customer}@{run}.example>",
        f"To: {ADDRESS}",
        f"Subject: {'Re: ' if is_reply(number) else ''}=?utf-8?b?6K6i5Y2V?= {customer}",
        "Date: Thu, 05 Mar 2026 10:00:00 +0800",
        f"Message-ID: <{number}.{run}@{run}.example>",
        *([f"In-Reply-To: <{customer}.{run}@{run}.example>"] if is_reply(number) else []),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "谢谢，已收到。" if is_reply(number) else f"您好，订单 {1000 + number} 什么时候发货？",
        "",
    ]
    return "\r\n".join(lines).encode()


@contextmanager
def servers() -> Iterator[tuple[EmbeddedImap, EmbeddedSmtp, DemoServers]]:
    """IMAP and SMTP in this process, apart from the victim."""
    password = secrets.token_urlsafe(12)
    with EmbeddedImap(now, password=password) as imap, EmbeddedSmtp(now, time.monotonic) as smtp:
        yield imap, smtp, DemoServers(imap=imap.address, smtp=smtp.address, user=imap.user, password=password)


@contextmanager
def dovecot_servers(folder: Path) -> Iterator[tuple[Append, EmbeddedSmtp, DemoServers]]:
    """The same with Dovecot, which outlives every kill as well."""
    with dovecot.start(folder) as imap, EmbeddedSmtp(now, time.monotonic) as smtp:
        where = DemoServers(imap=(imap.host, imap.port), smtp=smtp.address, user=imap.user, password=imap.password)
        yield imap.deliver, smtp, where


@contextmanager
def _append_to(folder: Path, server: str) -> Iterator[tuple[Append, EmbeddedSmtp, DemoServers]]:
    if server == "dovecot":
        with dovecot_servers(folder) as found:
            yield found
        return
    with servers() as (imap, smtp, where):
        yield imap.append, smtp, where


def run_kills(folder: Path, *, kills: int, mails: int, seed: int, database: str = "", server: str = "pymap") -> Report:
    """Feeds ``mails`` mails in as many bursts as there are kills; each kill falls into its burst or just after."""
    chance = random.Random(seed)
    report = Report(seed=seed, database="postgresql" if database else "sqlite", server=server)
    begun = time.monotonic()
    queue = make_mails(mails, f"s{seed}")
    fed = dict(enumerate(queue))
    shares = [queue[n * mails // kills : (n + 1) * mails // kills] for n in range(kills)]
    groups = [n % 2 == 1 for n in range(kills)]
    chance.shuffle(groups)
    with _append_to(folder / "dovecot", server) as (append, smtp, where):
        home = a_home(folder / "home", where, database)
        for number, (share, group) in enumerate(zip(shares, groups, strict=True), 1):
            with Service(home.path) as victim:
                report.ready_s.append(victim.wait_ready())
                _feed_and_kill(victim, append, share, chance, group=group)
            report.kills += 1
            report.group_kills += group
            report.in_flight.append(_roots_so_far(number * mails // kills) - len(by_message_id(smtp.letters())))
        url = database or f"sqlite:///{home.data / 'huiying.db'}"
        with Service(home.path) as last:
            report.ready_s.append(last.wait_ready())
            settled = wait_until(lambda: _settled(url, mails), SETTLE_S, look=0.2)
            if not settled:
                report.wrong.append(f"not settled within {SETTLE_S:.0f} s:\n{last.said[-3000:]}")
            last.end()
        count_all(report, url, fed, smtp.letters())
    report.seconds = time.monotonic() - begun
    return report


def _feed_and_kill(
    victim: Service, append: Append, share: Sequence[bytes], chance: random.Random, *, group: bool
) -> None:
    """The kill falls 0–3 s after ready; the burst begins so that the kill falls into it, or soon after its end."""
    burst = len(share) / PER_SECOND
    kill_at = chance.uniform(0, LONGEST_S)
    feed_at = max(0.0, kill_at - chance.uniform(0, burst + 0.2))
    start = time.monotonic()

    def feed() -> None:
        for number, data in enumerate(share):
            time.sleep(max(0.0, start + feed_at + number / PER_SECOND - time.monotonic()))
            append(data)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    time.sleep(max(0.0, start + kill_at - time.monotonic()))
    victim.kill(group=group)
    feeder.join()


def _roots_so_far(arrived: int) -> int:
    return sum(not is_reply(number) for number in range(arrived))


def by_message_id(letters: Sequence[ReceivedLetter]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for letter in letters:
        found.setdefault(str(message_from_bytes(letter.data)["Message-ID"]), []).append(letter.data)
    return found


def _settled(url: str, mails: int) -> bool:
    done = numbers(url)
    return done["mails"] >= mails and not (done["unfiled"] or done["unsent"] or done["owed"] or done["promised"])


def numbers(url: str) -> dict[str, int]:
    questions = {
        "mails": "SELECT count(*) FROM raw_mail",
        "unfiled": "SELECT count(*) FROM ledger WHERE stage = 'kept'",
        "not_filed": "SELECT count(*) FROM ledger WHERE stage <> 'filed'",
        "claimed": "SELECT count(*) FROM ledger WHERE claim IS NOT NULL",
        "owed": "SELECT count(*) FROM ledger WHERE server_state NOT IN ('', 'done')",
        "tickets": "SELECT count(*) FROM ticket",
        "joined": "SELECT count(*) FROM ledger WHERE verdict_kind = 'joined'",
        "unsent": "SELECT count(*) FROM letter WHERE state <> 'sent'",
        "pending": "SELECT count(*) FROM letter WHERE state NOT IN ('sent', 'failed')",
        "letters": "SELECT count(*) FROM letter",
        "acknowledgements": "SELECT count(*) FROM letter WHERE kind = 'acknowledgement' AND state = 'sent'",
        "letters_claimed": "SELECT count(*) FROM letter WHERE claim IS NOT NULL",
        "promised": "SELECT count(*) FROM promise WHERE clock = 'acknowledgement' AND state = 'running'",
        "resends": "SELECT coalesce(sum(resends), 0) FROM letter",
    }
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {name: int(connection.execute(text(ask)).scalar_one()) for name, ask in questions.items()}
    finally:
        engine.dispose()


def _not_filed(url: str) -> list[str]:
    engine = create_engine(url)
    ask = text("SELECT id, stage, attempts, because FROM ledger WHERE stage <> 'filed'")
    try:
        with engine.connect() as connection:
            rows = connection.execute(ask).all()
        return [f"mail {row.id} is {row.stage} after {row.attempts}: {row.because}" for row in rows]
    finally:
        engine.dispose()


def _hashes(url: str) -> Counter[str]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return Counter(str(row[0]) for row in connection.execute(text("SELECT sha256 FROM ledger")))
    finally:
        engine.dispose()


def count_all(report: Report, url: str, fed: dict[int, bytes], letters: Sequence[ReceivedLetter]) -> None:
    """Compares the database and what customers received with what was fed."""
    done, sent = numbers(url), by_message_id(letters)
    roots = sum(not is_reply(number) for number in fed)
    report.mails, report.tickets, report.joined = done["mails"], done["tickets"], done["joined"]
    report.letters, report.resends = len(sent), len(letters) - len(sent)
    wanted = {"mails": len(fed), "tickets": roots, "joined": len(fed) - roots, "letters": roots}
    wanted |= dict.fromkeys(("not_filed", "claimed", "owed", "unsent", "letters_claimed", "promised"), 0)
    report.wrong += [f"{name}: {done[name]}, not {count}" for name, count in wanted.items() if done[name] != count]
    report.wrong += _not_filed(url)
    if _hashes(url) != Counter(hashlib.sha256(data).hexdigest() for data in fed.values()):
        report.wrong.append("the stored bytes are not those that were fed")
    if report.resends > done["resends"]:
        report.wrong.append(f"{report.resends} letters came again, but {done['resends']} resends were counted")
    report.wrong += [f"{name} came with different bytes" for name, data in sent.items() if len(set(data)) > 1]
    report.wrong += answers_wrong(fed, sent.values())


def answers_wrong(fed: dict[int, bytes], letters: Iterable[list[bytes]]) -> list[str]:
    """Which conversations have not one answer: at the root, or at the reply where a death let that come first."""
    asked = (str(message_from_bytes(data[0])["In-Reply-To"]) for data in letters)
    answered = Counter(_conversation(int(message_id.strip("<>").partition(".")[0])) for message_id in asked)
    wanted = Counter({_conversation(number): 1 for number in fed})
    return [
        f"the conversation of mail {number} has {answered[number]} acknowledgements"
        for number in sorted(answered | wanted)
        if answered[number] != wanted[number]
    ]


def _conversation(number: int) -> int:
    """The number of the mail that a mail is a reply to, or its own."""
    return number - 1 if is_reply(number) else number


@contextmanager
def a_database(kind: str) -> Iterator[str]:
    """The URL of a PostgreSQL of the test wheel, as durable as it is by itself, or '' for the home's own SQLite."""
    if kind == "sqlite":
        yield ""
        return
    with embedded_postgres(durable=True) as url:
        server = PostgresServer(url)
        try:
            with server.database() as database:
                yield database
        finally:
            server.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--mails", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--imap", choices=("pymap", "dovecot"), default="pymap")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with a_database(given.database) as url, tempfile.TemporaryDirectory(prefix="huiying-kill-") as folder:
        report = run_kills(
            Path(folder),
            kills=given.kills,
            mails=given.mails,
            seed=given.seed,
            database=url,
            server=given.imap,
        )
    print(report.words())
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

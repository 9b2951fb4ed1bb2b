"""Every published test mail over IMAP while the process is killed: each is stored once, exactly, with its verdict."""

from __future__ import annotations

import hashlib
import os
import random
import re
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from huiying.app.cli import run
from huiying.app.clock import now
from huiying.demo.home import DemoServers
from huiying.demo.smtp import EmbeddedSmtp
from tests.fakes import dovecot
from tests.fakes.service import Service, a_home, wait_until

WORK = ("-m", "huiying.app.cli", "work")
KILLS = 5
SETTLE_S = 240.0


@pytest.fixture(scope="module")
def mails() -> list[bytes]:
    named = os.environ.get("HUIYING_CORPUS", "")
    corpus = Path(named) / "mail" / "dev"
    if not named or not corpus.is_dir():
        pytest.skip("HUIYING_CORPUS names no directory with real mails")
    return [file.read_bytes() for file in sorted(corpus.rglob("*.eml"))]


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.dovecot
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.environ.get("HUIYING_TEST_ALL") != "1", reason="takes a minute; HUIYING_TEST_ALL=1 runs it")
def test_every_mail_is_stored_once_whatever_is_killed(mails, tmp_path, capsys) -> None:
    """As many raw mails as were delivered, byte for byte as the server shows them, no row without a verdict,
    no number given twice; a second pull and a comparison with the server find nothing left."""
    chance = random.Random(606)
    with dovecot.start(tmp_path / "dovecot") as server, EmbeddedSmtp(now, time.monotonic) as smtp:
        where = DemoServers(
            imap=(server.host, server.port), smtp=smtp.address, user=server.user, password=server.password
        )
        home = a_home(tmp_path / "home", where)
        for data in mails:
            server.deliver(data)
        url = f"sqlite:///{home.data / 'huiying.db'}"
        at_kill = []
        for number in range(KILLS):
            # Each start gets some way and dies within the work.
            reached = len(mails) * number // (KILLS + 1) + chance.randint(1, 20)
            with Service(home.path, command=WORK) as victim:
                wait_until(partial(_has_filed, url, reached), SETTLE_S, look=0.02)
                victim.kill(group=bool(number % 2))
            at_kill.append(_filed(url))
        with Service(home.path, command=WORK) as last:
            assert wait_until(lambda: _filed(url) >= len(mails), SETTLE_S, look=0.5), last.said[-3000:]
            last.end()
        hashes, without_verdict, numbers, stages = _facts(url)
        assert run(["--home", str(home.path), "work", "--once", "--only", "config,poll,triage"]) == 0
        assert run(["--home", str(home.path), "reconcile"]) == 0
        again = _facts(url)[0]
    with capsys.disabled():
        print(f"\n{len(mails)} mails, filed at the kills {at_kill}; {dict(stages)}, {len(numbers)} tickets")
    # Dovecot ends every line with CRLF and writes 0x80 for NUL, which IMAP does not allow (RFC 3501, section 9).
    sent = (re.sub(rb"(?<!\r)\n", b"\r\n", data).replace(b"\0", b"\x80") for data in mails)
    assert hashes == again == Counter(hashlib.sha256(data).hexdigest() for data in sent)
    assert without_verdict == 0
    assert at_kill[0] > 0 and at_kill[-1] < len(mails)
    assert set(stages) <= {"filed", "quarantined"}
    assert max(Counter(numbers).values()) == 1


def _has_filed(url: str, count: int) -> bool:
    return _filed(url) >= count


def _filed(url: str) -> int:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM ledger WHERE stage <> 'kept'")).scalar_one())
    finally:
        engine.dispose()


def _facts(url: str) -> tuple[Counter[str], int, list[str], Counter[str]]:
    """Hashes of the raw mails, rows without a verdict, ticket numbers, stages."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            ask = "SELECT sha256, stage, verdict FROM ledger JOIN raw_mail ON raw_mail.ledger_id = ledger.id"
            rows = connection.execute(text(ask)).all()
            numbers = connection.execute(text("SELECT number FROM ticket")).scalars().all()
    finally:
        engine.dispose()
    return (
        Counter(row.sha256 for row in rows),
        sum(not row.verdict for row in rows),
        list(numbers),
        Counter(row.stage for row in rows),
    )

"""Letters through bad servers and dying senders: each once, or again with the same bytes, or visibly failed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from core.domain.keys import KeyRing
from core.domain.settings import Tls
from huiying.flows.deliver import ATTEMPTS, deliver
from huiying.flows.triage import triage
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.dying_sender import POINTS
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.smtp_script import Script, Serving, Transports, free_port, settings_of

LETTERS = 6


@pytest.fixture
def transports() -> Iterator[Transports]:
    made = Transports()
    yield made
    made.close()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def server(script: Script, transports: Transports) -> Iterator[Controller]:
    with Serving(script, transports.close) as controller:
        yield controller


@pytest.fixture
def office(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: Controller, transports: Transports
) -> Office:
    """Six letters are due, over a real connection to a scripted server."""
    transport = transports(settings_of(server), clock=clock, timeout=0.4)
    office = Office(worker_context(sqlite_store, keys, clock, transport=transport))
    office.keep(*(a_mail(mid=f"m{n}@example.cn", sender=f"u{n}@example.cn") for n in range(LETTERS)))
    while triage(office.ctx):
        pass
    return office


def deliver_until_settled(office: Office, clock: FixedClock) -> dict[str, int]:
    """Tries until nothing waits any more, hours passing in between; how many letters ended how."""
    for _ in range(ATTEMPTS + 2):
        while deliver(office.ctx):
            pass
        clock.at += timedelta(hours=10)
    return Counter(row.state for row in office.letters())


def arrived(script: Script) -> list[tuple[str, bytes]]:
    return [(to[0], data) for _, to, data in script.mails]


def each_once(script: Script) -> None:
    assert sorted(to for to, _ in arrived(script)) == [f"u{n}@example.cn" for n in range(LETTERS)]


def counting(first: str, then: str, times: int) -> Callable[..., str]:
    """Answers ``first`` so many times, and ``then`` from there on."""
    left = [times]

    def answer(*_: object) -> str:
        left[0] -= 1
        return first if left[0] >= 0 else then

    return answer


def killed(office: Office, url: str, server: Controller, *how: str) -> None:
    """Another sender takes the letters, dies, and is buried."""
    command = [sys.executable, "-m", "tests.fakes.dying_sender", url, str(server.port), *how]
    died = subprocess.run(command, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    with office.ctx.store.write() as tx:
        for other in tx.workers.others(office.ctx.worker):
            tx.workers.bury(other.id)


class TestBadServers:
    @pytest.mark.parametrize("place", ["on_mail", "on_rcpt"])
    def test_4xx_then_2xx(self, office: Office, script: Script, clock: FixedClock, place: str) -> None:
        """A grey-listing server takes them at the second try: each arrives once."""
        setattr(script, place, counting("451 4.7.1 try again later", "250 OK", LETTERS))
        assert deliver_until_settled(office, clock) == {"sent": LETTERS}
        each_once(script)

    def test_4xx_after_the_text(self, office: Office, script: Script, clock: FixedClock) -> None:
        """The server had the bytes and did not take them: the same bytes go again."""
        script.on_data = counting("451 4.3.0 no space", "250 OK", LETTERS)
        assert deliver_until_settled(office, clock) == {"sent": LETTERS}
        copies = Counter(to for to, _ in arrived(script))
        assert set(copies.values()) == {2}
        assert len(set(arrived(script))) == LETTERS

    @pytest.mark.parametrize(("place", "answer"), [("on_mail", "550 5.7.1 no"), ("on_rcpt", "550 5.1.1 no such user")])
    def test_5xx(self, office: Office, script: Script, clock: FixedClock, place: str, answer: str) -> None:
        """A final refusal is seen at once, with the server's words, and never tried again."""
        setattr(script, place, lambda _: answer)
        assert deliver_until_settled(office, clock) == {"failed": LETTERS}
        assert script.mails == []
        assert {(row.attempts, row.code) for row in office.letters()} == {(1, 550)}

    def test_a_partial_refusal(self, office: Office, script: Script, clock: FixedClock) -> None:
        """One customer's address is refused: the others have their letters, his has failed."""
        script.on_rcpt = lambda to: "550 5.1.1 unknown" if to.startswith("u3") else "250 OK"
        assert deliver_until_settled(office, clock) == {"sent": LETTERS - 1, "failed": 1}
        assert "u3@example.cn" not in [to for to, _ in arrived(script)]

    def test_a_drop_after_the_text(self, office: Office, script: Script, clock: FixedClock) -> None:
        """Whether they arrived is not known: they go again with the same bytes, and that is counted."""
        script.drop_after_data = True
        while deliver(office.ctx):
            pass
        assert {row.state for row in office.letters()} == {"deferred"}
        script.drop_after_data = False
        assert deliver_until_settled(office, clock) == {"sent": LETTERS}
        assert len(set(arrived(script))) == LETTERS
        assert {row.resends for row in office.letters()} == {1}

    def test_a_drop_before_the_text(self, office: Office, script: Script, clock: FixedClock) -> None:
        """Nothing went out: they arrive once."""
        script.drop_before_data = LETTERS * 2
        assert deliver_until_settled(office, clock) == {"sent": LETTERS}
        each_once(script)

    def test_a_slow_server(self, office: Office, script: Script, clock: FixedClock) -> None:
        """It answers after our patience: uncertain, so the same bytes again until it is quick enough."""
        script.delay = 2.5
        deliver(office.ctx)
        script.delay = 0.0
        assert deliver_until_settled(office, clock) == {"sent": LETTERS}
        assert len(set(arrived(script))) == LETTERS


def test_nobody_there(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: Controller, transports: Transports
) -> None:
    """The letter waits through the outage, and is given up visibly only after two days."""
    transport = transports(settings_of(server, port=free_port()), clock=clock)
    office = Office(worker_context(sqlite_store, keys, clock, transport=transport))
    office.bring(a_mail())
    for _ in range(3):
        clock.at += timedelta(hours=1)
        deliver(office.ctx)
    assert [row.state for row in office.letters()] == ["deferred"]
    assert deliver_until_settled(office, clock) == {"failed": 1}


def test_after_an_outage_those_who_waited_longest_come_first(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, script: Script, transports: Transports
) -> None:
    """While nobody answers one letter at a time tries it; within five minutes of the server's return all are out, in
    their order but for those that had tried."""
    serving = Serving(script, transports.close)
    transport = transports(settings_of(serving.controller), clock=clock)
    office = Office(worker_context(sqlite_store, keys, clock, transport=transport))
    names = [f"u{n}@example.cn" for n in range(60)]
    for place, name in enumerate(names):
        office.keep(a_mail(mid=f"m{place}@example.cn", sender=name))
        office.work()
        clock.at += timedelta(minutes=1)
    tried = {row.number for row in office.letters() if row.attempts}
    assert 5 < len(tried) < 20 and max(row.attempts for row in office.letters()) < 6
    with serving:
        clock.at += timedelta(minutes=5)
        office.work()
        numbers = {row.message_id: row.number for row in office.letters("sent")}
        assert len(numbers) == 60
        sent = [to for to, data in arrived(script) if not any(f"#{number}".encode() in data for number in tried)]
    assert sorted(set(sent), key=names.index) == sent and len(sent) == 60 - len(tried)


def test_tls_refused(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: Controller, script: Script, transports: Transports
) -> None:
    """Where STARTTLS is configured and not offered nothing leaves in clear; it is tried later, and shown."""
    transport = transports(settings_of(server, tls=Tls.STARTTLS), clock=clock)
    office = Office(worker_context(sqlite_store, keys, clock, transport=transport))
    office.bring(a_mail())
    [row] = office.letters()
    assert (row.state, script.mails) == ("deferred", [])
    assert "STARTTLS" in row.answer


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_sender_is_killed(
    office: Office, sqlite_url: str, server: Controller, script: Script, clock: FixedClock, point: str
) -> None:
    """SIGKILL at every point of a letter's way: another worker takes over; only what the server had already is sent
    a second time, with the same bytes, and that is counted."""
    killed(office, sqlite_url, server, point)
    assert deliver_until_settled(office, clock) == {"sent": LETTERS}
    copies = Counter(arrived(script))
    again = point == "taken"
    assert set(copies.values()) == {2 if again else 1}
    assert len(copies) == LETTERS
    assert {row.resends for row in office.letters()} == {1 if point in ("taken", "composed") else 0}


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_sender_is_killed_at_the_second_try(
    office: Office, sqlite_url: str, server: Controller, script: Script, clock: FixedClock, point: str
) -> None:
    """Deferred letters whose next try dies: the bytes of the first try are the only ones that ever leave."""
    script.on_data = counting("451 4.3.0 no space", "250 OK", LETTERS)
    while deliver(office.ctx):
        pass
    assert {row.state for row in office.letters()} == {"deferred"}
    killed(office, sqlite_url, server, point, "1")
    assert deliver_until_settled(office, clock) == {"sent": LETTERS}
    assert set(Counter(to for to, _ in arrived(script)).values()) == {3 if point == "taken" else 2}
    assert len(set(arrived(script))) == LETTERS

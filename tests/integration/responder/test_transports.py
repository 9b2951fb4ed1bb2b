"""The contract of every transport, and how SMTP connections are kept and shared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from core.domain.errors import TransportUnavailable
from core.domain.letter import Outcome
from responder.transports.files import FilesTransport
from responder.transports.smtp import in_turns
from tests.fakes.smtp_script import DATA, Script, Ticking, Transports, a_letter, settings_of


class TestEveryTransport:
    """What a flow may rely on, whichever transport it was handed."""

    @pytest.fixture(params=["smtp", "files"])
    def transport(
        self, request: pytest.FixtureRequest, tmp_path: Path, server: Controller,
        transports: Transports, script: Script,
    ) -> tuple[Any, Callable[[], list[bytes]]]:  # fmt: skip
        if request.param == "smtp":
            return transports(settings_of(server)), lambda: [data for _, _, data in script.mails]
        folder = tmp_path / "letters"
        return FilesTransport(folder, Ticking()), lambda: [file.read_bytes() for file in sorted(folder.glob("*.eml"))]

    def test_a_letter_arrives_byte_for_byte(self, transport: tuple[Any, Callable[[], list[bytes]]]) -> None:
        """Dots at line ends, eight-bit bytes and line ends are what was composed."""
        sender, received = transport
        (delivery,) = sender.send([a_letter()])
        assert (delivery.outcome, delivery.code, delivery.letter_id) == (Outcome.SENT, 250, 1)
        assert delivery.answer
        assert delivery.seconds >= 0
        assert received() == [DATA]

    def test_there_is_one_outcome_a_letter_in_order(self, transport: tuple[Any, Callable[[], list[bytes]]]) -> None:
        """Several letters of several mailboxes in one call are answered in the order given."""
        sender, received = transport
        letters = [a_letter(number, mailbox=f"box{number % 3}") for number in range(1, 12)]
        deliveries = sender.send(letters)
        assert [delivery.letter_id for delivery in deliveries] == list(range(1, 12))
        assert {delivery.outcome for delivery in deliveries} == {Outcome.SENT}
        assert len(received()) == 11

    def test_nothing_to_send_is_nothing_done(self, transport: tuple[Any, Callable[[], list[bytes]]]) -> None:
        """An empty call has an empty answer."""
        assert transport[0].send([]) == ()

    def test_a_closed_transport_says_so(self, transport: tuple[Any, Callable[[], list[bytes]]]) -> None:
        """After close a letter is not silently dropped."""
        sender, _ = transport
        sender.send([a_letter()])
        sender.close()
        sender.close()
        with pytest.raises(TransportUnavailable):
            sender.send([a_letter(2)])


class TestConnections:
    """Connections are kept, shared and few."""

    def test_a_connection_is_kept(self, script: Script, server: Controller, transports: Transports) -> None:
        """Ten letters one after the other use one connection."""
        transport = transports(settings_of(server))
        for number in range(1, 11):
            transport.send([a_letter(number)])
        assert len({peer[1] for peer in script.peers}) == 1

    def test_letters_of_one_call_go_out_together(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """As many at once as there are connections, never more."""
        script.delay = 0.02
        transport = transports(settings_of(server, connections=3))
        transport.send([a_letter(number) for number in range(1, 13)])
        assert script.most_at_once == 3
        assert len({peer[1] for peer in script.peers}) == 3

    def test_mailboxes_take_turns(self) -> None:
        """A mailbox with many letters does not keep another's single letter waiting."""
        letters = [a_letter(number, mailbox="many") for number in range(1, 6)] + [a_letter(9, mailbox="few")]
        assert [letter.letter_id for letter in in_turns(letters)] == [1, 9, 2, 3, 4, 5]

    def test_two_threads_may_send_at_once(self, script: Script, server: Controller, transports: Transports) -> None:
        """Calls from several threads share the connections and each gets its own answers."""
        transport = transports(settings_of(server))
        answers: dict[int, list[int]] = {}

        def send(first: int) -> None:
            found = transport.send([a_letter(number) for number in range(first, first + 10)])
            answers[first] = [delivery.letter_id for delivery in found]

        threads = [threading.Thread(target=send, args=(first,)) for first in (100, 200, 300)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {first: list(range(first, first + 10)) for first in (100, 200, 300)}

    def test_close_takes_less_than_two_seconds_in_the_middle_of_a_letter(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """A letter under way at the close is uncertain; nothing hangs."""
        script.delay = 5.0
        transport = transports(settings_of(server), timeout=30.0)
        found: list[Outcome] = []
        sending = threading.Thread(target=lambda: found.append(transport.send([a_letter()])[0].outcome))
        sending.start()
        time.sleep(0.2)
        begun = time.monotonic()
        transport.close()
        assert time.monotonic() - begun < 2.0
        sending.join(timeout=2)
        assert found == [Outcome.UNCERTAIN]

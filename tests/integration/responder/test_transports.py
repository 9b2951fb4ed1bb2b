"""The contract of every transport, and what SMTP answers mean, against real servers on the loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.domain.errors import TransportUnavailable
from core.domain.letter import Outcome, OutgoingMail
from core.domain.settings import ServerSettings, Tls
from responder.transports.files import FilesTransport
from responder.transports.smtp import SmtpTransport, in_turns

DATA = b"Subject: hello\r\nAuto-Submitted: auto-replied\r\n\r\n.dot first\r\nand 8 bit \xe4\xbd\xa0\r\n..two\r\n"


class Ticking:
    """A clock that goes on by a millisecond each time it is read."""

    def __init__(self) -> None:
        self.reads = count()

    def __call__(self) -> datetime:
        return datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(milliseconds=next(self.reads))


def a_letter(number: int = 1, mailbox: str = "support", to: tuple[str, ...] = ("li@example.cn",)) -> OutgoingMail:
    return OutgoingMail(letter_id=number, mailbox=mailbox, sender="", recipients=to, data=DATA)


class Script:
    """An SMTP sink that keeps what it got and answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[tuple[str | None, tuple[str, ...], bytes]] = []
        self.open: set[Any] = set()
        self.peers: set[Any] = set()
        self.on_data: Callable[[], str] = lambda: "250 queued as 1"
        self.on_rcpt: Callable[[str], str] = lambda _: "250 OK"
        self.on_mail: Callable[[str], str] = lambda _: "250 OK"
        self.drop_after_data = False
        self.drop_before_data = 0
        self.at_once = 0
        self.most_at_once = 0
        self.delay = 0.0

    async def handle_EHLO(
        self, server: Server, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.open.add(server.transport)
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.drop_before_data:
            self.drop_before_data -= 1
            server.transport.abort()
        answer = self.on_mail(address)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.on_rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        self.peers.add(session.peer)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.delay)
        self.at_once -= 1
        content = envelope.original_content or b""
        self.mails.append((envelope.mail_from, tuple(envelope.rcpt_tos), content))
        if self.drop_after_data:
            server.transport.abort()
        return self.on_data()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def script() -> Script:
    return Script()


class Serving:
    """A running server; leaving it first hangs up on all clients, so that no socket is left to the collector."""

    def __init__(self, script: Script, close_clients: Callable[[], None], **options: Any) -> None:
        self.script = script
        self.close_clients = close_clients
        self.controller = Controller(script, hostname="127.0.0.1", port=free_port(), **options)

    def __enter__(self) -> Controller:
        self.controller.start()
        return self.controller

    def __exit__(self, *_: object) -> None:
        self.close_clients()
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.controller.loop).result(timeout=5)
        self.controller.stop()

    async def _hang_up(self) -> None:
        for transport in self.script.open:
            transport.abort()
        await asyncio.sleep(0.05)


class Transports:
    """Makes SMTP transports with short timeouts and closes them all."""

    def __init__(self) -> None:
        self.made: list[SmtpTransport] = []

    def __call__(self, settings: ServerSettings | None, **options: Any) -> SmtpTransport:
        options = {"timeout": 2.0, **options}
        self.made.append(SmtpTransport(lambda _: settings, lambda _: "secret", Ticking(), **options))
        return self.made[-1]

    def close(self) -> None:
        for transport in self.made:
            transport.close()


@pytest.fixture
def transports() -> Iterator[Transports]:
    made = Transports()
    yield made
    made.close()


@pytest.fixture
def server(script: Script, transports: Transports) -> Iterator[Controller]:
    with Serving(script, transports.close) as controller:
        yield controller


def settings_of(controller: Controller, **changes: Any) -> ServerSettings:
    return ServerSettings(**{"host": "127.0.0.1", "port": controller.port, "tls": Tls.NONE, **changes})


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


class TestAnswers:
    """Each answer of a server, or its absence, is one outcome."""

    def test_the_null_return_path_is_sent(self, script: Script, server: Controller, transports: Transports) -> None:
        """An automatic letter says MAIL FROM:<>."""
        transports(settings_of(server)).send([a_letter()])
        assert script.mails[0][0] in ("", "<>")

    @pytest.mark.parametrize(("answer", "outcome", "code"), [
        ("451 try later", Outcome.DEFERRED, 451),
        ("550 no such user", Outcome.REFUSED, 550),
        ("552 too big", Outcome.REFUSED, 552),
    ])  # fmt: skip
    @pytest.mark.parametrize("stage", ["rcpt", "data", "mail"])
    def test_4xx_waits_and_5xx_is_refused(
        self,
        stage: str,
        answer: str,
        outcome: Outcome,
        code: int,
        script: Script,
        server: Controller,
        transports: Transports,
    ) -> None:
        """Transient and permanent refusals are told apart at each stage, and the next letter still goes out."""
        kept = (script.on_mail, script.on_rcpt, script.on_data)
        script.on_mail = (lambda _: answer) if stage == "mail" else script.on_mail
        script.on_rcpt = (lambda _: answer) if stage == "rcpt" else script.on_rcpt
        script.on_data = (lambda: answer) if stage == "data" else script.on_data
        transport = transports(settings_of(server))
        (delivery,) = transport.send([a_letter()])
        assert (delivery.outcome, delivery.code) == (outcome, code)
        assert answer in delivery.answer
        script.on_mail, script.on_rcpt, script.on_data = kept
        assert transport.send([a_letter(2)])[0].outcome is Outcome.SENT
        assert len({peer[1] for peer in script.peers}) == 1

    def test_a_partly_refused_letter_is_sent_and_says_so(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """One good recipient of two: sent, with the other's refusal in the answer."""
        script.on_rcpt = lambda to: "550 unknown bad" if to.startswith("bad") else "250 OK"
        (delivery,) = transports(settings_of(server)).send([a_letter(to=("bad@x.cn", "good@x.cn"))])
        assert delivery.outcome is Outcome.SENT
        assert "550 unknown bad" in delivery.answer
        assert script.mails[0][1] == ("good@x.cn",)

    def test_all_refused_with_one_transient_waits(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """While one recipient may still be accepted later, the letter waits."""
        script.on_rcpt = lambda to: "550 unknown" if to.startswith("bad") else "450 later"
        (delivery,) = transports(settings_of(server)).send([a_letter(to=("bad@x.cn", "slow@x.cn"))])
        assert (delivery.outcome, delivery.code) == (Outcome.DEFERRED, 450)

    def test_a_connection_lost_after_the_text_is_uncertain(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """The server may have the letter: it is neither sent nor simply deferred."""
        script.drop_after_data = True
        transport = transports(settings_of(server))
        (delivery,) = transport.send([a_letter()])
        assert (delivery.outcome, delivery.code) == (Outcome.UNCERTAIN, 0)
        script.drop_after_data = False
        assert transport.send([a_letter(2)])[0].outcome is Outcome.SENT

    def test_a_kept_connection_that_died_is_replaced_at_once(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """The server hung up between letters: the next one goes over a fresh connection, without a wait."""
        transport = transports(settings_of(server))
        transport.send([a_letter()])
        script.drop_before_data = 1
        (delivery,) = transport.send([a_letter(2)])
        assert delivery.outcome is Outcome.SENT
        assert len(script.mails) == 2

    def test_a_connection_lost_before_the_text_is_deferred(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """The server has nothing of the letter: it is simply tried later."""
        script.drop_before_data = 9
        (delivery,) = transports(settings_of(server)).send([a_letter()])
        assert (delivery.outcome, delivery.code) == (Outcome.DEFERRED, 0)
        assert script.mails == []

    def test_a_421_closes_the_connection_and_waits(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """Service not available: deferred with its code, and the next letter connects anew."""
        script.on_rcpt = lambda _: "421 too many"
        transport = transports(settings_of(server))
        (delivery,) = transport.send([a_letter()])
        assert (delivery.outcome, delivery.code) == (Outcome.DEFERRED, 421)
        script.on_rcpt = lambda _: "250 OK"
        assert transport.send([a_letter(2)])[0].outcome is Outcome.SENT

    def test_a_silent_server_times_out_as_uncertain(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """No answer to the text within the time: the server may have it."""
        script.delay = 3.0
        (delivery,) = transports(settings_of(server), timeout=0.1).send([a_letter()])
        assert delivery.outcome is Outcome.UNCERTAIN

    def test_nobody_listens(self, transports: Transports) -> None:
        """A refused connection defers every letter of the call, with the reason."""
        settings = ServerSettings(host="127.0.0.1", port=free_port(), tls=Tls.NONE)
        deliveries = transports(settings).send([a_letter(number) for number in range(1, 9)])
        assert {(delivery.outcome, delivery.code) for delivery in deliveries} == {(Outcome.DEFERRED, 0)}
        assert all(delivery.answer for delivery in deliveries)

    def test_a_black_hole_costs_one_timeout_a_call(self, transports: Transports) -> None:
        """A server that accepts and never greets does not cost each letter its own timeout."""
        with socket.socket() as hole:
            hole.bind(("127.0.0.1", 0))
            hole.listen(16)
            settings = ServerSettings(host="127.0.0.1", port=hole.getsockname()[1], tls=Tls.NONE)
            begun = time.monotonic()
            deliveries = transports(settings, timeout=0.3).send([a_letter(number) for number in range(1, 21)])
            assert time.monotonic() - begun < 1.2
        assert {delivery.outcome for delivery in deliveries} == {Outcome.DEFERRED}

    def test_a_mailbox_without_a_server_is_deferred(self, transports: Transports) -> None:
        """A letter of a mailbox that is not configured waits and says why."""
        (delivery,) = transports(None).send([a_letter(mailbox="gone")])
        assert delivery.outcome is Outcome.DEFERRED
        assert "gone" in delivery.answer

    def test_an_injected_recipient_is_refused_alone(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """An address with a line end never reaches the server and does not hurt its neighbour."""
        bad = a_letter(1, to=("a@x.cn>\r\nRCPT TO:<b@x.cn",))
        first, second = transports(settings_of(server)).send([bad, a_letter(2)])
        assert (first.outcome, second.outcome) == (Outcome.REFUSED, Outcome.SENT)
        assert [to for _, to, _ in script.mails] == [("li@example.cn",)]

    @pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the test server says so of itself; this is the loopback
    def test_a_refused_null_sender_falls_back_to_the_account(self, script: Script, transports: Transports) -> None:
        """163 and QQ accept only the address that signed in: then that is the return path, from then on at once."""
        asked: list[str] = []

        def only_own(address: str) -> str:
            asked.append(address)
            return "250 OK" if address == "support@example.cn" else "553 Mail from must equal authorized user"

        script.on_mail = only_own
        with Serving(
            script, transports.close, authenticator=_accept("secret"),
            auth_required=True, auth_require_tls=False,
        ) as controller:  # fmt: skip
            transport = transports(settings_of(controller, user="support@example.cn"))
            assert transport.send([a_letter()])[0].outcome is Outcome.SENT
            assert transport.send([a_letter(2)])[0].outcome is Outcome.SENT
        assert [sender for sender, _, _ in script.mails] == ["support@example.cn"] * 2
        assert len(asked) == 3


def _accept(password: str) -> Callable[..., AuthResult]:
    def check(server: Server, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=good, handled=False)

    return check


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
        transport = transports(settings_of(server), connections=3)
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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, made here."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def client_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


class TestTls:
    """Where TLS is configured nothing goes out in clear."""

    def test_starttls_that_is_not_offered_sends_nothing(
        self, script: Script, server: Controller, transports: Transports
    ) -> None:
        """The letter waits; it is never sent in clear instead."""
        (delivery,) = transports(settings_of(server, tls=Tls.STARTTLS)).send([a_letter()])
        assert delivery.outcome is Outcome.DEFERRED
        assert "STARTTLS" in delivery.answer.upper()
        assert script.mails == []

    def test_starttls_is_used_and_the_certificate_checked(
        self, script: Script, transports: Transports, certificate: tuple[Path, Path]
    ) -> None:
        """With a trusted certificate the letter is sent; with an unknown one it waits."""
        with Serving(
            script, transports.close, tls_context=server_context(certificate),
            require_starttls=True,
        ) as controller:  # fmt: skip
            settings = settings_of(controller, tls=Tls.STARTTLS)
            trusting = transports(settings, tls=lambda: client_context(certificate))
            assert trusting.send([a_letter()])[0].outcome is Outcome.SENT
            assert transports(settings).send([a_letter(2)])[0].outcome is Outcome.DEFERRED
        assert len(script.mails) == 1

    def test_tls_from_the_first_byte(
        self, script: Script, transports: Transports, certificate: tuple[Path, Path]
    ) -> None:
        """``tls: tls`` speaks TLS at once."""
        with Serving(
            script, transports.close, ssl_context=server_context(certificate),
        ) as controller:  # fmt: skip
            transport = transports(settings_of(controller, tls=Tls.TLS), tls=lambda: client_context(certificate))
            assert transport.send([a_letter()])[0].outcome is Outcome.SENT

    @pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the test server says so of itself; this is the loopback
    def test_a_wrong_password_defers_with_the_server_s_code(self, script: Script, transports: Transports) -> None:
        """A failed sign-in is our trouble, not the letter's: it waits, and the code is shown."""
        with Serving(
            script, transports.close, authenticator=_accept("other"),
            auth_required=True, auth_require_tls=False,
        ) as controller:  # fmt: skip
            (delivery,) = transports(settings_of(controller, user="support@example.cn")).send([a_letter()])
        assert (delivery.outcome, delivery.code) == (Outcome.DEFERRED, 535), delivery.answer

"""What each SMTP answer, or its absence, means for a letter."""

from __future__ import annotations

import socket
import time

import pytest
from aiosmtpd.controller import Controller

from core.domain.letter import Outcome
from core.domain.settings import ServerSettings, Tls
from tests.fakes.smtp_script import Script, Serving, Transports, a_letter, accept, free_port, settings_of


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
            script, transports.close, authenticator=accept("secret"),
            auth_required=True, auth_require_tls=False,
        ) as controller:  # fmt: skip
            transport = transports(settings_of(controller, user="support@example.cn"))
            assert transport.send([a_letter()])[0].outcome is Outcome.SENT
            assert transport.send([a_letter(2)])[0].outcome is Outcome.SENT
        assert [sender for sender, _, _ in script.mails] == ["support@example.cn"] * 2
        assert len(asked) == 3

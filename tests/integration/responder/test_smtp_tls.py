"""TLS and sign-in on the way out."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from core.domain.errors import TransportUnavailable
from core.domain.letter import Outcome
from core.domain.settings import Tls
from responder.transports.probe import certificate_end, probe
from tests.factories.certificates import self_signed
from tests.fakes.smtp_script import Script, Serving, Transports, a_letter, accept, settings_of


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, made here."""
    return self_signed(tmp_path_factory.mktemp("tls"))


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

    @pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
    def test_the_end_of_the_certificate_is_known(
        self, script: Script, transports: Transports, tmp_path: Path, tls: Tls
    ) -> None:
        """Whoever asks ``doctor`` hears of it before letters stop."""
        files = self_signed(tmp_path, datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC))
        context = server_context(files)
        how: dict[str, Any] = (
            {"ssl_context": context} if tls is Tls.TLS else {"tls_context": context, "require_starttls": True}
        )
        with Serving(script, transports.close, **how) as controller:
            settings = replace(settings_of(controller, tls=tls), ca_file=str(files[0]))
            assert probe(settings, "") == datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
            assert certificate_end(replace(settings, user="nobody")) == datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
            with pytest.raises(TransportUnavailable):
                certificate_end(replace(settings, ca_file=""))
        with Serving(script, transports.close) as controller:
            assert probe(settings_of(controller), "") is None
            assert certificate_end(settings_of(controller)) is None
            with pytest.raises(TransportUnavailable):
                certificate_end(settings_of(controller, tls=tls))

    @pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
    def test_a_certificate_that_has_ended_is_told_as_that(
        self, script: Script, transports: Transports, tmp_path: Path, tls: Tls
    ) -> None:
        """It is refused, and still its end is known to be over: nobody has to guess."""
        files = self_signed(tmp_path, datetime(2021, 5, 6, tzinfo=UTC))
        context = server_context(files)
        how: dict[str, Any] = (
            {"ssl_context": context} if tls is Tls.TLS else {"tls_context": context, "require_starttls": True}
        )
        with Serving(script, transports.close, **how) as controller:
            until = certificate_end(replace(settings_of(controller, tls=tls), ca_file=str(files[0])))
        assert until is not None and until < datetime(2021, 5, 7, tzinfo=UTC)

    @pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the test server says so of itself; this is the loopback
    def test_a_wrong_password_defers_with_the_server_s_code(self, script: Script, transports: Transports) -> None:
        """A failed sign-in is our trouble, not the letter's: it waits, and the code is shown."""
        with Serving(
            script, transports.close, authenticator=accept("other"),
            auth_required=True, auth_require_tls=False,
        ) as controller:  # fmt: skip
            (delivery,) = transports(settings_of(controller, user="support@example.cn")).send([a_letter()])
        assert (delivery.outcome, delivery.code) == (Outcome.DEFERRED, 535), delivery.answer

"""Several accounts of one mailbox: limits, fall-back, and signing in by a token."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from core.domain.errors import MailboxUnavailable
from core.domain.letter import Outcome
from core.domain.settings import ServerSettings, Tls
from huiying.flows.room import admit
from responder.transports.account import UNLIMITED
from store.open import SqlStore
from tests.fakes.smtp_script import Script, Serving, Transports, a_letter, free_port, settings_of


class Standing:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 5, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Standing:
    return Standing()


@pytest.fixture
def other(transports: Transports) -> Iterator[tuple[Script, Controller]]:
    """A second server."""
    script = Script()
    with Serving(script, transports.close) as controller:
        yield script, controller


def nobody() -> ServerSettings:
    return ServerSettings(host="127.0.0.1", port=free_port(), tls=Tls.NONE)


class TestLimits:
    def test_a_minute_lets_out_so_many(
        self, script: Script, server: Controller, transports: Transports, clock: Standing
    ) -> None:
        """What is too much waits with a reason, although four connections are at work; a minute later it goes."""
        transport = transports(settings_of(server, per_minute=3), clock=clock)
        assert transport.room("support") == 3
        outcomes = [each.outcome for each in transport.send([a_letter(n) for n in range(5)])]
        assert sorted(outcomes) == [Outcome.DEFERRED] * 2 + [Outcome.SENT] * 3
        assert (len(script.mails), transport.room("support")) == (3, 0)
        clock.at += timedelta(seconds=59)
        assert transport.room("support") == 0
        clock.at += timedelta(seconds=1)
        assert transport.room("support") == 3

    def test_an_account_is_known_by_its_server_and_user(self, server: Controller, transports: Transports) -> None:
        """In every process alike, without its address; another user of that server has a limit of his own."""
        limits = [
            transports(settings_of(server, per_minute=per_minute, user=user)).limit("support")
            for user, per_minute in (("A@desk.cn", 3), ("a@desk.cn", 3), ("b@desk.cn", 3), ("a@desk.cn", 0))
        ]
        assert limits[0] == limits[1] and limits[3] is None
        assert limits[0] and limits[2] and limits[0].account != limits[2].account
        assert (limits[0].per_minute, "desk" in limits[0].account) == (3, False)

    def test_without_a_limit_there_is_always_room(self, server: Controller, transports: Transports) -> None:
        """Nor is there one for a mailbox without a server: its letters are deferred with the reason."""
        assert transports(settings_of(server)).room("support") == UNLIMITED
        assert transports(None).room("support") == UNLIMITED


class TestFallBack:
    def test_where_one_cannot_be_reached_the_next_takes_the_letter(
        self, other: tuple[Script, Controller], transports: Transports, clock: Standing
    ) -> None:
        """Each letter once; while the first is away the other's limit counts, and later one letter asks the first
        again."""
        script, controller = other
        transport = transports((nobody(), settings_of(controller, per_minute=9)), clock=clock)
        deliveries = transport.send([a_letter(n) for n in range(4)])
        assert {each.outcome for each in deliveries} == {Outcome.SENT}
        assert len(script.mails) == 4
        assert transport.room("support") == 5
        clock.at += timedelta(minutes=1)
        assert transport.room("support") == 1
        transport.send([a_letter(9)])
        assert transport.room("support") == 8

    def test_a_server_that_nobody_reaches_is_tried_by_one_letter_at_a_time(
        self, script: Script, transports: Transports, clock: Standing
    ) -> None:
        """After pauses that grow to five minutes; once it is back all may go."""
        serving = Serving(script, transports.close)
        transport = transports(settings_of(serving.controller), clock=clock)
        transport.send([a_letter(n) for n in range(4)])
        pauses = []
        for number in range(10):
            begun = clock.at
            while transport.room("support") == 0:
                clock.at += timedelta(seconds=10)
            assert transport.room("support") == 1
            pauses.append((clock.at - begun).seconds)
            transport.send([a_letter(10 + number)])
        assert pauses == [10, 20, 40, 80, 160, 300, 300, 300, 300, 300]
        with serving:
            clock.at += timedelta(minutes=5)
            assert transport.send([a_letter(99)])[0].outcome is Outcome.SENT
            assert transport.room("support") == UNLIMITED

    def test_a_fall_back_keeps_its_limit_over_all_processes(
        self, other: tuple[Script, Controller], transports: Transports, clock: Standing, sqlite_store: SqlStore
    ) -> None:
        """Two processes whose usual server is away: three letters together, the fourth waits with the reason; a
        minute later one goes."""
        script, controller = other
        both = [
            transports(
                (nobody(), settings_of(controller, per_minute=3)),
                clock=clock,
                admit=lambda limit: admit(sqlite_store, limit, clock()),
            )
            for _ in range(2)
        ]
        found = [each for one in both for each in one.send([a_letter(n) for n in range(2)])]
        assert [each.outcome for each in found].count(Outcome.SENT) == 3 == len(script.mails)
        [late] = [each for each in found if each.outcome is Outcome.DEFERRED]
        assert "上限" in late.answer
        clock.at += timedelta(minutes=1)
        assert both[1].send([a_letter(9)])[0].outcome is Outcome.SENT

    def test_a_letter_that_may_be_out_is_not_given_to_the_next(
        self, script: Script, server: Controller, other: tuple[Script, Controller], transports: Transports
    ) -> None:
        """Only what certainly did not go out is sent by another way; a refusal is a refusal."""
        transport = transports((settings_of(server), settings_of(other[1])))
        script.drop_after_data = True
        assert transport.send([a_letter()])[0].outcome is Outcome.UNCERTAIN
        script.drop_after_data = False
        script.on_rcpt = lambda _: "550 no such user"
        assert transport.send([a_letter()])[0].outcome is Outcome.REFUSED
        assert other[0].mails == []

    def test_where_none_can_be_reached_it_waits(self, transports: Transports) -> None:
        """The reason is the last one's."""
        (delivery,) = transports((nobody(), nobody())).send([a_letter()])
        assert (delivery.outcome, delivery.code) == (Outcome.DEFERRED, 0)
        assert delivery.answer


class Tokens:
    """Hands out tokens in turn, and notes which were refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.refusals: list[str] = []

    def secret(self, server: ServerSettings, /) -> str:
        if not self.tokens:
            raise MailboxUnavailable("login needed")
        return self.tokens[0]

    def refused(self, server: ServerSettings, secret: str, /) -> None:
        self.refusals.append(secret)
        self.tokens.remove(secret)


class TokenScript(Script):
    """A server that takes one token and nothing else."""

    signed_in = False

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        said = base64.b64decode(args[1]).decode()
        if said == "user=desk@example.com\x01auth=Bearer good\x01\x01":
            self.signed_in = True
            return AuthResult(success=True)
        await server.push("535 5.7.3 Authentication unsuccessful")
        return AuthResult(success=False, handled=True)


class TestTokens:
    @pytest.fixture
    def server(self, transports: Transports) -> Iterator[tuple[TokenScript, ServerSettings]]:
        script = TokenScript()
        with Serving(script, transports.close, auth_require_tls=False) as controller:
            yield script, settings_of(controller, user="desk@example.com", token_of="desk")

    def test_a_mailbox_signs_in_by_its_token(
        self, server: tuple[TokenScript, ServerSettings], transports: Transports
    ) -> None:
        """XOAUTH2, as its IMAP side does."""
        tokens = Tokens("good")
        (delivery,) = transports(server[1], login=tokens).send([a_letter()])
        assert delivery.outcome is Outcome.SENT
        assert (len(server[0].mails), server[0].signed_in, tokens.refusals) == (1, True, [])

    def test_a_withdrawn_token_is_replaced_before_the_next_try(
        self, server: tuple[TokenScript, ServerSettings], transports: Transports
    ) -> None:
        """The letter waits for it, and the token is never tried again."""
        tokens = Tokens("old", "good")
        transport = transports(server[1], login=tokens)
        (first,) = transport.send([a_letter()])
        assert (first.outcome, first.code) == (Outcome.DEFERRED, 535)
        assert transport.send([a_letter()])[0].outcome is Outcome.SENT
        assert tokens.refusals == ["old"]

    def test_without_a_token_the_letter_waits(
        self, server: tuple[TokenScript, ServerSettings], transports: Transports
    ) -> None:
        """And says what a person has to do."""
        (delivery,) = transports(server[1], login=Tokens()).send([a_letter()])
        assert (delivery.outcome, delivery.answer) == (Outcome.DEFERRED, "login needed")

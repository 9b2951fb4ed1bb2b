"""Programs are let in and shut out: with their trace, for as long as was said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain.api_token import ApiScope
from core.domain.errors import BadInput, NotFound
from huiying.flows.admit_program import add_token, known_token, remove_token
from huiying.flows.health import health
from tests.factories.pipeline import Office
from tests.fakes.fixed_clock import FixedClock


def test_a_token_is_good_until_it_is_removed(office: Office) -> None:
    """At once, and both stand in the trail, without the secret."""
    token, secret = add_token(office.ctx, "portal", ApiScope.MESSAGES, "", "ada", b"p" * 32)
    known = known_token(office.ctx, secret)
    assert known is not None and known.id == token.id
    assert known_token(office.ctx, secret[:-1] + ("0" if secret[-1] != "0" else "1")) is None
    remove_token(office.ctx, "portal", "operator:root")
    assert known_token(office.ctx, secret) is None
    with office.ctx.store.read() as tx:
        rows = tx.views.audit(f"token:{token.id}", "", 10).rows
    assert [(row.action, row.actor, dict(row.details)) for row in reversed(rows)] == [
        ("token.add", "ada", {"name": "portal", "may": "messages"}),
        ("token.remove", "operator:root", {"name": "portal", "may": "messages"}),
    ]
    with pytest.raises(NotFound):
        remove_token(office.ctx, "portal", "ada")


def test_a_token_ends_with_its_last_day(office: Office, clock: FixedClock) -> None:
    """Midnight in the desk's zone."""
    _, secret = add_token(office.ctx, "portal", ApiScope.READ, "2026-03-06", "ada", b"p" * 32)
    clock.at = datetime(2026, 3, 6, 15, 59, 59, tzinfo=UTC)
    assert known_token(office.ctx, secret)
    clock.advance(seconds=1)
    assert known_token(office.ctx, secret) is None


@pytest.mark.parametrize(
    ("name", "until"),
    [("portal", ""), ("a:b", ""), ("", ""), ("x" * 65, ""), ("b", "2026-03-04"), ("b", "soon"), ("b", "0001-01-01")],
)
def test_what_cannot_be_meant_is_refused(office: Office, name: str, until: str) -> None:
    """A name that is taken or would look like another in the trail, a day that is over or none."""
    add_token(office.ctx, "portal", ApiScope.READ, "", "ada", b"p" * 32)
    with pytest.raises(BadInput):
        add_token(office.ctx, name, ApiScope.READ, until, "ada", b"q" * 32)


def test_use_is_written_once_an_hour(office: Office, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that asks all day costs a row's change in an hour."""
    _, secret = add_token(office.ctx, "portal", ApiScope.READ, "", "ada", b"p" * 32)
    first = clock.at
    for minutes, noted in ((0, 0), (59, 0), (1, 60), (30, 60)):
        clock.advance(minutes=minutes)
        with monkeypatch.context() as kept:
            if minutes in (59, 30):
                kept.setattr(office.ctx.store, "write", None)
            known_token(office.ctx, secret)
        with office.ctx.store.read() as tx:
            [token] = tx.api_tokens.all()
        assert token.last_used is not None and (token.last_used - first).total_seconds() == noted * 60


def test_what_shuts_a_program_out_is_told_before(office: Office) -> None:
    """Only of a token in use."""
    _, secret = add_token(office.ctx, "portal", ApiScope.MESSAGES, "2026-03-12", "ada", b"p" * 32)
    add_token(office.ctx, "spare", ApiScope.MESSAGES, "2026-03-12", "ada", b"q" * 32)
    assert known_token(office.ctx, secret)
    assert [en for code, _, en, _ in health(office.ctx).items if code == "api-token-ends"] == [
        "The API token of portal ends in 7 days; make another one, then remove it"
    ]


def test_what_is_no_token_costs_no_look(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checksum tells."""
    monkeypatch.setattr(office.ctx.store, "read", None)
    assert known_token(office.ctx, f"hy_{'0' * 72}") is None

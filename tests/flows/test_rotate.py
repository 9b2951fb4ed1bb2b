"""All data is sealed with the newest key while everything goes on, and older keys are taken away only then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from core.domain.errors import BadInput, KeyMissing
from core.domain.keys import KeyRing
from huiying.flows.rotate import ROTATED, require_unused, rotate, sealed_by
from huiying.flows.triage import triage
from store import sealed_rows
from store.open import SqlStore, open_store
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def ring(keys: KeyRing) -> KeyRing:
    """The same ring with a second data key."""
    return replace(keys, data={**keys.data, 2: b"2" * 32})


@pytest.fixture
def later(sqlite_url: str, ring: KeyRing, clock: FixedClock) -> Iterator[Office]:
    """What runs beside, with the new key."""
    store = open_store(sqlite_url, ring, clock)
    yield Office(worker_context(store, ring, clock, pid=2))
    store.close()


def test_broken_off_it_is_finished_by_doing_it_again(
    office: Office, later: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done stays done; only then does the old key seal nothing, and the trail says who did it."""
    office.bring(a_mail())
    monkeypatch.setattr(sealed_rows, "ROWS", 4)

    def broken_off(done: int, of: int) -> None:
        if done > 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(later.ctx, "operator:x", broken_off)
    both = sealed_by(later.ctx)
    assert both[2] and both[1]
    with pytest.raises(BadInput, match="still seals"):
        require_unused(later.ctx, 1)
    told: list[tuple[int, int]] = []
    left = sum(both[1].values())
    assert rotate(later.ctx, "operator:x", lambda done, of: told.append((done, of))) == (left, 0)
    assert set(sealed_by(later.ctx)) == {2} and told[-1][0] == told[-1][1]
    require_unused(later.ctx, 1)
    with later.ctx.store.read() as tx:
        [line] = tx.views.audit("keys", "", 5).rows
    assert (line.action, line.actor, line.details) == (
        ROTATED,
        "operator:x",
        (("rows", str(left)), ("unreadable", "0")),
    )


def test_what_nobody_can_open_keeps_its_key_and_is_told(office: Office, later: Office, sqlite_store: SqlStore) -> None:
    """Doing it again would not help, and is not what is told."""
    office.bring(a_mail())
    with sqlite_store._engines.writer.begin() as connection:
        cut = "CAST(substr(addresses, 1, length(addresses) - 1) AS BLOB)"
        connection.execute(text(f"UPDATE message SET addresses = {cut} WHERE id = (SELECT min(id) FROM message)"))
    with pytest.raises(BadInput, match="still seals") as error:
        require_unused(later.ctx, 1)
    assert error.value.hint == "huiying key rotate"
    assert rotate(later.ctx, "operator:x")[1] == 1
    with pytest.raises(BadInput, match=r"message 1 .*damaged") as error:
        require_unused(later.ctx, 1)
    assert "rotate" not in error.value.hint


def test_a_mail_of_another_machine_waits_for_its_key(office: Office, later: Office, clock: FixedClock) -> None:
    """Its bytes are sealed with a key that is not here yet: no stub is made of it, and nobody is blamed."""
    [id_] = later.keep(a_mail())
    with later.ctx.store.write() as tx:
        tx.sealed.note_newest()
    with pytest.raises(KeyMissing):
        triage(office.ctx)
    assert office.row(id_).stage == "kept" and office.unfiled() == 1
    assert triage(later.ctx) == 1
    assert office.row(id_).stage == "filed"

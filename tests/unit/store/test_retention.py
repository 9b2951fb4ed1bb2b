"""The contract of retention: what was kept long enough goes, oldest first, and nothing that is still needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from core.domain.errors import NotFound, OriginalGone
from core.domain.filing import AuditEntry
from core.domain.ledger import Stage
from core.domain.letter import LetterFile
from core.domain.retention import RemovalStep
from store import retention
from store.open import SqlStore, SqlTransaction
from store.tables import audit, ledger, letter, letter_file, ticket
from tests.unit.store.test_outbox import claim, complete, compose
from tests.unit.store.values import NOW, a_raw_mail, file_tickets, minutes

LATER = minutes(60)
Act = Callable[[datetime, int, datetime | None], RemovalStep]


def close(store: SqlStore, *ids: int) -> None:
    with store.write() as tx:
        tx._unit.change(ticket.update().where(ticket.c.id.in_(ids)).values(is_open=False))


def removed(store: SqlStore, act: Callable[[SqlTransaction], Act], before: datetime = LATER) -> int:
    """All steps; how many went, which is what counting said before."""
    done, after, most = 0, 0, 0
    with store.read() as tx:
        counted = act(tx)(before, 0, None).removed
    while True:
        with store.write() as tx:
            step = act(tx)(before, after, LATER)
        done, most = done + step.removed, most + 1
        if step.after is None:
            break
        after = step.after
    assert most > 1 or counted == done
    return done


def mails(tx: SqlTransaction) -> Act:
    return tx.retention.mails


class TestRetention:
    def test_the_original_of_a_closed_ticket_goes(self, store: SqlStore) -> None:
        """Ticket and text stay; whoever asks for the original hears since when it is gone."""
        first, second = file_tickets(store, 2)
        close(store, first)
        with store.read() as tx:
            shown = [tx.views.ticket(number) for number in ("20260305000", "20260305010")]
        ids = [row.id for detail in shown if detail for row in detail.ledger]
        assert removed(store, mails, NOW) == 0
        with store.write() as tx:
            tx.ledger.requeue(ids[0], NOW)
        assert removed(store, mails) == 0  # it waits to be filed once more
        with store.write() as tx:
            tx.ledger.set_stage(ids[0], Stage.FILED, "")
        assert removed(store, mails) == 1
        assert removed(store, mails) == 0
        with store.read() as tx:
            with pytest.raises(OriginalGone, match="2026-03-05"):
                tx.ledger.raw(ids[0])
            assert tx.retention.removed(ids[0]) == LATER and tx.retention.removed(ids[1]) is None
            assert tx.ledger.raw(ids[1])
            detail = tx.views.ticket("20260305000")
            assert detail is not None and detail.messages[0].text and detail.ledger[0].original_gone == LATER
        with store.write() as tx, pytest.raises(OriginalGone):
            tx.ledger.requeue(ids[0], NOW)
        with store.write() as tx, pytest.raises(OriginalGone):
            tx.ledger.clear_spam(ids[0])
        with store.write() as tx, pytest.raises(NotFound):
            tx.ledger.requeue(second, NOW)

    @pytest.mark.parametrize(
        "still_needed",
        [{"stage": "kept"}, {"stage": "shunted"}, {"claim": 7}, {"server_state": "owed", "server_action": "move"}],
        ids=str,
    )
    def test_a_mail_that_is_still_needed_stays(self, store: SqlStore, still_needed: dict[str, object]) -> None:
        """One that waits, that nobody has looked at, that somebody works on, whose move on the server is not done; any
        other without a ticket goes."""
        with store.write() as tx:
            ids = tx.ledger.keep([a_raw_mail(1), a_raw_mail(2)], NOW, old_before_uid=0, after="nothing")
            tx._unit.change(ledger.update().values(stage="filed"))
            tx._unit.change(ledger.update().where(ledger.c.id == ids[0]).values(still_needed))
        assert removed(store, mails) == 1
        with store.read() as tx:
            assert tx.ledger.raw(ids[0])

    def test_originals_and_files_of_letters_at_rest_go(self, store: SqlStore) -> None:
        """Those of open tickets and of letters on their way stay; so do the letters themselves."""
        tickets = file_tickets(store, 3)
        sent, under_way, other = claim(store)
        compose(store, sent, under_way, other)
        complete(store, sent)
        complete(store, other)
        close(store, tickets[0], tickets[1])
        with store.write() as tx:
            tx._unit.change(letter.update().where(letter.c.id == under_way).values(state="held", claim=None))
            for id_ in (sent, under_way, other, tickets[0] + 2, tickets[2] + 2):
                tx.outbox.add_files(id_, [LetterFile(name=name, type="text/plain", data=b"x") for name in "ab"])
        assert removed(store, lambda tx: tx.retention.letters) == 1
        assert removed(store, lambda tx: tx.retention.files) == 4
        with store.read() as tx:
            assert (tx.outbox.bytes_of(sent), tx.retention.removed(sent)) == (None, LATER)
            assert tx.outbox.bytes_of(under_way) and tx.outbox.bytes_of(other)
            left = tx._unit.rows(select(letter_file.c.letter_id).distinct())
            assert {row.letter_id for row in left} == {under_way, other, tickets[2] + 2}
            assert tx.views.letter(sent) is not None

    def test_log_lines_go_by_age(self, store: SqlStore) -> None:
        """What is younger stays, and the history of a ticket, a mail, a customer, an article, a model, of the keys and
        of what was removed; who looked at it goes. Nothing is looked through twice."""
        lines = {
            5: ("person.sign-in", "user:1"), 6: ("ticket.moved", "ticket:1"), 7: ("contact.reveal", "ticket:1"),
            8: ("mail.download", "mail:1"), 9: ("mail.replay", "mail:1"), 10: ("token.add", "token:1"),
            11: ("model.promote", "model"), 12: ("retention.removed", "retention"),
            13: ("customer.erased", "customer:1"), 14: ("key.removed", "keys"),
            15: ("article.published", "article:1"),
            store.ids(): ("person.sign-in", "user:1"),
        }  # fmt: skip

        def add(id_: int, action: str, subject: str) -> None:
            with store.write() as tx:
                tx.audit.add([AuditEntry(id=id_, at=NOW, actor="li", action=action, subject=subject)])

        for id_, line in lines.items():
            add(id_, *line)
        assert removed(store, lambda tx: tx.retention.log, NOW) == 3
        with store.read() as tx:
            assert {row.id for row in tx._unit.rows(select(audit.c.id))} == set(lines) - {5, 7, 8}
        add(4, "person.sign-in", "user:1")
        add(16, "person.sign-in", "user:1")
        assert removed(store, lambda tx: tx.retention.log, NOW) == 1

    def test_steps_are_small(self, store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """By rows and by bytes; a larger one goes alone, and those that stay are passed."""
        monkeypatch.setattr(retention, "ROWS", 3)
        monkeypatch.setattr(retention, "BYTES", 200)
        with store.write() as tx:
            raws = [
                a_raw_mail(uid, bytes(range(256))[: 250 if uid == 6 else 60] + bytes([uid])) for uid in range(1, 11)
            ]
            ids = tx.ledger.keep(raws, NOW, old_before_uid=0, after="nothing")
            tx._unit.change(ledger.update().where(ledger.c.id.not_in(ids[:4])).values(stage="filed"))
        steps, after = [], 0
        while True:
            with store.write() as tx:
                step = tx.retention.mails(LATER, after, LATER)
            steps.append(step.removed)
            if step.after is None:
                break
            after = step.after
        assert sum(steps) == 6 and steps[0] == 0 and max(steps) <= 3 and len(steps) > 4

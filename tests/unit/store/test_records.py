"""The contracts of corrections, bundles, people and the audit trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.domain.bundle import BundleFiles, BundleRecord
from core.domain.correction import Correction, CorrectionKind
from core.domain.errors import Conflict, NotFound
from core.domain.filing import AuditEntry
from core.domain.model import ModelRecord
from core.domain.people import Role, Session, User
from store.open import SqlStore
from tests.unit.store.values import NOW, file_tickets, minutes


def a_record(files: BundleFiles, reason: str = "") -> BundleRecord:
    return BundleRecord(serial=0, id=files.id, author="admin", reason=reason, at=NOW)


def publish(store: SqlStore, files: BundleFiles, expected: str, reason: str = "") -> BundleRecord:
    with store.write() as tx:
        return tx.bundles.publish(files, a_record(files, reason), expected)


class TestCorrections:
    def test_corrections_come_back_and_are_labels(self, store: SqlStore) -> None:
        """Each is appended with what it changed, and found with the message that it labels."""
        first, second = file_tickets(store, 2)
        made = [
            Correction(
                id=9000 + place,
                ticket_id=ticket_id,
                message_id=ticket_id + 2,
                kind=CorrectionKind.CORRECT,
                at=NOW,
                agent="li",
                before=(("type", "咨询"),),
                before_by=(("type", "model"),),
                after=(("type", "投诉"), ("urgency", "紧急")),
                weight=0.5,
            )
            for place, ticket_id in enumerate((first, second, first))
        ]
        undone = replace(made[2], id=9003, kind=CorrectionKind.UNDO, undoes=9002)
        with store.write() as tx:
            assert (tx.corrections.newest(), tx.corrections.labelled()) == (0, 0)
            for each in (*made, undone):
                tx.corrections.add(each)
        with store.read() as tx:
            assert (tx.corrections.newest(), tx.corrections.labelled()) == (9003, 2)
            assert tx.corrections.of_ticket(first) == (made[0], made[2], undone)
            labels = tx.corrections.labels(9000, 2)
            assert [(each, message.id) for each, message in labels] == [(made[1], second + 2), (made[2], first + 2)]
            assert tx.corrections.labels(9003, 10) == ()


class TestBundles:
    def test_the_first_bundle_follows_none(self, store: SqlStore) -> None:
        """Before the first publication nothing is active."""
        files = BundleFiles(files={"rules/a.yaml": "rules: []\n", "sla/标准.yaml": "名称: 标准\n"})
        with store.read() as tx:
            assert tx.bundles.active() is None
            assert tx.bundles.files(files.id) is None
            assert tx.bundles.history(10) == ()
        record = publish(store, files, "")
        assert record == BundleRecord(serial=1, id=files.id, author="admin", at=NOW, active=True)
        with store.read() as tx:
            assert tx.bundles.active() == record
            assert tx.bundles.files(files.id) == files

    def test_publications_follow_one_another(self, store: SqlStore) -> None:
        """A rollback is one more publication; the history is newest first and marks the active one."""
        one, two = BundleFiles(files={"a": "1", "b": "same"}), BundleFiles(files={"a": "2", "b": "same"})
        publish(store, one, "")
        publish(store, two, one.id, "try")
        publish(store, one, two.id, "rollback")
        with store.read() as tx:
            history = tx.bundles.history(10)
            assert tx.bundles.files(two.id) == two
        assert [(each.serial, each.id, each.parent, each.active) for each in history] == [
            (3, one.id, two.id, True),
            (2, two.id, one.id, False),
            (1, one.id, "", False),
        ]

    def test_a_bundle_begun_from_an_old_one_conflicts(self, store: SqlStore) -> None:
        """Publishing names the active bundle it began from; nothing is stored otherwise."""
        one, two, three = (BundleFiles(files={"a": text}) for text in "123")
        publish(store, one, "")
        publish(store, two, one.id)
        with pytest.raises(Conflict):
            publish(store, three, one.id)
        with pytest.raises(Conflict):
            publish(store, three, "")
        with store.read() as tx:
            assert tx.bundles.files(three.id) is None
            assert len(tx.bundles.history(10)) == 2

    def test_an_empty_bundle_is_a_bundle(self, store: SqlStore) -> None:
        """A bundle without files is found by its id."""
        empty = BundleFiles(files={})
        publish(store, empty, "")
        with store.read() as tx:
            assert tx.bundles.files(empty.id) == empty


class TestPeople:
    def test_users_are_saved_and_changed(self, store: SqlStore) -> None:
        """Saving a user twice changes him; a name belongs to one."""
        li = User(id=1, name="li", display="李", role=Role.ADMIN, password_hash="x")
        changed = replace(li, language="en", disabled=True)
        with store.write() as tx:
            tx.people.save(li)
            tx.people.save(User(id=2, name="an"))
            tx.people.save(changed)
            assert tx.people.user("li") == tx.people.user_by_id(1) == changed
            assert [each.name for each in tx.people.users()] == ["an", "li"]
            assert tx.people.user("nobody") is tx.people.user_by_id(9) is None
        with pytest.raises(Conflict), store.write() as tx:
            tx.people.save(User(id=3, name="li"))

    @pytest.mark.parametrize("change", [{"disabled": True}, {"password_hash": "new"}, {"role": Role.LEAD}])
    def test_who_is_let_in_differently_is_out(self, store: SqlStore, change: dict[str, Any]) -> None:
        """Disabled, a new role, a new password: his sessions end, other people's go on."""
        li, an = User(id=1, name="li", password_hash="x"), User(id=2, name="an")
        with store.write() as tx:
            for one in (li, an):
                tx.people.save(one)
                session = Session(token_hash=one.name, user_id=one.id, csrf="c", created=NOW, expires=minutes(60))
                tx.people.start_session(session)
        with store.write() as tx:
            tx.people.save(replace(li, language="en", display="李"))
        with store.read() as tx:
            assert tx.people.session("li", NOW) is not None
        with store.write() as tx:
            tx.people.save(replace(li, **change))
        with store.read() as tx:
            assert tx.people.session("li", NOW) is None
            assert tx.people.session("an", NOW) is not None

    def test_sessions_elsewhere_are_seen_and_ended(self, store: SqlStore) -> None:
        """The open ones, the newest first; all but one go, and nobody else's."""
        with store.write() as tx:
            for id_, token, hours in ((1, "old", 1), (1, "here", 60), (1, "new", 60), (2, "an", 60)):
                tx.people.save(User(id=id_, name=f"user{id_}"))
                created = minutes(hours if token != "new" else 5) - timedelta(minutes=60)
                session = Session(token_hash=token, user_id=id_, csrf="c", created=created, expires=minutes(hours))
                tx.people.start_session(session)
            now = minutes(1)
            assert [each.token_hash for each in tx.people.sessions(1, now)] == ["here", "new"]
            assert tx.people.end_sessions(1, but="here") == 2
            assert [each.token_hash for each in tx.people.sessions(1, NOW)] == ["here"]
            assert tx.people.session("an", now) is not None
            assert tx.people.end_sessions(1) == 1

    def test_one_column_is_written_alone(self, store: SqlStore) -> None:
        """Language and a stronger hash leave what others changed meanwhile; a changed password is not put back."""
        li = User(id=1, name="li", password_hash="x")
        with store.write() as tx:
            tx.people.save(li)
            tx.people.save(replace(li, role=Role.LEAD, disabled=True))
            tx.people.set_language(1, "en")
            tx.people.rehash(1, "x", "y")
            expected = replace(li, role=Role.LEAD, disabled=True, language="en", password_hash="y")
            assert tx.people.user("li", hold=True) == expected
            tx.people.rehash(1, "x", "old again")
            assert tx.people.users(hold=True) == (expected,)

    def test_the_last_sign_in_is_known(self, store: SqlStore) -> None:
        """By the audit trail, for each user; whoever never came is missing."""
        with store.write() as tx:
            for place, name in enumerate(("li", "an", "wu"), 1):
                tx.people.save(User(id=place, name=name))
            for place, (at, action, subject) in enumerate(
                (
                    (1, "person.sign-in", "user:1"),
                    (7, "person.sign-in", "user:1"),
                    (9, "person.sign-out", "user:1"),
                    (3, "person.sign-in", "user:2"),
                    (4, "person.sign-in-failed", "user:3"),
                )
            ):
                entry = AuditEntry(id=100 + place, at=minutes(at), actor="x", action=action, subject=subject)
                tx.audit.add([entry])
        with store.read() as tx:
            assert tx.people.last_sign_ins() == {1: minutes(7), 2: minutes(3)}

    def test_a_session_ends(self, store: SqlStore) -> None:
        """A session is found until it expires or is ended."""
        session = Session(token_hash="t", user_id=1, csrf="c", created=NOW, expires=minutes(60))
        with store.write() as tx:
            tx.people.save(User(id=1, name="li"))
            tx.people.start_session(session)
            assert tx.people.session("t", minutes(59)) == session
            assert tx.people.session("t", minutes(60)) is None
            assert tx.people.session("other", NOW) is None
            tx.people.end_session("t")
            assert tx.people.session("t", NOW) is None

    def test_failed_sign_ins_are_counted_by_key(self, store: SqlStore) -> None:
        """Only failures since the given instant count."""
        with store.write() as tx:
            for at, failed in ((0, True), (5, True), (6, False)):
                tx.people.note_sign_in("name:li", minutes(at), failed=failed)
            tx.people.note_sign_in("name:an", minutes(5), failed=True)
            assert tx.people.failed_sign_ins("name:li", NOW) == 2
            assert tx.people.failed_sign_ins("name:li", minutes(1)) == 1
            assert tx.people.failed_sign_ins("address:1", NOW) == 0

    def test_old_attempts_are_forgotten(self, store: SqlStore) -> None:
        """When somebody signs in; what a limit may still look at stays."""
        with store.write() as tx:
            tx.people.save(User(id=1, name="li"))
            for at in (0, 10, 24 * 60):
                tx.people.note_sign_in("name:li", minutes(at), failed=True)
            now = minutes(24 * 60 + 5)
            tx.people.start_session(
                Session(token_hash="t", user_id=1, csrf="c", created=now, expires=now + timedelta(hours=1))
            )
            assert tx.people.failed_sign_ins("name:li", NOW) == 2


class TestAudit:
    def test_the_trail_is_read_newest_first(self, store: SqlStore) -> None:
        """All of it, or that of one subject, page by page."""
        entries = [
            AuditEntry(
                id=number,
                at=NOW,
                actor="li",
                action="ticket.correct",
                subject=f"ticket:{number % 2}",
                details=(("type", "投诉"),),
            )
            for number in range(1, 6)
        ]
        with store.write() as tx:
            tx.audit.add(entries)
        with store.read() as tx:
            first = tx.views.audit("", "", 3)
            second = tx.views.audit("", first.next_key, 3)
            odd = tx.views.audit("ticket:1", "", 10)
        assert [[row.id for row in page.rows] for page in (first, second, odd)] == [[5, 4, 3], [2, 1], [5, 3, 1]]
        assert (second.next_key, odd.rows[0].details) == ("", (("type", "投诉"),))


class TestModels:
    def test_one_version_serves_and_all_are_kept(self, store: SqlStore) -> None:
        """Activating one ends the other; the newest comes first; a version that is there stays as it is."""
        one, two = (
            ModelRecord(id=id_, version=version, at=minutes(id_), card={"labels": id_, "gate": {"passed": True}})
            for id_, version in ((1, "own-a"), (2, "own-b"))
        )
        with store.write() as tx:
            assert tx.models.latest() is tx.models.record("own-a") is None
            assert (tx.models.active(), tx.models.arrays("own-a")) == ("", None)
            tx.models.add(one, b"\0arrays a")
            tx.models.add(two, b"\0arrays b")
            tx.models.add(replace(two, id=3), b"other")
            tx.models.activate("own-a")
            tx.models.activate("own-b")
        with store.read() as tx:
            assert tx.models.records(10) == (replace(two, active=True), one)
            assert tx.models.latest() == replace(two, active=True)
            assert tx.models.active() == "own-b"
            assert tx.models.arrays("own-b") == b"\0arrays b"
        with store.write() as tx:
            tx.models.activate("")
            assert tx.models.active() == ""
        with pytest.raises(NotFound), store.write() as tx:
            tx.models.activate("own-c")

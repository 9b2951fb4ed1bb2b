"""The contract of the ledger."""

from __future__ import annotations

import hashlib

import pytest

from core.domain.errors import NotFound
from core.domain.filing import Filing, Verdict, VerdictKind
from core.domain.ledger import AfterFiling, Stage
from store.open import SqlStore
from tests.unit.store.values import NOW, WORKER, a_filing, a_raw_mail, file_tickets, minutes

HERE = ("support", "INBOX", 7)


def keep(store: SqlStore, *uids: int, old_before: int = 0, after: str = "seen") -> tuple[int, ...]:
    with store.write() as tx:
        return tx.ledger.keep([a_raw_mail(uid) for uid in uids], NOW, old_before_uid=old_before, after=after)


class TestLedger:
    def test_kept_bytes_come_back_exactly(self, store: SqlStore) -> None:
        """Raw bytes survive compressing and sealing, whatever they are."""
        datas = [b"\0\xff" * 300, "你好".encode("gb18030"), b"x"]
        with store.write() as tx:
            mails = [a_raw_mail(uid, data) for uid, data in enumerate(datas, 1)]
            ids = tx.ledger.keep(mails, NOW, old_before_uid=0, after="seen")
        with store.read() as tx:
            assert [tx.ledger.raw(id_) for id_ in ids] == datas
            assert tx.ledger.raws(ids) == dict(zip(ids, datas, strict=True)) and tx.ledger.raws([]) == {}
            entry = tx.ledger.entry(ids[1])
        assert entry is not None
        assert (entry.uid, entry.size, entry.stage, entry.attempts) == (2, 4, Stage.KEPT, 0)
        assert (entry.arrived, entry.kept_at) == (NOW, NOW)

    def test_bytes_that_are_not_there_are_not_found(self, store: SqlStore) -> None:
        """Asking for the bytes of an unknown mail says so."""
        with store.read() as tx:
            assert tx.ledger.entry(5) is None
            with pytest.raises(NotFound):
                tx.ledger.raw(5)
            with pytest.raises(NotFound):
                tx.ledger.raws([5, 6])

    def test_a_uid_is_kept_once(self, store: SqlStore) -> None:
        """A UID that has a row is skipped, alone or beside a new one."""
        assert len(keep(store, 1, 2)) == 2
        assert len(keep(store, 2, 3)) == 1
        assert keep(store, 1, 2, 3) == ()
        with store.read() as tx:
            assert tx.ledger.known_uids(*HERE, range(1, 1500)) == {1, 2, 3}
            assert tx.ledger.known_uids("support", "INBOX", 8, [1]) == frozenset()

    def test_stages_are_told_by_range(self, store: SqlStore) -> None:
        """Of one folder and UIDVALIDITY, ends included, whether or not there are bytes."""
        keep(store, 2, 5, 9)
        with store.write() as tx:
            tx.ledger.note(*HERE, 7, Stage.UNFETCHABLE, "no", NOW)
        with store.read() as tx:
            assert tx.ledger.stages(*HERE, 5, 8) == {5: Stage.KEPT, 7: Stage.UNFETCHABLE}
            assert tx.ledger.stages("support", "INBOX", 8, 0, 2**32) == {}
            assert (tx.ledger.lowest_uid(*HERE), tx.ledger.lowest_uid("support", "INBOX", 8)) == (2, 0)

    @pytest.mark.parametrize(("after", "owed"), [("delete", ""), ("move", ""), ("seen", "seen"), ("nothing", "")])
    def test_of_a_mail_that_is_too_large_the_servers_copy_stays(self, store: SqlStore, after: str, owed: str) -> None:
        """We have its beginning only: it is neither moved nor deleted. The row tells the size of the whole."""
        with store.write() as tx:
            large = a_raw_mail(3, b"From: a@b.cn\r\n\r\nhello", whole=70 << 20)
            (id_,) = tx.ledger.keep([large], NOW, old_before_uid=0, after=after)
        with store.write() as tx:
            assert [action.action for action in tx.ledger.server_actions("support", 9)] == ([owed] if owed else [])
            entry = tx.ledger.entry(id_)
            assert entry is not None and entry.size == 70 << 20
            tx.ledger.replace_bytes(id_, b"whole")
            with pytest.raises(NotFound):
                tx.ledger.replace_bytes(5, b"nobody's")
        with store.read() as tx:
            assert tx.ledger.raw(id_) == b"whole"
            entry = tx.ledger.entry(id_)
            assert entry is not None and (entry.size, entry.sha256) == (5, hashlib.sha256(b"whole").hexdigest())

    def test_a_source_without_uids_is_known_by_content(self, store: SqlStore) -> None:
        """The same content in two files is one mail; another mailbox may have it too."""
        first = a_raw_mail(0, b"same", source="files", folder="a.eml")
        second = a_raw_mail(0, b"same", source="files", folder="b.eml")
        with store.write() as tx:
            assert len(tx.ledger.keep([first, second], NOW, old_before_uid=0, after="seen")) == 1
        with store.write() as tx:
            assert tx.ledger.keep([second], NOW, old_before_uid=0, after="seen") == ()
            other = a_raw_mail(0, b"same", source="files", mailbox="sales")
            (other_id,) = tx.ledger.keep([other], NOW, old_before_uid=0, after="seen")
            assert tx.ledger.server_actions("sales", 10) == ()
            entry = tx.ledger.entry(other_id)
        assert entry is not None
        assert entry.uid == 0

    def test_mail_from_before_the_first_connect_is_marked_old(self, store: SqlStore) -> None:
        """UIDs below the given one are old."""
        ids = keep(store, 4, 5, old_before=5)
        with store.read() as tx:
            entries = [tx.ledger.entry(id_) for id_ in ids]
        assert [entry.old for entry in entries if entry] == [True, False]

    def test_the_cursor_only_moves_forward(self, store: SqlStore) -> None:
        """The cursor begins at 0 and never goes back."""
        with store.write() as tx:
            assert tx.ledger.cursor(*HERE) == 0
            tx.ledger.advance(*HERE, 9)
            tx.ledger.advance(*HERE, 4)
        with store.read() as tx:
            assert tx.ledger.cursor(*HERE) == 9
            assert tx.ledger.cursor("support", "INBOX", 8) == 0

    def test_the_first_connect_is_remembered(self, store: SqlStore) -> None:
        """Start, cursor and the instant of the first connect survive a new UIDVALIDITY."""
        with store.write() as tx:
            assert tx.ledger.start_at(*HERE) is None
            assert tx.ledger.first_connect("support", "INBOX") is None
            tx.ledger.set_start(*HERE, uid=11, cursor=10, at=NOW)
            tx.ledger.set_start("support", "INBOX", 8, uid=1, cursor=0, at=minutes(9))
        with store.read() as tx:
            assert tx.ledger.start_at(*HERE) == 11
            assert tx.ledger.cursor(*HERE) == 10
            assert tx.ledger.start_at("support", "INBOX", 8) == 1
            assert tx.ledger.first_connect("support", "INBOX") == NOW
            assert tx.ledger.first_connect("support", "Archive") is None

    def test_a_uid_without_bytes_has_a_row_that_counts_attempts(self, store: SqlStore) -> None:
        """A mail that cannot be fetched is noted, counted, and kept when it can be fetched after all."""
        for attempt in (1, 2):
            with store.write() as tx:
                tx.ledger.note(*HERE, 6, Stage.UNFETCHABLE, "server said NO", minutes(attempt))
        with store.read() as tx:
            assert tx.ledger.known_uids(*HERE, [5, 6]) == {6}
            assert tx.views.quarantine("", 10).rows == ()
        (id_,) = keep(store, 6)
        with store.read() as tx:
            assert tx.ledger.raw(id_) == a_raw_mail(6).data
        with store.write() as tx:
            tx.ledger.note(*HERE, 6, Stage.VANISHED, "gone", NOW)
            entry = tx.ledger.entry(id_)
        assert entry is not None
        assert entry.stage is Stage.KEPT

    def test_claims_take_the_oldest_once(self, store: SqlStore) -> None:
        """Two workers never hold the same mail; the attempt is counted with the claim."""
        ids = keep(store, 1, 2, 3)
        with store.write() as tx:
            first = tx.ledger.claim(WORKER, 2)
        with store.write() as tx:
            second = tx.ledger.claim(WORKER + 1, 2)
        assert [entry.id for entry in first] == list(ids[:2])
        assert [entry.id for entry in second] == [ids[2]]
        assert [entry.attempts for entry in (*first, *second)] == [1, 1, 1]
        with store.write() as tx:
            assert tx.ledger.claim(WORKER, 2) == ()

    def test_a_mail_that_was_claimed_before_comes_alone(self, store: SqlStore) -> None:
        """After a death in a batch the others go first, together, and its mails are then tried singly."""
        keep(store, 1, 2, 3, 4)
        with store.write() as tx:
            dead = tx.ledger.claim(WORKER, 2)
        with store.write() as tx:
            tx.ledger.unclaim([entry.id for entry in dead], forgive=False)
        batches = []
        for _ in range(3):
            with store.write() as tx:
                batches.append([(entry.uid, entry.attempts) for entry in tx.ledger.claim(WORKER, 10)])
        assert batches == [[(3, 1), (4, 1)], [(1, 2)], [(2, 2)]]

    def test_what_was_claimed_before_takes_no_place_in_a_batch(self, store: SqlStore) -> None:
        """Many that were in hand at a death do not make the batches of the others small."""
        keep(store, *range(1, 10))
        with store.write() as tx:
            dead = tx.ledger.claim(WORKER, 9)
            tx.ledger.unclaim([entry.id for entry in dead], forgive=False)
        keep(store, *range(11, 21))
        with store.write() as tx:
            assert [entry.uid for entry in tx.ledger.claim(WORKER, 10)] == list(range(11, 21))

    def test_a_live_mail_that_was_claimed_before_comes_before_an_archive(self, store: SqlStore) -> None:
        """An archive never holds up a customer who waits, not even one whose mail is tried again."""
        (live,) = keep(store, 1)
        with store.write() as tx:
            tx.ledger.claim(WORKER, 1)
            tx.ledger.unclaim([live], forgive=False)
        keep(store, 2, old_before=3)
        with store.write() as tx:
            assert [entry.id for entry in tx.ledger.claim(WORKER, 10)] == [live]

    def test_a_forgiven_attempt_does_not_count(self, store: SqlStore) -> None:
        """What was never tried is given back as it was."""
        keep(store, 1, 2)
        with store.write() as tx:
            taken = tx.ledger.claim(WORKER, 10)
            tx.ledger.unclaim([entry.id for entry in taken], forgive=True)
        with store.write() as tx:
            assert [entry.attempts for entry in tx.ledger.claim(WORKER, 10)] == [1, 1]

    def test_a_shunted_mail_waits_for_its_replay(self, store: SqlStore) -> None:
        """The stage, the reason and the trace are kept; a replay begins from nothing with the same bytes."""
        (id_,) = keep(store, 1)
        with store.write() as tx:
            tx.ledger.claim(WORKER, 1)
            tx.ledger.set_stage(id_, Stage.SHUNTED, "decide:KeyError", "Traceback …")
        with store.write() as tx:
            assert tx.ledger.claim(WORKER, 1) == ()
            row = tx.views.ledger_row(id_)
            assert row is not None
            assert (row.stage, row.because, row.claims) == ("shunted", "decide:KeyError", 1)
            tx.ledger.requeue(id_, NOW)
        with store.write() as tx:
            (entry,) = tx.ledger.claim(WORKER, 1)
        assert (entry.id, entry.attempts, entry.replay_of) == (id_, 1, 0)

    def test_a_replay_knows_the_ticket_it_works_on(self, store: SqlStore) -> None:
        """A filed mail that is replayed names its ticket, as often as it is replayed."""
        (ticket_id,) = file_tickets(store, 1)
        with store.read() as tx:
            mail = tx.views.ticket("20260305000")
            assert mail is not None
            ledger_id = mail.ledger[0].id
        for _ in range(2):
            with store.write() as tx:
                tx.ledger.requeue(ledger_id, NOW)
            with store.write() as tx:
                (entry,) = tx.ledger.claim(WORKER, 1)
            assert entry.replay_of == ticket_id

    def test_a_mail_taken_for_spam_or_a_machine_s_waits_again_once_it_is_none(self, store: SqlStore) -> None:
        """Spam stands in a list of its own; cleared once, either says so for good. What is silent for another reason
        has nothing to clear."""
        spam, automatic, copy = keep(store, 1, 2, 3)
        verdict = Verdict(kind=VerdictKind.SILENT, because="-")
        with store.write() as tx:
            tx.ledger.claim(WORKER, 3)
            tx.tickets.file(
                [
                    Filing(
                        ledger_id=id_,
                        claim=WORKER,
                        verdict=verdict,
                        silent_because=because,
                        authentication="dmarc=pass",
                    )
                    for id_, because in (
                        (spam, "spam: x-spam-flag: YES"),
                        (automatic, "automatic-list"),
                        (copy, "copy"),
                    )
                ],
                NOW,
            )
        with store.write() as tx:
            (row,) = tx.views.spam("", 10).rows
            assert (row.id, row.is_spam, row.not_spam, row.authentication) == (spam, True, False, "dmarc=pass")
            assert [tx.ledger.clear_spam(id_) for id_ in (spam, spam, automatic, copy)] == [True, False, True, False]
            assert tx.views.spam("", 10).rows == ()
        with store.write() as tx:
            entries = tx.ledger.claim(WORKER, 10)
        assert [(one.id, one.attempts, one.not_spam) for one in entries] == [(spam, 1, True), (automatic, 1, True)]

    def test_a_replay_needs_bytes(self, store: SqlStore) -> None:
        """What was never stored cannot be replayed."""
        with store.write() as tx, pytest.raises(NotFound):
            tx.ledger.requeue(99, NOW)

    def test_the_server_is_owed_its_action_until_it_is_done(self, store: SqlStore) -> None:
        """An action is owed from the moment of keeping, verified once, and done once."""
        ids = keep(store, 1, 2, after=AfterFiling.DELETE)
        keep(store, 3, after=AfterFiling.NOTHING)
        with store.write() as tx:
            owed = tx.ledger.server_actions("support", 10)
            assert [(each.ledger_id, each.uid, each.action, each.verified) for each in owed] == [
                (ids[0], 1, AfterFiling.DELETE, False),
                (ids[1], 2, AfterFiling.DELETE, False),
            ]
            tx.ledger.server_verified(ids)
            tx.ledger.server_done(ids[:1], NOW)
        with store.write() as tx:
            (left,) = tx.ledger.server_actions("support", 10)
            assert (left.ledger_id, left.verified) == (ids[1], True)
            assert tx.ledger.server_actions("sales", 10) == ()
            tx.ledger.server_done(ids, NOW)
            assert tx.ledger.server_actions("support", 10) == ()

    def test_a_claim_ends_with_the_filing(self, store: SqlStore) -> None:
        """A filed mail is not claimed again and shows its verdict."""
        file_tickets(store, 1)
        with store.write() as tx:
            assert tx.ledger.claim(WORKER, 10) == ()
            (row,) = tx.views.ticket("20260305000").ledger  # type: ignore[union-attr]  # it was just filed
        assert (row.stage, row.verdict, row.filed_at) == ("filed", a_filing(0, 1000).verdict.because, NOW)
        assert (row.subject, row.sender_masked) == ("无法登录", "W***@example.cn")

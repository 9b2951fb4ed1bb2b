"""The parts under the repositories: sealing, stored types, plain data, the fair lock, the meaning of errors."""

from __future__ import annotations

import base64
import random
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.decision import Decision, Facts
from core.domain.errors import Unreadable
from core.domain.keys import KeyRing
from core.text.storable import storable
from store.fair_lock import FairLock
from store.plain import from_plain, to_plain
from store.sealed import Seal
from store.types import from_micros, to_micros
from tests.unit.store.values import a_decision


class TestSeal:
    @given(data=st.binary(max_size=400))
    def test_what_was_sealed_opens_again(self, keys: KeyRing, data: bytes) -> None:
        """Any bytes, deflated or not."""
        seal = Seal(keys)
        for each in (data, data * 9):
            assert seal.open(seal.seal(each, "t.c.1"), "t.c.1") == each

    def test_a_sealed_value_belongs_to_its_place(self, keys: KeyRing) -> None:
        """Moved to another row or column, or changed in one bit, it does not open."""
        seal = Seal(keys)
        sealed = seal.seal(b"wang@example.cn", "customer.address.1")
        for place in ("customer.address.2", "letter.recipient.1"):
            with pytest.raises(Unreadable, match=place):
                seal.open(sealed, place)
        with pytest.raises(Unreadable):
            seal.open(sealed[:-1] + bytes((sealed[-1] ^ 1,)), "customer.address.1")

    def test_a_sealed_value_tells_its_key_and_nothing_else(self, keys: KeyRing) -> None:
        """The newest key writes; the same text never looks the same twice; a missing key is named."""
        ring = replace(keys, data={**keys.data, 9: b"n" * 32})
        first, second = (Seal(ring).seal(b"wang@example.cn", "t.c.1") for _ in range(2))
        assert first[0] == second[0] == 9
        assert first != second
        assert b"wang" not in first
        with pytest.raises(Unreadable, match="data key 9"):
            Seal(keys).open(first, "t.c.1")

    def test_digests_are_keyed_and_kept_apart(self, keys: KeyRing) -> None:
        """Equal words give equal digests only for the same purpose and the same ring."""
        seal, other = Seal(keys), Seal(replace(keys, index=b"o" * 32))
        assert seal.address_key("a@b") == Seal(keys).address_key("a@b")
        assert (
            len({seal.address_key("a@b"), seal.reference("a@b"), other.address_key("a@b"), seal.address_key("a@c")})
            == 4
        )
        assert seal.reference("lone \ud800 surrogate")

    def test_long_text_is_deflated(self, keys: KeyRing) -> None:
        """Sealing makes repetitive mail smaller and short text hardly longer."""
        seal = Seal(keys)
        assert len(seal.seal(b"abc" * 1000, "t.c.1")) < 200
        assert len(seal.seal(b"abc", "t.c.1")) == 3 + 1 + 12 + 16 + 1

    @pytest.mark.parametrize(
        ("data", "most"),
        [
            pytest.param("您好，合同附后，请尽快确认并回复。\r\n".encode() * 2_000, 0.02, id="words"),
            pytest.param(base64.encodebytes(random.Random(3).randbytes(60_000)), 0.78, id="attachment"),
        ],
    )
    def test_what_is_large_is_deflated_by_what_it_holds(self, keys: KeyRing, data: bytes, most: float) -> None:
        """Words by what they repeat, an attachment by its alphabet; both open again."""
        seal = Seal(keys)
        sealed = seal.seal(data, "t.c.1")
        assert len(sealed) < most * len(data)
        assert seal.open(sealed, "t.c.1") == data


class TestTypes:
    @pytest.mark.slow
    @given(instant=st.datetimes(timezones=st.timezones()))
    def test_an_instant_is_kept_to_the_microsecond(self, instant: datetime) -> None:
        """Whatever the zone, the same instant comes back in UTC."""
        assert from_micros(to_micros(instant)) == instant.astimezone(UTC)
        assert from_micros(to_micros(instant)).tzinfo is UTC

    def test_a_naive_instant_is_refused(self) -> None:
        """Nobody knows which instant it means."""
        with pytest.raises(ValueError, match="naive"):
            to_micros(datetime(2026, 1, 1))  # noqa: DTZ001  that is the point

    def test_instants_of_other_zones_are_converted(self) -> None:
        """10:00 in Shanghai is 02:00 UTC."""
        shanghai = datetime(2026, 3, 5, 10, 0, tzinfo=timezone(timedelta(hours=8)))
        assert from_micros(to_micros(shanghai)) == datetime(2026, 3, 5, 2, 0, tzinfo=UTC)

    @given(words=st.text(alphabet=st.characters(), max_size=50) | st.just("a\0\ud83d\ude00\udc00"))
    def test_any_text_can_be_stored(self, words: str) -> None:
        """What is stored can be encoded and holds no NUL; good text is not touched."""
        stored = storable(words)
        stored.encode()
        assert "\0" not in stored
        if "\0" not in words and words == words.encode("utf-8", "replace").decode():
            assert stored == words


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """A value as it was stored before it had all of its fields."""

    choices: dict[str, Any]
    facts: Facts


class TestPlain:
    def test_a_decision_survives_equal(self) -> None:
        """Every part of it, nested as deep as it is."""
        assert from_plain(Decision, to_plain(a_decision())) == a_decision()

    def test_a_field_added_later_takes_its_default(self) -> None:
        """What was stored before a field existed is still read; what is not known any more is left out."""
        stored = to_plain(Older(choices={}, facts=a_decision().facts)) | {"gone": 1}
        assert from_plain(Decision, stored) == Decision(choices={}, facts=a_decision().facts)


class TestFairLock:
    def test_waiters_are_served_in_their_order(self) -> None:
        """First come, first served."""
        lock, served = FairLock(), list[int]()
        assert lock.acquire(1)
        threads = [threading.Thread(target=self._take, args=(lock, served, number)) for number in range(5)]
        for thread in threads:
            thread.start()
            while len(lock._waiting) <= threads.index(thread):
                time.sleep(0.001)
        lock.release()
        for thread in threads:
            thread.join(10)
        assert served == [0, 1, 2, 3, 4]

    @staticmethod
    def _take(lock: FairLock, served: list[int], number: int) -> None:
        assert lock.acquire(10)
        served.append(number)
        lock.release()

    def test_who_waited_too_long_leaves_the_queue(self) -> None:
        """A waiter that gave up is not handed the lock; the next one is."""
        lock, outcome = FairLock(), list[bool]()
        assert lock.acquire(1)
        thread = threading.Thread(target=lambda: outcome.append(lock.acquire(0.01)))
        thread.start()
        thread.join(10)
        lock.release()
        assert outcome == [False]
        assert lock.acquire(0)

    def test_nobody_waits_for_himself(self) -> None:
        """A thread that has the lock is told so at once."""
        lock = FairLock()
        lock.acquire(1)
        with pytest.raises(RuntimeError, match="already writing"):
            lock.acquire(1)
        lock.release()
        assert lock.acquire(0)

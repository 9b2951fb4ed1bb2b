"""The feeder delivers every sample once, at its pace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from huiying.demo.feed import Feeder
from huiying.demo.samples import SampleMail

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


class Box:
    """A mailbox in memory."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, datetime | None]] = []
        self.closed = False

    def append(self, data: bytes, folder: str = "INBOX", when: datetime | None = None) -> int:
        if self.closed:
            raise RuntimeError("closed")
        self.mails.append((data, when))
        return len(self.mails)


def a_sample(file: str, at: float, expect: str = "ticket", root: str = "") -> SampleMail:
    data = b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <a.demo@mail.example.com>\r\n\r\n" + file.encode()
    return SampleMail(
        file=file, at=at, note_zh="", note_en="", expect=expect, language="en", root=root, data=data
    )  # fmt: skip


def ticking() -> Callable[[], datetime]:
    """A clock that is a minute later at each look."""
    minutes = iter(range(1000))
    return lambda: START + timedelta(minutes=next(minutes))


def test_everything_comes_at_once_in_order() -> None:
    """For ``--once`` there are no pauses; the order is that of the times, not of the list."""
    box = Box()
    feeder = Feeder(box, [a_sample("late", 50), a_sample("early", 0)], now=ticking(), run="r1")
    assert feeder.deliver_all() == 2
    assert [data.rpartition(b"\n")[2] for data, _ in box.mails] == [b"early", b"late"]
    assert [when for _, when in box.mails] == [START, START + timedelta(minutes=1)]
    assert b"<a.r1@mail.example.com>" in box.mails[0][0]
    assert feeder.done


def test_a_copy_has_the_date_of_its_original() -> None:
    """Only so is it the same mail once more."""
    box = Box()
    Feeder(box, [a_sample("one", 0), a_sample("two", 1, "copy", "one")], now=ticking(), run="r").deliver_all()
    dates = [data.split(b"\r\n")[0] for data, _ in box.mails]
    assert dates[0] == dates[1] == b"Date: Mon, 02 Mar 2026 01:30:00 +0000"


@pytest.mark.slow
def test_the_pace_can_be_quickened_and_watched() -> None:
    """At a thousandfold speed a minute is over in a moment; each delivery is told."""
    box, told = Box(), list[str]()
    samples = [a_sample(str(n), n) for n in range(0, 60, 10)]
    feeder = Feeder(box, samples, now=ticking(), run="r", speed=1000, on_mail=lambda mail: told.append(mail.file))
    feeder.start()
    assert feeder.wait(5)
    assert told == ["0", "10", "20", "30", "40", "50"]
    assert (feeder.delivered, feeder.total) == (6, 6)


def test_it_stops_in_the_middle_of_a_pause() -> None:
    """Stopping does not wait for the next mail, and nothing comes afterwards."""
    box, first = Box(), threading.Event()
    feeder = Feeder(
        box, [a_sample("now", 0), a_sample("later", 600)], now=ticking(), run="r", on_mail=lambda _: first.set()
    )
    feeder.start()
    assert first.wait(5)
    feeder.stop()
    assert not feeder.done
    assert len(box.mails) == 1


def test_a_mailbox_that_closes_first_ends_it_quietly() -> None:
    """When the demo ends, the feeder just ends with it."""
    box = Box()
    box.closed = True
    feeder = Feeder(box, [a_sample("now", 0)], now=ticking(), run="r")
    feeder.start()
    feeder.wait(5)
    assert feeder.delivered == 0

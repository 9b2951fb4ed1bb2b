"""Waits for a mailbox to announce mail: by IDLE where there is one, else by asking; another thread can end the wait."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable
from typing import Any

from imapclient import IMAPClient

_LONGEST_IDLE = 25 * 60.0
_SAFETY_NOOP = 60.0
_FIRST_IDLE = 2.0
_POLL = 5.0


class Waiter:
    """The waiting half of a connection. IDLE is ended before each return, so commands may follow.

    An IDLE is renewed at least every ``safety`` seconds with a NOOP between (servers and firewalls forget silent
    connections, and RFC 2177 ends an IDLE after 29 minutes); a server without IDLE is asked every ``poll`` seconds.
    """

    def __init__(self, client: IMAPClient, *, safety: float = _SAFETY_NOOP, poll: float = _POLL) -> None:
        self._client = client
        self._safety = min(safety, _LONGEST_IDLE)
        self._poll = poll
        self._bell, self._button = socket.socketpair()
        self._bell.setblocking(False)
        self._button.setblocking(False)
        self.idles = bool(client.has_capability("IDLE"))
        self.last_announced = 0.0

    def wait(self, seconds: float) -> bool:
        """True when the server announced a mail; False after ``seconds`` or an interrupt."""
        deadline = time.monotonic() + seconds
        if told_meanwhile(self._client):
            self.last_announced = time.monotonic()
            return True
        # What came since the last command is told here at once. Told together with the start of an IDLE it would
        # lie in imaplib's buffer unseen until that IDLE ends, which is why the first one is short.
        longest = _FIRST_IDLE
        while not self._asked():
            left = deadline - time.monotonic()
            if self._rung() or left <= 0:
                return False
            if self._idle(min(left, longest)) if self.idles else self._pause(min(left, self._poll)):
                return True
            longest = self._safety
        return True

    def interrupt(self) -> None:
        """Ends the present wait, or the next one if there is none; callable from any thread."""
        try:
            self._button.send(b"!")
        except OSError:
            # Full (it is rung already) or closed: either way there is nothing left to end.
            return

    def close(self) -> None:
        self._bell.close()
        self._button.close()

    def _rung(self) -> bool:
        try:
            return bool(self._bell.recv(4096))
        except OSError:
            return False

    def _idle(self, seconds: float) -> bool:
        """One IDLE of at most ``seconds``; what it told while it was ended counts too."""
        self._client.idle()
        try:
            found = self._listen(time.monotonic() + seconds)
        finally:
            _, late = self._client.idle_done()
        return found or has_news(late)

    def _listen(self, deadline: float) -> bool:
        sock = self._client.socket()
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        poll.register(self._bell, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            ready = {fd for fd, _ in poll.poll(max(0.0, left) * 1000)}
            if sock.fileno() in ready:
                answers = self._client.idle_check(timeout=0)
                self.last_announced = time.monotonic()
                if has_news(answers) or not answers:
                    # Readable without a line: the server hung up, which ending the IDLE will tell.
                    return bool(answers)
            if self._bell.fileno() in ready or left <= 0:
                return False

    def _pause(self, seconds: float) -> bool:
        """Time between two questions to a server that announces nothing."""
        select.select([self._bell], [], [], seconds)
        return False

    def _asked(self) -> bool:
        _, answers = self._client.noop()
        news = has_news(answers)
        if news:
            self.last_announced = time.monotonic()
        return news


def told_meanwhile(client: IMAPClient) -> bool:
    """Whether the answer to any command since the last call carried an announcement; asking forgets it.

    imapclient shows these for NOOP and IDLE only. pymap searches what it had announced before and announces new mail
    with that answer: who does not look here waits for the mail after it.
    """
    # The one place where imaplib is reached through imapclient: it keeps untagged answers and has no other owner.
    found = client._imap.untagged_responses.pop("EXISTS", None)
    return bool(found)


def has_news(answers: Iterable[Any]) -> bool:
    """Whether untagged answers announce mails: flags, expunges and "still here" do not."""
    return any(
        len(answer) > 1 and answer[1] in (b"EXISTS", b"RECENT") for answer in answers if isinstance(answer, tuple)
    )

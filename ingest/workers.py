"""Runs parsing in child processes with limits: what a mail does to its parser, it does to that mail alone."""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from core.domain.errors import Unavailable
from core.domain.mail import ParsedOrNot
from ingest.child import LENGTH, READY
from ingest.limits import ParseOptions
from ingest.parse import parse_mail, part_bytes
from ingest.scan import unparsable
from ingest.wire import from_bytes

_CHUNK = 1 << 20
_AT_ONCE = 64
"""Pieces handed to the system with one call."""
_START_SECONDS = 60.0
_MAILS_A_LIFE = 5_000
_MOST_FAILED_STARTS = 5
_HANDED_ON = ("PATH", "SYSTEMROOT", "TZ", "LD_LIBRARY_PATH")


class InProcessParser:
    """The same parse without a process around it: for flow tests and single commands."""

    def __init__(self, own_addresses: Sequence[str] = ()) -> None:
        self._options = ParseOptions(own_addresses=tuple(own_addresses))

    def parse(self, batch: Sequence[bytes]) -> tuple[ParsedOrNot, ...]:
        return tuple(parse_mail(data, self._options) for data in batch)

    def part(self, data: bytes, path: str) -> bytes | None:
        return part_bytes(data, path)

    def close(self) -> None:
        """Nothing is held."""


class _Died(Exception):
    """A parse worker ended or was ended before it answered."""


class _Child:
    """One parse worker and the bytes between. It is handed all mails of a batch as fast as it takes them: whoever
    waited for each answer before the next mail would spend more on waiting than it on parsing."""

    def __init__(self, command: Sequence[str], settings: bytes) -> None:
        self.mails = 0
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_clean_environment(), close_fds=True
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._in, self._out = self.process.stdin.fileno(), self.process.stdout.fileno()
        for pipe in (self._in, self._out):
            os.set_blocking(pipe, False)
            _widen(pipe)
        self._unsent: deque[memoryview] = deque()
        self._came = bytearray()
        self._settings: bytes | None = settings

    def wait_ready(self) -> None:
        """Sends the settings and waits until the worker has started; once."""
        if self._settings is not None:
            settings, self._settings = self._settings, None
            self.send([settings])
            if self.answer(_START_SECONDS, 64) != READY:
                raise _Died("spoke out of turn")

    def send(self, frames: Sequence[bytes]) -> None:
        """Hands over what the pipe holds; the rest goes while answers are waited for."""
        for data in frames:
            self._unsent += (memoryview(LENGTH.pack(len(data))), memoryview(data))
        self._push()

    def answer(self, seconds: float, most: int) -> bytes:
        """The next frame that comes back, within ``seconds``; raises ``_Died``."""
        deadline = time.monotonic() + seconds
        size = self._sized(LENGTH.size, deadline, seconds)
        wanted = LENGTH.unpack(size)[0]
        if wanted > most:
            raise _Died(f"answered with {wanted} bytes")
        return self._sized(wanted, deadline, seconds)

    def is_fit(self) -> bool:
        """Whether it lives and has said nothing but its answers."""
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        return not self._came and not poll.poll(0)

    def _sized(self, size: int, deadline: float, seconds: float) -> bytes:
        while len(self._came) < size:
            self._exchange(deadline, seconds)
        found = bytes(self._came[:size])
        del self._came[:size]
        return found

    def _exchange(self, deadline: float, seconds: float) -> None:
        """Waits until something can be read, or written of what is left; does it."""
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        if self._unsent:
            poll.register(self._in, select.POLLOUT)
        left = deadline - time.monotonic()
        ready = dict(poll.poll(left * 1000)) if left > 0 else {}
        if not ready:
            raise _Died(f"took longer than {seconds:g} s")
        if self._in in ready:
            self._push()
        if self._out in ready:
            piece = os.read(self._out, _CHUNK)
            if not piece:
                raise _Died(self._how_it_ended())
            self._came += piece

    def _push(self) -> None:
        while self._unsent:
            try:
                written = os.writev(self._in, list(islice(self._unsent, _AT_ONCE)))
            except BlockingIOError:
                return
            except (BrokenPipeError, ConnectionResetError):
                # It is dead, but what it answered before still stands in the other pipe.
                self._unsent.clear()
                return
            while self._unsent and written >= len(self._unsent[0]):
                written -= len(self._unsent.popleft())
            if written:
                self._unsent[0] = self._unsent[0][written:]

    def _how_it_ended(self) -> str:
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            return "closed its pipe"
        return f"died (signal {-code})" if code < 0 else f"died (exit {code})"

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def _widen(pipe: int) -> None:
    """Room for a whole batch in the pipe, where the system gives it: then neither side waits for the other."""
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)


def _clean_environment() -> dict[str, str]:
    """No secret of the parent reaches a process that reads strangers' mail."""
    kept = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    return {**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}


class ParseWorkers:
    """``processes`` parse workers and one spare, warm. Conforms to ``ports.Parser``; safe to share by threads.

    A mail whose worker dies or takes longer than ``wall_seconds`` is tried once more alone in a fresh one, then it
    is ``Unparsable``. ``command`` starts a worker (tests hand in one that crashes).
    """

    def __init__(
        self,
        *,
        processes: int = 1,
        wall_seconds: float = 10.0,
        cpu_seconds: int = 10,
        memory_bytes: int = 1 << 30,
        most_json: int = 64 << 20,
        own_addresses: Sequence[str] = (),
        command: Sequence[str] = (),
    ) -> None:
        self._command = tuple(command) or (sys.executable, "-P", "-m", "ingest.child")
        self._wall, self._most_json = wall_seconds, most_json
        self._settings: dict[str, object] = {
            "cpu_seconds": cpu_seconds,
            "memory_bytes": memory_bytes,
            "most_json": most_json,
            "own_addresses": list(own_addresses),
        }
        self._generation = 0
        self._idle: deque[tuple[int, _Child]] = deque()
        self._change = threading.Condition()
        self._wanted = processes + 1
        self._failed_starts = 0
        self._closed = False
        self._free = threading.BoundedSemaphore(processes)
        # The kernel ties a child's life to the thread that started it, so one thread starts them all.
        self._starter = threading.Thread(target=self._keep_warm, name="parse-starter", daemon=True)
        self._starter.start()

    def parse(self, batch: Sequence[bytes]) -> tuple[ParsedOrNot, ...]:
        """One answer a mail, in order; never raises for a mail."""
        with self._free:
            answers: list[ParsedOrNot] = []
            while len(answers) < len(batch):
                answers += self._answers(batch[len(answers) :])[0]
                if len(answers) < len(batch):
                    answers.append(self._alone(batch[len(answers)]))
            return tuple(answers)

    def part(self, data: bytes, path: str) -> bytes | None:
        """The exact bytes of one attachment, taken out in a process of its own; None when there is no such part, or
        when taking it out was too much."""
        limits = [str(self._settings[name]) for name in ("memory_bytes", "cpu_seconds")]
        command = [sys.executable, "-P", "-m", "ingest.part_child", *limits, path]
        try:
            done = subprocess.run(
                command,
                input=data,
                stdout=subprocess.PIPE,
                env=_clean_environment(),
                timeout=self._wall + 5,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        return done.stdout[1:] if done.returncode == 0 and done.stdout.startswith(b"1") else None

    def use_addresses(self, own_addresses: Sequence[str]) -> None:
        """Workers started from now on know these as our own; idle ones are replaced."""
        with self._change:
            if self._settings["own_addresses"] == list(own_addresses):
                return
            self._settings = {**self._settings, "own_addresses": list(own_addresses)}
            self._generation += 1
            self._wanted += len(self._idle)
            while self._idle:
                self._idle.pop()[1].end()
            self._change.notify_all()

    def close(self) -> None:
        """Ends all workers; parses that are under way answer ``Unparsable``."""
        with self._change:
            self._closed = True
            while self._idle:
                self._idle.pop()[1].end()
            self._change.notify_all()
        self._starter.join(_START_SECONDS)

    def _alone(self, data: bytes) -> ParsedOrNot:
        """The answer to a mail on which a worker has failed, by another."""
        answers, because = self._answers([data])
        return answers[0] if answers else ParsedOrNot(failure=unparsable(data, because))

    def _answers(self, batch: Sequence[bytes]) -> tuple[list[ParsedOrNot], str]:
        """What one worker answers, and the reason when it failed on the mail behind those."""
        generation, child = self._take()
        answers: list[ParsedOrNot] = []
        because = ""
        try:
            child.send(batch)
            # What was answered before a death stays in the list.
            answers.extend(from_bytes(child.answer(self._wall, self._most_json)) for _ in batch)
        except _Died as death:
            because = f"parse worker {death}"
        except (ValueError, KeyError, TypeError):
            because = "parse worker answered nonsense"
        if because:
            self._discard(child)
        else:
            self._give_back(generation, child, len(batch))
        return answers, because

    def _take(self) -> tuple[int, _Child]:
        """A fit, ready worker; waits for one to start, but not for ever when none can."""
        while True:
            with self._change:
                while not self._idle:
                    if self._closed or self._failed_starts >= _MOST_FAILED_STARTS:
                        raise Unavailable("the parse workers cannot be started")
                    self._change.wait()
                generation, child = self._idle.popleft()
                self._change.notify_all()
            if child.is_fit():
                return generation, child
            self._discard(child)

    def _give_back(self, generation: int, child: _Child, mails: int) -> None:
        child.mails += mails
        with self._change:
            if not self._closed and generation == self._generation and child.mails < _MAILS_A_LIFE:
                # To the front: the next mail goes to the worker whose caches are warm.
                self._idle.appendleft((generation, child))
                self._change.notify_all()
                return
        self._discard(child)

    def _discard(self, child: _Child) -> None:
        child.end()
        with self._change:
            self._wanted += 1
            self._change.notify_all()

    def _keep_warm(self) -> None:
        """Keeps as many workers as are wanted; runs in the thread that starts them all."""
        pause = 0.0
        while True:
            with self._change:
                while not self._closed and not self._wanted:
                    self._change.wait()
                if self._closed:
                    return
                self._wanted -= 1
                settings, generation = json.dumps(self._settings).encode(), self._generation
            time.sleep(pause)
            child = _Child(self._command, settings)
            pause = self._welcome(child, generation, pause)

    def _welcome(self, child: _Child, generation: int, pause: float) -> float:
        """Puts a started worker among the idle ones; the pause before the next start (longer after failures)."""
        try:
            child.wait_ready()
        except _Died:
            self._failed_starts += 1
            self._discard(child)
            return min(1.0, pause + 0.05)
        with self._change:
            self._failed_starts = 0
            if self._closed or generation != self._generation:
                child.end()
                self._wanted += 0 if self._closed else 1
            else:
                self._idle.append((generation, child))
            self._change.notify_all()
        return 0.0

"""The service with one deadly part: it dies of a marked mail at one stage. A program that tests start as a process.

``python -m tests.fakes.deadly STAGE HOW --home DIR``: STAGE is parse, suggest, decide, file or compose, HOW is exit
or segv.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from core.domain.mail import ParsedOrNot
from core.domain.suggestion import MessageText, Suggestion
from huiying.app.bootstrap import App, open_app
from huiying.app.cli.console import say
from huiying.app.home import Home
from huiying.app.logs import set_up_logs
from huiying.app.supervisor import Supervisor
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Store
from ingest.child import main as parse_main
from ingest.limits import ParseOptions
from ingest.parse import parse_mail
from ingest.workers import ParseWorkers
from tests.fakes.failing import MARK
from tests.fakes.keyword_suggester import KeywordSuggester

STAGES = ("parse", "suggest", "decide", "file", "compose")


def die(how: str) -> None:
    """Ends this process as something that gives up (exit) or as a bug in a C library does (segv)."""
    if how == "exit":
        os._exit(7)
    os.kill(os.getpid(), signal.SIGSEGV)
    signal.pause()


class DeadlySuggester(KeywordSuggester):
    """Dies of a marked text."""

    def __init__(self, how: str) -> None:
        self._how = how

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        if any(MARK in message.body for message in messages):
            die(self._how)
        return super().suggest(messages)


@dataclass
class Deadly:
    """A part whose method ``name`` dies of anything that names the mark; all else is the real part's."""

    part: Any
    name: str
    how: str

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.part, name)
        if name != self.name:
            return real

        def call(*args: Any, **kwargs: Any) -> Any:
            if any(MARK in repr(value) for value in (*args, *kwargs.values())):
                die(self.how)
            return real(*args, **kwargs)

        return call


@dataclass
class DeadlyTransaction:
    """Dies within the filing transaction, before anything of it is committed; a stub's filing is harmless."""

    tx: Any
    how: str

    def __getattr__(self, name: str) -> Any:
        if name != "tickets":
            return getattr(self.tx, name)
        return DeadlyFiling(self.tx.tickets, self.how)


@dataclass
class DeadlyFiling:
    tickets: Any
    how: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tickets, name)

    def file(self, filings: Sequence[Any], at: Any) -> None:
        self.tickets.file(filings, at)
        if any(f.message and MARK in f.message.text and not f.because for f in filings):
            die(self.how)


@dataclass
class DeadlyStore:
    store: Any
    how: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    @contextmanager
    def write(self) -> Iterator[Any]:
        with self.store.write() as tx:
            yield DeadlyTransaction(tx, self.how)


def swapped(ctx: Context, stage: str, how: str) -> Context:
    """The context with the deadly part in its place."""

    def desk(real: Desk) -> Desk:
        if stage == "decide":
            return replace(real, book=cast(Any, Deadly(real.book, "second_pass", how)))
        return replace(real, letters=cast(Any, Deadly(real.letters, "compose", how))) if stage == "compose" else real

    suggester = DeadlySuggester(how) if stage == "suggest" else KeywordSuggester()
    store = cast(Store, DeadlyStore(ctx.store, how)) if stage == "file" else ctx.store
    active, older = ctx.desk, ctx.desk_of
    return replace(
        ctx, suggester=lambda: suggester, store=store, desk=lambda: desk(active()), desk_of=lambda b: desk(older(b))
    )


def opened(home: Path, stage: str, how: str) -> App:
    """The whole app, as bootstrap builds it, with one deadly part."""
    app = open_app(Home(home), os.environ, works=True)
    ctx = swapped(app.context, stage, how)
    if stage == "parse":
        app.parser.close()
        parser = ParseWorkers(command=(sys.executable, "-m", "tests.fakes.deadly", "child", how))
        app, ctx = replace(app, parser=parser), replace(ctx, parser=parser)
    return replace(app, context=ctx)


def deadly_parse(data: bytes, options: ParseOptions, how: str) -> ParsedOrNot:
    if MARK.encode() in data:
        die(how)
    return parse_mail(data, options)


def main(argv: Sequence[str]) -> int:
    stage, how = argv[0], argv[1]
    if stage == "child":
        parse_main(lambda data, options: deadly_parse(data, options, how))
        return 0
    set_up_logs()
    app = opened(Path(argv[argv.index("--home") + 1]), stage, how)
    supervisor = Supervisor(app)
    supervisor.start()
    supervisor.spawn("ready", lambda: say("huiying: ready") if supervisor.ready(30) else None)
    code = supervisor.run()
    app.close()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

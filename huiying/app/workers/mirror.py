"""Mirrors the configuration folder into the database: a settled change is checked as a whole and published."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.domain.bundle import BundleFiles, Problem
from core.domain.errors import BadConfiguration, Conflict, Unavailable
from core.settings.folder import scan_folder, write_folder
from huiying.app.desks import Desks
from huiying.flows.compile import MAILBOXES
from huiying.flows.context import Context
from huiying.flows.publish import publish
from huiying.flows.retry import retried

LOOK_S = 0.25
SETTLED_S = 0.3
LEASE_S = 15.0
AUTHOR = "config-folder"

_log = logging.getLogger("huiying.config")


class Mirror:
    """Watches one folder. ``problems`` are those of the last look; a broken edit never stops mail.

    ``mark`` is a file that holds the bundle which the folder last was: one that has not changed since is behind what
    was published elsewhere, and nobody's edit."""

    def __init__(
        self, ctx: Context, desks: Desks, folder: Path, on_change: Callable[[], None], mark: Path | None = None
    ) -> None:
        self._ctx = ctx
        self._desks = desks
        self._folder = folder
        self._on_change = on_change
        self._mark = mark
        self._seen: object = None
        self._bundle = ""
        self._pending = False
        self.problems: tuple[Problem, ...] = ()

    def start(self, *, publishes: bool = True) -> None:
        """The first look, before any mail: with bad files the last good bundle serves, if there ever was one. A
        process that does not mirror the folder publishes it only when nothing was ever published."""
        behind = publishes and self._is_behind()
        self._seen = self._stamp()
        if (publishes and not behind) or self._desks.refresh() is None:
            self._publish()
        if self._desks.refresh() is None:
            raise BadConfiguration(problems=self.problems)
        self._bundle = self._desks.active().bundle

    def run(self, stop: threading.Event) -> None:
        """The thread's whole life."""
        while not stop.wait(LOOK_S):
            try:
                self._pending = self._changed_and_settled(stop) or self._pending
                if self._pending and self._leased():
                    self._publish()
                    self._pending = False
                self._follow()
            except (Unavailable, Conflict) as error:
                _log.warning("The configuration waits: %s", error.message)

    def follow(self, stop: threading.Event) -> None:
        """The same for a process that leaves the folder to others."""
        while not stop.wait(LOOK_S):
            try:
                self._follow()
            except (Unavailable, Conflict) as error:
                _log.warning("The configuration waits: %s", error.message)

    def _changed_and_settled(self, stop: threading.Event) -> bool:
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        while not stop.wait(SETTLED_S):
            now = self._stamp()
            if now == stamp:
                self._seen = now
                return True
            stamp = now
        return False

    def _publish(self) -> None:
        files, problems = scan_folder(self._folder)
        problems = (*problems, *self._lost(files))
        try:
            if problems:
                raise BadConfiguration(problems=problems)
            record, desk = retried(partial(publish, self._ctx, files, author=AUTHOR, reason="files changed"))
        except BadConfiguration as error:
            self.problems = error.problems
            for problem in error.problems:
                place = f"{problem.file}:{problem.line}:{problem.column}"
                _log.error("%s: %s (%s) %s", place, problem.zh, problem.en, problem.hint_zh)
            _log.error("The configuration has %d problem(s); the last good one stays in force.", len(error.problems))
            return
        self.problems = ()
        self._note(record.id)
        self._desks.remember(desk)
        _log.info("Configuration %s is in force.", record.id)

    def _lost(self, files: BundleFiles) -> tuple[Problem, ...]:
        """A file that is gone, perhaps for as long as an editor or a copy takes, is no word that mail is to stop."""
        if MAILBOXES in files.files or self._desks.refresh() is None or not self._desks.active().mailboxes:
            return ()
        zh, en = "缺少这个文件，现有的邮箱继续收信", "the file is missing; the mailboxes of before go on"
        hint_zh, hint_en = "不再收信就写 []", "write [] where no mail is to be taken any more"
        return (Problem(file=MAILBOXES, line=1, column=1, zh=zh, en=en, hint_zh=hint_zh, hint_en=hint_en),)

    def _is_behind(self) -> bool:
        """Whether the folder still lacks what was published while it could not follow; publishing it as it is would
        take that back. It is caught up where that is possible."""
        files, problems = scan_folder(self._folder)
        with self._ctx.store.read() as tx:
            active = tx.bundles.active()
            published = tx.bundles.files(active.id) if active else None
        if problems or active is None or published is None or files.id == active.id or files.id != self._marked():
            return False
        try:
            write_folder(self._folder, published)
        except OSError as error:
            _log.error("The configuration folder cannot follow bundle %s: %s", active.id, error.strerror)
            return True
        _log.info("The configuration folder follows bundle %s.", active.id)
        return False

    def _marked(self) -> str:
        return self._mark.read_text().strip() if self._mark is not None and self._mark.exists() else ""

    def _note(self, bundle: str) -> None:
        if self._mark is None or self._marked() == bundle:
            return
        try:
            self._mark.write_text(f"{bundle}\n")
        except OSError as error:
            _log.warning("What the configuration folder holds cannot be noted: %s", error.strerror)

    def _follow(self) -> None:
        """Takes up what this or another process published."""
        desk = self._desks.refresh()
        if desk is not None and desk.bundle != self._bundle:
            self._bundle = desk.bundle
            self._on_change()

    def _leased(self) -> bool:
        with self._ctx.store.write() as tx:
            return tx.workers.lease("config-mirror", self._ctx.worker, LEASE_S)

    def _stamp(self) -> object:
        found = []
        for path in sorted(self._folder.rglob("*")):
            try:
                stat = path.stat()
            except OSError:
                continue
            found.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return tuple(found)

"""What a process does when it was thought dead, and how configuration reaches each kind of process."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from core.domain.bundle import BundleFiles
from core.domain.errors import StoreUnavailable
from core.domain.keys import KeyRing
from core.settings.folder import scan_folder, write_folder
from huiying.app.bootstrap import App
from huiying.app.desks import Desks
from huiying.app.model import ServingModel
from huiying.app.supervisor import Supervisor
from huiying.app.wake import Bells
from huiying.app.workers import heartbeat as beating
from huiying.app.workers import mirror as mirroring
from huiying.app.workers.heartbeat import Buried, heartbeat, kept_alive
from huiying.app.workers.mirror import Mirror
from huiying.flows.context import Context
from huiying.flows.publish import publish
from store.open import SqlStore
from store.workers import SqlWorkers
from tests.factories.pipeline import shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock

LOOK_S, SETTLED_S = mirroring.LOOK_S, mirroring.SETTLED_S

BOX = """- name: a
  address: a@example.com
  user: a
  password_env: P
  imap: {host: imap.example.com}
  smtp: {host: smtp.example.com}
"""


@pytest.fixture
def ctx(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Context:
    return worker_context(sqlite_store, keys, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path, shipped_files())
    return tmp_path


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beating, "BEAT_S", 0.01)
    monkeypatch.setattr(mirroring, "LOOK_S", 0.01)
    monkeypatch.setattr(mirroring, "SETTLED_S", 0.02)


def edited(extra: str = "# a note\n") -> BundleFiles:
    files = shipped_files().files
    return BundleFiles(files={**files, "mailboxes.yaml": files["mailboxes.yaml"] + extra})


def running(work: Callable[[threading.Event], None], until: Callable[[], bool]) -> bool:
    """Runs ``work`` in a thread until the condition holds or three seconds have passed; whether it held."""
    stop, pause = threading.Event(), threading.Event()
    thread = threading.Thread(target=work, args=(stop,), daemon=True)
    thread.start()
    held = any(until() or pause.wait(0.02) for _ in range(150))
    stop.set()
    thread.join(5)
    return held


def test_a_buried_worker_ends(ctx: Context, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """A process that another found silent must not go on: nobody would ever free what it claims."""
    heir = worker_context(sqlite_store, keys, clock, pid=2)
    with heir.store.write() as tx:
        tx.workers.bury(ctx.worker)
    with pytest.raises(Buried):
        heartbeat(ctx, threading.Event())


def test_a_command_that_works_long_beats(ctx: Context, sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody finds it silent; if somebody did nevertheless, it ends at the next question."""
    beats: list[int] = []
    alive = SqlWorkers.beat

    def beat(self: SqlWorkers, worker_id: int) -> bool:
        beats.append(worker_id)
        return alive(self, worker_id)

    monkeypatch.setattr(SqlWorkers, "beat", beat)

    def waited(until: Callable[[], bool]) -> bool:
        pause = threading.Event()
        return any(until() or pause.wait(0.02) for _ in range(150))

    with kept_alive(ctx) as check:
        assert waited(lambda: len(beats) > 2)
        check()
        with sqlite_store.write() as tx:
            tx.workers.bury(ctx.worker)

        def buried() -> bool:
            try:
                check()
            except Buried:
                return True
            return False

        assert waited(buried)
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


def test_an_edit_during_an_outage_is_published_afterwards(ctx: Context, folder: Path) -> None:
    """The database was away when the folder changed: the edit is not forgotten."""

    class Flaky:
        """Refuses the first three writes."""

        left = 3

        def write(self):
            if self.left:
                self.left -= 1
                raise StoreUnavailable
            return ctx.store.write()

        def read(self):
            return ctx.store.read()

        @property
        def changes(self):
            return ctx.store.changes

    publish(ctx, shipped_files(), author="test", reason="")
    desks = Desks(ctx.store)
    mirror = Mirror(replace(ctx, store=Flaky()), desks, folder, lambda: None)
    mirror.start()
    write_folder(folder, edited())
    assert running(mirror.run, lambda: desks.active().bundle == edited().id)


def test_a_changed_file_is_live_within_two_seconds_or_refused(
    ctx: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the product's own pace; a broken file changes nothing, and its problems have their places."""
    monkeypatch.setattr(mirroring, "LOOK_S", LOOK_S)
    monkeypatch.setattr(mirroring, "SETTLED_S", SETTLED_S)
    desks = Desks(ctx.store)
    mirror = Mirror(ctx, desks, folder, lambda: None)
    mirror.start()
    began = time.monotonic()
    write_folder(folder, edited())
    assert running(mirror.run, lambda: desks.active().bundle == edited().id)
    assert time.monotonic() - began < 2
    write_folder(folder, edited("nonsense: x\n"))
    assert running(mirror.run, lambda: bool(mirror.problems))
    assert desks.active().bundle == edited().id
    assert mirror.problems[0].file == "mailboxes.yaml" and mirror.problems[0].line > 1


def test_a_process_that_only_works_follows_and_never_publishes(ctx: Context, folder: Path) -> None:
    """Its own folder, which may be old, changes nothing; what others publish reaches it."""
    publish(ctx, edited(), author="test", reason="")
    desks = Desks(ctx.store)
    mirror = Mirror(ctx, desks, folder, lambda: None)
    mirror.start(publishes=False)
    assert desks.active().bundle == edited().id
    newer = edited("# another\n")
    publish(ctx, newer, author="test", reason="")
    assert running(mirror.follow, lambda: desks.active().bundle == newer.id)


def test_a_folder_that_could_not_follow_takes_nothing_back(ctx: Context, folder: Path, tmp_path: Path) -> None:
    """What a page published while the folder could not be written is written there at the next start, once more an
    edit of the folder is an edit."""
    mark = tmp_path.parent / f"{tmp_path.name}-mark"
    Mirror(ctx, Desks(ctx.store), folder, lambda: None, mark).start()
    publish(ctx, edited(), author="li", reason="")
    desks = Desks(ctx.store)
    Mirror(ctx, desks, folder, lambda: None, mark).start()
    assert desks.active().bundle == edited().id
    assert scan_folder(folder)[0].id == edited().id
    newer = edited("# an edit while nothing ran\n")
    write_folder(folder, newer)
    Mirror(ctx, desks, folder, lambda: None, mark).start()
    assert desks.active().bundle == newer.id


def test_a_folder_that_still_cannot_follow_is_not_published(
    ctx: Context, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The active bundle is the truth, whatever the disk says."""
    mark = tmp_path.parent / f"{tmp_path.name}-mark"
    Mirror(ctx, Desks(ctx.store), folder, lambda: None, mark).start()
    publish(ctx, edited(), author="li", reason="")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(mirroring, "write_folder", refuse)
    desks = Desks(ctx.store)
    Mirror(ctx, desks, folder, lambda: None, mark).start()
    assert desks.active().bundle == edited().id


def test_a_process_without_triage_follows_the_model_too(
    ctx: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A console files what it takes in by its interface: with the model that serves now."""
    publish(ctx, shipped_files(), author="test", reason="")
    begun: list[str] = []
    bells = Bells()
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    monkeypatch.setattr(Supervisor, "_begin", lambda self, name, work: begun.append(name))
    app = SimpleNamespace(
        context=replace(ctx, wake=bells),
        desks=Desks(ctx.store),
        home=SimpleNamespace(config=folder, folder_mark=folder.parent / f"{folder.name}-mark"),
        store=ctx.store,
        bells=bells,
        parser=ctx.parser,
        model=ServingModel(ctx.store),
    )
    Supervisor(cast(App, app), stages=("config",)).start()
    assert "models" in begun and "triage" not in begun


def test_a_lost_file_of_mailboxes_stops_no_mail(ctx: Context, folder: Path) -> None:
    """Whoever wants no mail any more writes that there is none."""
    (folder / "mailboxes.yaml").write_text(BOX, encoding="utf-8")
    desks = Desks(ctx.store)
    mirror = Mirror(ctx, desks, folder, lambda: None)
    mirror.start()
    assert [box.name for box in desks.active().mailboxes] == ["a"]
    (folder / "mailboxes.yaml").unlink()
    later = Mirror(ctx, desks, folder, lambda: None)
    later.start()
    assert [one.file for one in later.problems] == ["mailboxes.yaml"]
    assert [box.name for box in desks.active().mailboxes] == ["a"]
    (folder / "mailboxes.yaml").write_text("[]\n", encoding="utf-8")
    later.start()
    assert later.problems == () and desks.active().mailboxes == ()

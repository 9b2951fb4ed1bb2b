"""Backs the database up into one private file and restores it; the key ring is never part of it."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.engine import URL

from core.domain.errors import BadInput, StoreUnavailable
from store import portable
from store.engine import open_engines, parsed, sqlite_path
from store.migrate import migrate, migrating_engine, schema_version
from store.search import BELOW, EVERYTHING
from store.tables import meta
from store.trouble import MIGRATE, translated
from store.version import CODE_VERSION, KEY_RING, UNFINISHED, behind

_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was written or restored. Without the key ring of that fingerprint nobody can read the mails in it."""

    file: Path
    size: int
    schema: int
    key_ring: str

    def notice(self, language: str = "zh-CN") -> str:
        """What whoever made the backup must know."""
        if language.startswith("en"):
            return (
                "The key ring is not in this backup: keep it elsewhere; without it mails and addresses cannot be read."
            )
        return "备份中不含钥匙环，请另行妥善保存；没有它，邮件原文和邮箱地址都无法解读。"


def backup(url: str, file: Path) -> Backup:
    """Writes a consistent copy while the service runs: a database file for SQLite, a portable dump for PostgreSQL."""
    if file.exists():
        raise BadInput(f"{file} 已存在，备份不会覆盖 (exists already; a backup does not overwrite)")
    schema = schema_version(url)
    if schema == 0:
        raise StoreUnavailable("没有可备份的数据库 (there is no database to back up)", hint=MIGRATE)
    where, part = parsed(url), file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _write(where, part, schema)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return _told(where, file)


def restore(file: Path, url: str, *, unfinished: bool = False) -> Backup:
    """Fills an empty database from a backup of either kind and brings it to the newest schema. ``unfinished``: nobody
    opens it before ``finish``."""
    try:
        with file.open("rb") as opened:
            head = opened.read(len(_SQLITE))
    except OSError as error:
        raise BadInput(f"读不到备份 {file} (the backup cannot be read): {error.strerror}") from None
    where = parsed(url)
    if schema_version(url):
        _make_room(where, file, head)
    if head == _SQLITE:
        _restore_sqlite(file, where, url)
    elif portable.is_portable(head):
        migrate(url, to=portable.schema_of(file))
        _load(file, where)
    else:
        raise BadInput(f"{file} 不是回应的备份 (not a backup of Huiying)")
    migrate(url)
    if head != _SQLITE or sqlite_path(where) is None:
        _index_anew(where)
    if unfinished:
        _note(where, UNFINISHED, "1")
    return _told(where, file)


def finish(url: str) -> None:
    """What was restored unfinished may be opened."""
    _note(parsed(url), UNFINISHED, "")


def _write(where: URL, part: Path, schema: int) -> None:
    path = sqlite_path(where)
    if path is not None:
        _copy(path, part)
        return
    if schema != CODE_VERSION:
        raise behind(schema)
    engines = open_engines(where)
    try:
        with translated(), engines.reader.connect() as connection:
            portable.dump(connection, part, schema)
    finally:
        engines.close()


def _copy(source: Path, target: Path) -> None:
    with translated(), closing(sqlite3.connect(source, timeout=60)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        # The copy is one file: no write-ahead log beside it.
        new.execute("PRAGMA journal_mode=DELETE")


def _require_ours(file: Path) -> None:
    """Reads the schema's version without touching the file."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro&immutable=1", uri=True)) as opened:
            version = int(opened.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()[0])
    except (sqlite3.Error, TypeError, ValueError):
        raise BadInput(f"{file} 不是回应的备份，或已损坏 (not a backup of Huiying, or damaged)") from None
    if version > CODE_VERSION:
        raise BadInput(
            f"备份的结构是 {version}，本程序只到 {CODE_VERSION}"
            f" (the backup has schema {version}, this program knows only {CODE_VERSION})"
        )


def _restore_sqlite(file: Path, where: URL, url: str) -> None:
    _require_ours(file)
    path = sqlite_path(where)
    if path is not None:
        migrate(url)
        _copy(file, path)
        return
    with tempfile.TemporaryDirectory() as directory:
        copied = Path(directory) / "copy.db"
        _copy(file, copied)
        migrate(f"sqlite:///{copied}")
        dumped = Path(directory) / "copy.jsonl.gz"
        _write_portable(copied, dumped)
        migrate(url)
        _load(dumped, where)


def _write_portable(source: Path, target: Path) -> None:
    engines = open_engines(parsed(f"sqlite:///{source}"))
    try:
        with engines.reader.connect() as connection:
            portable.dump(connection, target, CODE_VERSION)
    finally:
        engines.close()


def _load(file: Path, where: URL) -> None:
    engine = migrating_engine(where)
    try:
        with translated(), engine.begin() as connection:
            portable.load(connection, file)
    finally:
        engine.dispose()


def _index_anew(where: URL) -> None:
    """A dump has no index of words: upkeep makes it."""
    _note(where, BELOW, str(EVERYTHING))


def _note(where: URL, key: str, value: str) -> None:
    """An empty value takes it away."""
    engine = migrating_engine(where)
    try:
        with translated(), engine.begin() as connection:
            connection.execute(meta.delete().where(meta.c.key == key))
            if value:
                connection.execute(meta.insert().values(key=key, value=value))
    finally:
        engine.dispose()


def _make_room(where: URL, file: Path, head: bytes) -> None:
    """What ``init`` made gives way. Raises ``BadInput`` for a database in which something happened."""
    path = sqlite_path(where)
    engine = migrating_engine(where)
    try:
        with translated(), engine.connect() as connection:
            untouched = portable.is_untouched(connection)
            if not portable.is_empty(connection) or not (untouched or path):
                raise BadInput(
                    "数据库不是空的，备份只恢复到空数据库"
                    " (the database is not empty; a backup is restored into an empty one)",
                    hint="huiying init DIR",
                )
    finally:
        engine.dispose()
    if path and not untouched and portable.is_portable(head):
        portable.schema_of(file)  # what is no backup takes nothing away
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)


def _told(where: URL, file: Path) -> Backup:
    engine = migrating_engine(where)
    try:
        with translated(), engine.connect() as connection:
            known = {row.key: row.value for row in connection.execute(select(meta))}
    finally:
        engine.dispose()
    return Backup(file=file, size=file.stat().st_size, schema=int(known["version"]), key_ring=known.get(KEY_RING, ""))

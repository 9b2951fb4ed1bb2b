"""Which versions of the schema this code can work with, and what the database says of its own."""

from __future__ import annotations

from sqlalchemy import select

from core.domain.errors import StoreUnavailable
from store.tables import meta
from store.trouble import MIGRATE
from store.unit import Unit

CODE_VERSION = 34
"""The schema that this code was written for: the serial of the newest migration."""
VERSION, MIN_CODE, KEY_RING, NEWEST_KEY = "version", "min_code", "key_ring", "newest_key"
UNFINISHED = "restore_unfinished"
"""A restored backup in which those who were erased since may be still."""


def facts(unit: Unit) -> dict[str, str]:
    """The ``meta`` table: ``version`` of the schema, ``min_code`` that can use it, the key ring's fingerprint,
    and the newest data key that it was told of."""
    return {row.key: row.value for row in unit.rows(select(meta))}


def behind(version: int) -> StoreUnavailable:
    """What is said of an older schema."""
    return StoreUnavailable(
        f"数据库结构是 {version}，本程序需要 {CODE_VERSION}"
        f" (the database has schema {version}, this program needs {CODE_VERSION})",
        hint=MIGRATE,
    )


def require_version(known: dict[str, str]) -> None:
    """Raises ``StoreUnavailable`` unless this code and the database's schema fit together."""
    version, min_code = int(known.get(VERSION, 0)), int(known.get(MIN_CODE, 0))
    if version < CODE_VERSION:
        raise behind(version)
    if min_code > CODE_VERSION:
        raise StoreUnavailable(
            f"数据库结构是 {version}，本程序太旧 (the database has schema {version}: this program is too old for it)",
            hint="换用升级后的程序 (use the program that upgraded it)",
        )

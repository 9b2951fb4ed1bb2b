"""Bundles: each file's content stored once, publications with their serial, and the one that is active."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Row, func, select

from core.domain.bundle import BundleFiles, BundleRecord
from core.domain.errors import Conflict
from store.tables import active_bundle, bundle_content, bundle_file, publication
from store.unit import Unit

_ONLY = 1
"""The id of the one row that points to the active publication; the first migration writes it."""


def record_value(row: Row[Any]) -> BundleRecord:
    return BundleRecord(
        serial=row.serial,
        id=row.bundle_id,
        parent=row.parent,
        author=row.author,
        reason=row.reason,
        at=row.at,
        check=row.check,
        active=row.active_serial == row.serial,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class SqlBundles:
    """Conforms to ``huiying.flows.ports.Bundles``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def active(self) -> BundleRecord | None:
        row = self._unit.row(
            select(publication, active_bundle.c.serial.label("active_serial")).join(
                active_bundle, active_bundle.c.serial == publication.c.serial
            )
        )
        return None if row is None else record_value(row)

    def files(self, bundle_id: str) -> BundleFiles | None:
        joined = bundle_file.join(bundle_content, bundle_content.c.sha256 == bundle_file.c.sha256)
        members = select(bundle_file.c.path, bundle_content.c.text).select_from(joined)
        rows = self._unit.rows(members.where(bundle_file.c.bundle_id == bundle_id).order_by(bundle_file.c.path))
        if rows:
            return BundleFiles(files={row.path: row.text for row in rows})
        known = select(publication.c.serial).where(publication.c.bundle_id == bundle_id).limit(1)
        return None if self._unit.row(known) is None else BundleFiles(files={})

    def publish(self, files: BundleFiles, record: BundleRecord, expected_active: str) -> BundleRecord:
        id_ = files.id
        latest = select(func.coalesce(func.max(publication.c.serial), 0) + 1).scalar_subquery()
        pointer = active_bundle.update().where(
            active_bundle.c.id == _ONLY, active_bundle.c.bundle_id == expected_active
        )
        moved = pointer.values(bundle_id=id_, serial=latest).returning(active_bundle.c.serial)
        rows = self._unit.changed(moved)
        if not rows:
            raise Conflict("Another bundle was published meanwhile.")
        serial = rows[0].serial
        self._store(files)
        row = {
            "serial": serial,
            "bundle_id": id_,
            "parent": expected_active,
            "author": record.author,
            "reason": record.reason,
            "at": record.at,
            "check": record.check,
        }
        self._unit.add(publication, [row])
        return BundleRecord(
            serial=serial,
            id=id_,
            parent=expected_active,
            author=record.author,
            reason=record.reason,
            at=record.at,
            check=record.check,
            active=True,
        )

    def _store(self, files: BundleFiles) -> None:
        hashed = {path: _sha256(text) for path, text in sorted(files.files.items())}
        contents = {hashed[path]: text for path, text in files.files.items()}
        rows = [{"sha256": sha256, "text": contents[sha256]} for sha256 in sorted(contents)]
        self._unit.add_new(bundle_content, rows, "sha256")
        members = [{"bundle_id": files.id, "path": path, "sha256": sha256} for path, sha256 in hashed.items()]
        self._unit.add_new(bundle_file, members, "bundle_id", "path")

    def history(self, limit: int) -> tuple[BundleRecord, ...]:
        active = select(active_bundle.c.serial).scalar_subquery().label("active_serial")
        newest = select(publication, active).order_by(publication.c.serial.desc()).limit(limit)
        return tuple(record_value(row) for row in self._unit.rows(newest))

"""Checks a whole configuration and makes it the active bundle; a broken one changes nothing (DESIGN 5)."""

from __future__ import annotations

from core.domain.bundle import BundleFiles, BundleRecord
from core.domain.errors import BadConfiguration, NotFound
from core.domain.filing import AuditEntry
from huiying.flows.compile import compile_desk
from huiying.flows.context import Context
from huiying.flows.desk import Desk


def publish(ctx: Context, files: BundleFiles, *, author: str, reason: str) -> tuple[BundleRecord, Desk]:
    """Raises ``BadConfiguration`` with every problem, or ``Conflict`` when another bundle became active meanwhile.
    Files that are active already give the active record back."""
    with ctx.store.read() as tx:
        active = tx.bundles.active()
    desk, problems = compile_desk(files)
    if desk is None or problems:
        raise BadConfiguration(problems=problems)
    if active and active.id == files.id:
        return active, desk
    record = BundleRecord(
        serial=0, id=files.id, parent=active.id if active else "", author=author, reason=reason, at=ctx.now()
    )
    with ctx.store.write() as tx:
        stored = tx.bundles.publish(files, record, active.id if active else "")
        tx.audit.add((_entry(ctx, stored, author, "bundle.publish"),))
    ctx.wake.ring("config")
    return stored, desk


def rollback(ctx: Context, bundle_id: str, *, author: str, reason: str) -> BundleRecord:
    """Makes an older bundle active again, as one more publication. The id may be shortened if it stays unique."""
    with ctx.store.read() as tx:
        history = tx.bundles.history(200)
        matching = sorted({record.id for record in history if record.id.startswith(bundle_id)})
        if len(matching) != 1:
            raise NotFound(f"no single bundle {bundle_id} in the history")
        files = tx.bundles.files(matching[0])
    if files is None:
        raise NotFound(f"the files of bundle {bundle_id} are gone")
    record, _ = publish(ctx, files, author=author, reason=reason)
    return record


def _entry(ctx: Context, record: BundleRecord, author: str, action: str) -> AuditEntry:
    return AuditEntry(
        id=ctx.ids(),
        at=record.at,
        actor=author,
        action=action,
        subject=f"bundle:{record.id}",
        details=(("serial", str(record.serial)), ("parent", record.parent)),
    )

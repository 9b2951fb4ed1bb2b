"""Checks a whole configuration and makes it the active bundle; a broken one changes nothing (DESIGN 5)."""

from __future__ import annotations

from core.domain.bundle import BundleFiles, BundleRecord
from core.domain.decision import Occasion
from core.domain.errors import BadConfiguration, Conflict, NotFound
from core.domain.filing import AuditEntry
from huiying.flows.compile import compile_desk
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.difference import RULE_PLACES, with_places_of
from huiying.flows.rule_timers import plan_standing

HISTORY = 200
"""Publications that are looked back upon."""


def publish(
    ctx: Context, files: BundleFiles, *, author: str, reason: str, check: str = "ok", base: str = ""
) -> tuple[BundleRecord, Desk]:
    """Raises ``BadConfiguration`` with every problem, or ``Conflict`` when another bundle became active meanwhile, also
    since ``base``, the bundle that an edit began from. Files that are active already give the active record back.
    ``check`` is what was found out about them before."""
    with ctx.store.read() as tx:
        active = tx.bundles.active()
    if base and active and active.id not in (base, files.id):
        raise Conflict(f"Bundle {active.id} was published since {base}.", hint="huiying config diff")
    desk, problems = compile_desk(files)
    if desk is None or problems:
        raise BadConfiguration(problems=problems)
    if active and active.id == files.id:
        return active, desk
    before = _desk_before(ctx, active, desk)
    record = BundleRecord(
        serial=0,
        id=files.id,
        parent=active.id if active else "",
        author=author,
        reason=reason,
        at=ctx.now(),
        check=check,
    )
    with ctx.store.write() as tx:
        stored = tx.bundles.publish(files, record, active.id if active else "")
        if before is not None:
            plan_standing(ctx, tx, before, desk)
        tx.audit.add((_entry(ctx, stored, author, "bundle.publish"),))
    ctx.wake.ring("config")
    return stored, desk


def _desk_before(ctx: Context, active: BundleRecord | None, desk: Desk) -> Desk | None:
    """What was live until now, where the new desk has rules that look back at tickets."""
    if active is None or not desk.book.asks(Occasion.AFTER):
        return None
    try:
        return ctx.desk_of(active.id)
    except (BadConfiguration, NotFound):
        return None  # an older version accepted it and this one does not: nobody can say which rules are new


def rollback(ctx: Context, bundle_id: str, *, author: str, reason: str) -> BundleRecord:
    """Makes an older bundle active again, as one more publication. The id may be shortened if it stays unique."""
    record, _ = publish(ctx, find_bundle(ctx, bundle_id), author=author, reason=reason)
    return record


def rollback_rules(ctx: Context, bundle_id: str, *, author: str, reason: str) -> tuple[BundleRecord, Desk]:
    """Takes the rules and word lists of an older bundle; see ``rollback_places``."""
    return rollback_places(ctx, RULE_PLACES, bundle_id, author=author, reason=reason)


def rollback_places(
    ctx: Context, places: tuple[str, ...], bundle_id: str, *, author: str, reason: str
) -> tuple[BundleRecord, Desk]:
    """Takes what an older bundle has in some places, everything else as it is; without an id what was in force before
    the present. Raises ``NotFound`` without any, ``Conflict`` when somebody published meanwhile."""
    with ctx.store.read() as tx:
        active = tx.bundles.active()
        now = tx.bundles.files(active.id) if active else None
        if active is None or now is None:
            raise NotFound("还没有发布过 (nothing was published yet)")
        older = (tx.bundles.files(one.id) for one in tx.bundles.history(HISTORY))
        before = next((files for files in older if files and with_places_of(now, files, places).id != now.id), None)
    source = find_bundle(ctx, bundle_id) if bundle_id else before
    if source is None:
        raise NotFound(f"no earlier {' '.join(places)} in the history")
    return publish(ctx, with_places_of(now, source, places), author=author, reason=reason, base=active.id)


def find_bundle(ctx: Context, bundle_id: str) -> BundleFiles:
    """The files of a bundle of the history; the id may be shortened if it stays unique. Raises ``NotFound``."""
    with ctx.store.read() as tx:
        matching = sorted({one.id for one in tx.bundles.history(HISTORY) if one.id.startswith(bundle_id)})
        files = tx.bundles.files(matching[0]) if len(matching) == 1 else None
    if files is None:
        raise NotFound(f"发布历史里没有唯一的 {bundle_id} (no single bundle {bundle_id} in the history)")
    return files


def _entry(ctx: Context, record: BundleRecord, author: str, action: str) -> AuditEntry:
    return AuditEntry(
        id=ctx.ids(),
        at=record.at,
        actor=author,
        action=action,
        subject=f"bundle:{record.id}",
        details=(("serial", str(record.serial)), ("parent", record.parent)),
    )

"""Fits the desk's own model anew when enough agents have spoken; the gate decides whether it serves (DESIGN 3.12)."""

from __future__ import annotations

from dataclasses import replace

from classifier.lesson import Fit, Lesson, is_due
from core.domain.errors import BadInput, NotFound
from core.domain.filing import AuditEntry
from core.domain.model import ModelRecord
from core.domain.taxonomy import TARGETS
from huiying.flows.context import Context
from huiying.flows.labels import examples, labels
from huiying.flows.models import SHIPPED
from huiying.flows.ports import Transaction
from huiying.flows.precedents import remember_labels

LEASE = "learn"
LEASE_S = 1500.0
"""Longer than the longest fit: nobody renews it meanwhile."""
HISTORY = 50


def wants_learning(ctx: Context) -> bool:
    """Whether a fit is due: cheap, to be asked often."""
    with ctx.store.read() as tx:
        count, latest = tx.corrections.labelled(), tx.models.latest()
    since = (ctx.now() - latest.at).total_seconds() if latest else 0.0
    return is_due(count, latest.labels if latest else 0, since)


def retrain(ctx: Context, fit: Fit) -> ModelRecord | None:
    """One fit under the lease; the new record, serving if the gate let it. None while another process fits.

    Raises ``BadInput`` when nothing can be learnt and ``Unavailable`` when the fit failed: the serving model stays.
    """
    with ctx.store.write() as tx:
        if ctx.worker and not tx.workers.lease(LEASE, ctx.worker, LEASE_S):
            return None
    try:
        record, arrays = _fitted(ctx, fit)
        return _keep(ctx, record, arrays)
    finally:
        if ctx.worker:
            with ctx.store.write() as tx:
                tx.workers.lease(LEASE, ctx.worker, 0.0)


def promote(ctx: Context, version: str, agent: str) -> str:
    """Makes a version serve on an admin's word, ``seed`` the one that ships; the version that served before."""
    wanted = "" if version == SHIPPED else version
    with ctx.store.write() as tx:
        before = tx.models.active()
        _activate(ctx, tx, wanted, agent, "promote")
    ctx.wake.ring("models")
    return before


def rollback(ctx: Context, agent: str) -> str:
    """Goes back to the version that served before the present one; its name. ``NotFound`` when there was none."""
    with ctx.store.write() as tx:
        earlier = _served_before(tx)
        if earlier is None:
            raise NotFound("没有更早的模型 (no other model served before)")
        _activate(ctx, tx, earlier, agent, "rollback")
    ctx.wake.ring("models")
    return earlier or SHIPPED


def _fitted(ctx: Context, fit: Fit) -> tuple[ModelRecord, bytes]:
    with ctx.store.read() as tx:
        found, count = labels(ctx, tx), tx.corrections.labelled()
        active = tx.models.active()
        serving, arrays = tx.models.record(active), tx.models.arrays(active)
    if not found:
        raise BadInput("还没有客服确认或修正过 (no agent has confirmed or corrected anything yet)")
    remember_labels(ctx, found)
    taxonomy = ctx.desk().taxonomy
    known = serving.last_label if serving else 0
    lesson = Lesson(
        rows=tuple(label.row for label in found),
        unseen=sum(label.correction > known for label in found),
        serving=arrays,
        targets=TARGETS,
        coarse={name: {v.key: v.coarse for v in taxonomy.values(name) if v.coarse} for name in TARGETS},
        words=ctx.desk().words,
        examples=examples(taxonomy),
        renamed={name: keys for name in TARGETS if (keys := taxonomy.renamed(name))},
    )
    from classifier.model import from_bytes  # numpy: only when something was learnt

    made = fit(lesson)
    card = {
        **from_bytes(made).card,
        "labels": count,
        "last_label": found[-1].correction,
        "labelled": [min(each.at for each in found).isoformat(), max(each.at for each in found).isoformat()],
        "before": active,
        "bundle": ctx.desk().bundle,
    }
    return ModelRecord(id=ctx.ids(), version=str(card["version"]), at=ctx.now(), card=card), made


def _keep(ctx: Context, record: ModelRecord, arrays: bytes) -> ModelRecord:
    with ctx.store.write() as tx:
        tx.models.add(record, arrays)
        if record.passed:
            _activate(ctx, tx, record.version, record.version, "learn")
    ctx.wake.ring("models")
    ctx.wake.ring("changed")
    return replace(record, active=record.passed)


def _activate(ctx: Context, tx: Transaction, version: str, actor: str, how: str) -> None:
    before = tx.models.active()
    tx.models.activate(version)
    details = (("version", version or SHIPPED), ("before", before or SHIPPED))
    tx.audit.add(
        [AuditEntry(id=ctx.ids(), at=ctx.now(), actor=actor, action=f"model.{how}", subject="model", details=details)]
    )


def _served_before(tx: Transaction) -> str | None:
    """What served before the present model, whoever changed it: the newest entry that names the present one."""
    present = tx.models.active() or SHIPPED
    for row in tx.views.audit("model", "", HISTORY).rows:
        details = dict(row.details)
        if row.action == "model.rollback":
            continue
        if details.get("version") == present and details.get("before") != present:
            before = details["before"]
            return "" if before == SHIPPED else before
    return None

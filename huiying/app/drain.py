"""Works until nothing is left to do, in this thread: ``work --once`` and the end of ``demo --once``."""

from __future__ import annotations

from collections.abc import Collection

from huiying.app.bootstrap import App
from huiying.app.mailboxes import open_box
from huiying.flows.deliver import deliver
from huiying.flows.folders import read_all
from huiying.flows.notify import notify
from huiying.flows.tick import tick
from huiying.flows.triage import triage
from huiying.flows.upkeep import upkeep


def drain(app: App, stages: Collection[str]) -> dict[str, int]:
    """Runs each stage until it answers 0; how much each did."""
    ctx, done = app.context, {"poll": 0, "triage": 0, "deliver": 0, "tick": 0, "notify": 0}
    if "poll" in stages:
        done["poll"] = _read_mailboxes(app)
    for name, flow in (("triage", triage), ("tick", tick), ("tick", upkeep), ("deliver", deliver), ("notify", notify)):
        while name in stages and (count := flow(ctx)):
            done[name] += count
    return done


def _read_mailboxes(app: App) -> int:
    kept = 0
    for box in (box for box in app.desks.active().mailboxes if box.is_polled):
        connection = open_box(app, box)
        try:
            kept += read_all(app.context, box, connection)
        finally:
            connection.close()
    return kept

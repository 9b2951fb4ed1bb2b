"""Fits the desk's own model when enough agents have spoken; a fit that fails is tried again with the next label."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from classifier.lesson import Fit
from core.domain.errors import BadInput, Conflict, Unavailable
from huiying.flows.context import Context
from huiying.flows.drift import BATCH, count_weeks
from huiying.flows.retrain import retrain, wants_learning

LOOK_S = 5.0
COUNT_EVERY = timedelta(minutes=5)
AGAIN = timedelta(minutes=10)

_log = logging.getLogger("huiying.learner")


class Learner:
    """Looks every few seconds. ``tried`` is how many labelled messages there were at the last try: the same ones are
    not tried twice, unless what they lacked was a disk or a database. Every few minutes it counts how the suggestions
    of the week do."""

    def __init__(self, ctx: Context, fit: Fit) -> None:
        self._ctx = ctx
        self._fit = fit
        self.tried = 0
        self._labels = 0
        self._newest = (0, 0)
        self._counted: datetime | None = None
        self._again: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """The thread's whole life."""
        while not stop.wait(LOOK_S):
            try:
                self.look()
                self.count()
            except (Unavailable, Conflict) as error:
                _log.warning("Learning waits: %s", error.message)
            except Exception:  # noqa: BLE001  whatever is wrong with a fit, the service goes on without it
                _log.exception("Learning failed; it is tried again with the next label.")

    def count(self) -> int:
        """Brings the figures of the weeks up to date when it is time; how many rows were new."""
        now = self._ctx.now()
        if self._counted is not None and now - self._counted < COUNT_EVERY:
            return 0
        found = count_weeks(self._ctx)
        # A desk that is behind goes on at the next look.
        self._counted = now if found < BATCH else None
        return found

    def look(self) -> bool:
        """One look; whether a fit was made."""
        ctx = self._ctx
        with ctx.store.read() as tx:
            newest = tx.corrections.newest(), tx.models.newest()
            if newest != self._newest:
                # Counting costs all that was ever said; whether anything is new, or a model was taken away with what
                # it had learnt from, costs two look-ups.
                self._labels, self._newest = tx.corrections.labelled(), newest
        count = self._labels
        waited = self._again is not None and ctx.now() >= self._again
        if (count == self.tried and not waited) or not wants_learning(ctx):
            return False
        self.tried, self._again = count, None
        try:
            record = retrain(ctx, self._fit)
        except Unavailable:
            # No disk, no memory, no database: that passes, and the labels are still there.
            self._again = ctx.now() + AGAIN
            raise
        except BadInput as error:
            _log.info("Nothing learnt from %d labels: %s", count, error.message)
            return False
        if record is None:
            self.tried = 0
            return False
        verdict = "serves" if record.active else f"is kept aside ({', '.join(record.card['gate']['because'])})"
        _log.info("Model %s of %d labels %s.", record.version, record.labels, verdict)
        return True

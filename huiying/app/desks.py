"""Keeps the active desk compiled, and older ones at hand for letters that were promised under them."""

from __future__ import annotations

import threading
from collections import OrderedDict

from core.domain.errors import BadConfiguration, NotFound
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from huiying.flows.ports import Store

KEPT = 4
"""Compiled desks kept in memory."""


class Desks:
    """The active bundle in the database is the truth; ``refresh`` asks for it, ``active`` answers from memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._compiled: OrderedDict[str, Desk] = OrderedDict()
        self._active: Desk | None = None

    def active(self) -> Desk:
        """The desk in force. Raises ``BadConfiguration`` when nothing was ever published."""
        desk = self._active
        if desk is None:
            desk = self.refresh()
        if desk is None:
            raise BadConfiguration(
                "还没有发布过配置 (no configuration was published yet)", hint="huiying config publish"
            )
        return desk

    def refresh(self) -> Desk | None:
        """Looks which bundle is active and compiles it if it is another one."""
        with self._store.read() as tx:
            record = tx.bundles.active()
        if record is None:
            return None
        if self._active is None or self._active.bundle != record.id:
            self._active = self.of(record.id)
        return self._active

    def of(self, bundle_id: str) -> Desk:
        """The desk of any stored bundle. Raises ``NotFound`` or ``BadConfiguration``."""
        with self._lock:
            if bundle_id in self._compiled:
                self._compiled.move_to_end(bundle_id)
                return self._compiled[bundle_id]
        with self._store.read() as tx:
            files = tx.bundles.files(bundle_id)
        if files is None:
            raise NotFound(f"没有配置版本 {bundle_id} (no bundle {bundle_id})")
        desk, problems = compile_desk(files)
        if desk is None:
            raise BadConfiguration(problems=problems)
        self.remember(desk)
        return desk

    def remember(self, desk: Desk) -> None:
        """Keeps a desk that somebody compiled already."""
        with self._lock:
            self._compiled[desk.bundle] = desk
            while len(self._compiled) > KEPT:
                self._compiled.popitem(last=False)

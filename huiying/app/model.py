"""Keeps the serving model in memory and changes it when another version serves; without one, rules alone decide."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.domain.errors import BadInput, Unavailable
from core.domain.suggestion import MessageText, Suggestion
from core.text.segment import Segmenter
from huiying.flows.ports import Store, Suggester

if TYPE_CHECKING:
    from classifier.serving import ArrayModel

_log = logging.getLogger("huiying.model")

FOLLOW_S = 1.0


class NoModel:
    """Abstains, and says why."""

    version = ""
    classes: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def __init__(self, because: str) -> None:
        self._because = because

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        return tuple(Suggestion(model="", because=self._because) for _ in messages)


class LazyModel:
    """Gives the model, loading it at the first call."""

    def __init__(self, load: Callable[[], Suggester]) -> None:
        self._load = load
        self._model: Suggester | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Suggester:
        with self._lock:
            if self._model is None:
                self._model = warmed(self._load)
            return self._model


class ServingModel:
    """Gives the version that the registry says serves, with the seed beside it; ``refresh`` looks for another one.

    A row that cannot be read changes nothing: the last good model goes on, at first the seed.
    """

    def __init__(self, store: Store, load_seed: Callable[[], ArrayModel] | None = None) -> None:
        self._store = store
        self._load_seed = load_seed or shipped_seed
        self._lock = threading.Lock()
        self._seed: Suggester | None = None
        self._model: Suggester | None = None
        self._version: str | None = None

    def __call__(self) -> Suggester:
        with self._lock:
            if self._model is None:
                self._refresh()
            return self._model or NoModel("the model could not be loaded")

    def refresh(self) -> bool:
        """Takes up what the registry says now; whether the model changed. Raises ``Unavailable``."""
        with self._lock:
            return self._model is not None and self._refresh()

    def follow(self, wait: Callable[[float], object], stop: threading.Event) -> None:
        """A thread's whole life: refreshes whenever it is woken, and every second."""
        while not stop.is_set():
            try:
                self.refresh()
            except Unavailable as error:
                _log.warning("The model waits: %s", error.message)
            wait(FOLLOW_S)

    def _refresh(self) -> bool:
        version = self._active()
        if version == self._version:
            return False
        if self._seed is None:
            self._seed = warmed(self._load_seed)
        found = self._own(version) if version else self._seed
        self._version = version  # only now: a version that the database could not give is looked at again
        if found is None and self._model is not None:
            return False
        self._model = found or self._seed
        _log.info("Model %s serves.", self._model.version)
        return True

    def _active(self) -> str:
        try:
            with self._store.read() as tx:
                return tx.models.active()
        except Unavailable:
            if self._model is None:
                return ""
            raise

    def _own(self, version: str) -> Suggester | None:
        """The desk's own model, or None when its row cannot be used."""
        from classifier.blend import BlendedModel
        from classifier.serving import ArrayModel

        seed = self._seed
        with self._store.read() as tx:
            data = tx.models.arrays(version)
        try:
            if data is None:
                raise BadInput("its arrays are gone")
            if not isinstance(seed, ArrayModel):
                raise BadInput("the seed could not be loaded")
            return BlendedModel(ArrayModel.from_bytes(data, seed.features.cutter), seed)
        except Exception as error:  # noqa: BLE001  whatever is wrong with a row, mail must flow on the model before
            _log.error("Model %s cannot be used, the last good one stays: %s", version, error)
            return None


def warmed(load: Callable[[], Suggester]) -> Suggester:
    """A loaded model that has spoken once; one that abstains when that fails."""
    try:
        model = load()
        model.suggest([MessageText(subject="预热", body="请问什么时候发货？")])
        return model
    except Exception:  # noqa: BLE001  see the next line
        # Whatever is wrong with a model, mail must flow: rules and defaults decide.
        _log.exception("The model could not be loaded; suggestions are off.")
        return NoModel("the model could not be loaded")


def shipped_seed(segmenter: Segmenter | None = None) -> ArrayModel:
    """The seed that ships with Huiying."""
    from classifier.seed import load_seed  # numpy: only when something is to be suggested

    return load_seed(segmenter or Segmenter())


def seed_model() -> Suggester:
    """The same for whoever only asks it."""
    return shipped_seed()

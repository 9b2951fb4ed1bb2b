"""Loads the serving model once, when the first message needs it; without one the desk works by rules alone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from core.domain.suggestion import MessageText, Suggestion
from huiying.flows.ports import Suggester

_log = logging.getLogger("huiying.model")


class NoModel:
    """Abstains, and says why."""

    version = ""

    def __init__(self, because: str) -> None:
        self._because = because

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        return tuple(Suggestion(model="", because=self._because) for _ in messages)


class LazyModel:
    """Gives the model, loading it at the first call (or earlier, in a thread of its own, by ``warm``)."""

    def __init__(self, load: Callable[[], Suggester]) -> None:
        self._load = load
        self._model: Suggester | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Suggester:
        with self._lock:
            if self._model is None:
                self._model = self._loaded()
            return self._model

    def _loaded(self) -> Suggester:
        try:
            model = self._load()
            model.suggest([MessageText(subject="预热", body="请问什么时候发货？")])
            return model
        except Exception:  # noqa: BLE001  see the next line
            # Whatever is wrong with a model, mail must flow: rules and defaults decide.
            _log.exception("The model could not be loaded; suggestions are off.")
            return NoModel("the model could not be loaded")


def seed_model() -> Suggester:
    """The seed that ships with Huiying."""
    from classifier.seed import load_seed  # numpy and jieba: only when something is to be suggested

    return load_seed()

"""Decides where the words of a folded text begin and end; the home of jieba."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

_CACHE_NAME = "jieba-0.42.1.cache"


class _Tokenizer(Protocol):
    """What is used of ``jieba.Tokenizer``, which ships no types."""

    def cut(self, sentence: str, *, HMM: bool) -> Iterator[str]: ...  # jieba's own spelling

    def cut_for_search(self, sentence: str, *, HMM: bool) -> Iterator[str]: ...  # jieba's own spelling


@cache
def _jieba() -> ModuleType:
    """Imports jieba quietly: its source has invalid escapes, which an ``error`` filter would turn into failures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.WARNING)
    return jieba  # type: ignore[no-any-return]  # jieba ships no types


class Segmenter:
    """Cuts texts into words with a dictionary of its own; safe to use from several threads.

    ``cache_dir`` is a private directory for the compiled dictionary (0.4 s instead of 0.8 s at the next start);
    without one nothing is written. ``extra`` are words of the desk that the dictionary must know, already folded.
    """

    def __init__(self, cache_dir: Path | None = None, extra: Iterable[str] = ()) -> None:
        self._cache_dir = cache_dir
        self._extra = tuple(dict.fromkeys(word for word in extra if word.strip()))
        self._lock = threading.Lock()
        self._ready: _Tokenizer | None = None

    def prepare(self) -> None:
        """Loads the dictionary now (0.4–0.8 s), so that the first message need not wait."""
        self._tokenizer()

    def prepare_in_background(self) -> threading.Thread:
        """Starts ``prepare`` in a thread; ``words`` waits for it if it comes too early."""
        thread = threading.Thread(target=self.prepare, name="segmenter", daemon=True)
        thread.start()
        return thread

    def words(self, text: str) -> list[str]:
        """The words in order, without white space; together they are all other characters of the text."""
        return [word for word in self._tokenizer().cut(text, HMM=False) if not word.isspace()]

    def search_words(self, text: str) -> list[str]:
        """As ``words``, with the shorter words inside long ones too: what a search index stores and is asked for."""
        return [word for word in self._tokenizer().cut_for_search(text, HMM=False) if not word.isspace()]

    def _tokenizer(self) -> _Tokenizer:
        if self._ready is None:
            with self._lock:
                if self._ready is None:
                    self._ready = self._load()
        return self._ready

    def _load(self) -> _Tokenizer:
        tokenizer = _jieba().Tokenizer()
        if self._cache_dir is not None:
            self._cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            tokenizer.tmp_dir = str(self._cache_dir)
            tokenizer.cache_file = _CACHE_NAME
            tokenizer.initialize()
        else:
            # jieba would write into the temporary directory that all users share.
            tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
            tokenizer.initialized = True
        for word in self._extra:
            tokenizer.add_word(word)
        return cast(_Tokenizer, tokenizer)

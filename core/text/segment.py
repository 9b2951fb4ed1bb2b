"""Decides where the words of a folded text begin and end; the home of jieba."""

from __future__ import annotations

import logging
import math
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from core.text.rust_segment import RustDictionary, is_installed

_CACHE_NAME = "jieba-0.42.1.cache"


_BLOCK = re.compile("([\u4e00-\u9fd5a-zA-Z0-9+#&._%-]+)")
"""What jieba cuts by its dictionary; any other character is a word of its own."""
_LETTER = re.compile("[a-zA-Z0-9]")
_UNKNOWN = "\n"
"""No word of a dictionary has a line's end in it."""


class _Tokenizer(Protocol):
    """What is used of ``jieba.Tokenizer``, which ships no types."""

    FREQ: dict[str, float]
    total: float


@contextmanager
def _without_pkg_resources() -> Iterator[None]:
    """jieba asks an old setuptools, where there is one, for what it finds without: that takes half a second."""
    there = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = there  # type: ignore[assignment]  # None says: it cannot be imported
    try:
        yield
    finally:
        if there is None:
            del sys.modules["pkg_resources"]


@cache
def _jieba() -> ModuleType:
    """Imports jieba quietly: its source has invalid escapes, which an ``error`` filter would turn into failures."""
    with warnings.catch_warnings(), _without_pkg_resources():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.WARNING)
    return jieba  # type: ignore[no-any-return]  # jieba ships no types


class Segmenter:
    """Cuts texts into words with a dictionary of its own; safe to use from several threads.

    ``cache_dir`` is a private directory for the compiled dictionary (0.4 s instead of 0.8 s at the next start);
    without one nothing is written. ``extra`` are words of the desk that stay whole, already folded. ``fast`` is
    whether rjieba does it; where it is installed, unless said otherwise.
    """

    def __init__(self, cache_dir: Path | None = None, extra: Iterable[str] = (), *, fast: bool | None = None) -> None:
        self._fast = is_installed() if fast is None else fast
        self._cache_dir = cache_dir
        self._base: Segmenter | None = None
        self.extra = tuple(dict.fromkeys(word for word in extra if word.strip()))
        self._lock = threading.Lock()
        self._ready: Dictionary | None = None

    def with_words(self, extra: Iterable[str]) -> Segmenter:
        """One with those words of a desk in place of its own; both share the large dictionary."""
        other = Segmenter(self._cache_dir, extra, fast=self._fast)
        if other.extra == self.extra:
            return self
        other._base = self._base or self
        return other

    def special(self, text: str) -> bool:
        """Whether a word of the desk stands in the folded text: then its cut may differ from that without them."""
        return bool(self.extra) and self._dictionary().special(text)

    def rarity(self, word: str) -> float:
        """How rare a word is in Chinese: minus the logarithm of its share; a word never heard of is as rare as any."""
        return self._dictionary().rarity(word)

    def prepare(self) -> None:
        """Loads the dictionary now (0.4–0.8 s), so that the first message need not wait."""
        self._dictionary()

    def words(self, text: str) -> list[str]:
        """The words in order, without white space; together they are all other characters of the text."""
        return list(self._dictionary().cut(text))

    def _dictionary(self) -> Dictionary:
        if self._ready is None:
            with self._lock:
                if self._ready is None:
                    self._ready = self._made()
        return self._ready

    def _made(self) -> Dictionary:
        if self._fast:
            return RustDictionary(self.extra)
        if self._base is not None:
            return self._base._dictionary().with_words(self.extra)
        return _Dictionary(_logarithms(self._load()), {}).with_words(self.extra)

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
        return cast(_Tokenizer, tokenizer)


class Dictionary(Protocol):
    """What cuts for a ``Segmenter``."""

    def cut(self, text: str) -> Iterator[str]: ...

    def special(self, text: str) -> bool: ...

    def rarity(self, word: str) -> float: ...

    def with_words(self, words: Iterable[str]) -> Dictionary: ...


def _logarithms(tokenizer: _Tokenizer) -> dict[str, float]:
    """The dictionary with log probabilities; under ``_UNKNOWN`` that of a word which it lacks."""
    unknown = math.log(tokenizer.total)
    logs = tokenizer.FREQ
    # In place: half a million words are not held twice. 0 stays for what only begins a word.
    for word, count in logs.items():
        if count:
            logs[word] = math.log(count) - unknown
    logs[_UNKNOWN] = -unknown
    return logs


class _Dictionary:
    """jieba's dictionary with log probabilities, and its own most probable cut without the hidden Markov model.

    jieba takes each logarithm anew for every place of every text; with them at hand the same cut takes half the time.
    A test compares both word for word. The desk's words lie over the dictionary, which desks share: a text without
    them is cut as if they were not there.
    """

    def __init__(self, logs: dict[str, float], extra: dict[str, float]) -> None:
        self._logs = logs
        self._unknown = logs[_UNKNOWN]
        self._extra = extra
        self._heads = frozenset(word[:2] for word, log in extra.items() if log)

    def with_words(self, words: Iterable[str]) -> _Dictionary:
        """The same dictionary with those words instead of the extra ones; each is as probable as its parts together,
        and a little more, as jieba does it."""
        plain = _Dictionary(self._logs, {})
        extra: dict[str, float] = {}
        for word in words:
            parts = sum(self._logs.get(part) or self._unknown for part in plain.cut(word))
            count = int(math.exp(parts - self._unknown)) + 1
            extra[word] = max(math.log(count) + self._unknown, self._logs.get(word) or self._unknown)
            for end in range(1, len(word)):
                if self._logs.get(word[:end]) is None:
                    extra.setdefault(word[:end], 0.0)
        return _Dictionary(self._logs, extra)

    def special(self, text: str) -> bool:
        return any(text[i : i + 2] in self._heads for i in range(len(text) - 1))

    def rarity(self, word: str) -> float:
        return -(self._extra.get(word) or self._logs.get(word) or self._unknown)

    def _log(self, word: str) -> float | None:
        found = self._extra.get(word)
        return self._logs.get(word) if found is None else found

    def cut(self, text: str) -> Iterator[str]:
        for place, block in enumerate(_BLOCK.split(text)):
            if place % 2:
                yield from self._joined(block)
            else:
                yield from (char for char in block if not char.isspace())

    def _joined(self, block: str) -> Iterator[str]:
        """The words of a block; single letters and digits in a row are one word."""
        ends = self._ends(block)
        start, size, letters = 0, len(block), ""
        while start < size:
            end = ends[start]
            word = block[start:end]
            start = end
            if len(word) == 1 and _LETTER.match(word):
                letters += word
                continue
            if letters:
                yield letters
                letters = ""
            yield word
        if letters:
            yield letters

    def _ends(self, block: str) -> list[int]:
        """For each place, where the word ends that begins there in the most probable cut of the rest."""
        special = bool(self._heads) and self.special(block)
        look: Callable[[str], float | None] = self._log if special else self._logs.get
        size, unknown = len(block), self._unknown
        ends, best = [0] * size, [0.0] * (size + 1)
        for start in range(size - 1, -1, -1):
            chosen, most = 0, -math.inf
            end = start + 1
            log = look(block[start:end])
            while log is not None:
                if log:
                    total = log + best[end]
                    if total >= most:
                        chosen, most = end, total
                end += 1
                if end > size:
                    break
                log = look(block[start:end])
            if not chosen:
                chosen, most = start + 1, unknown + best[start + 1]
            ends[start], best[start] = chosen, most
        return ends

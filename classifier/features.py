"""Decides what a model sees of a message: words, characters, the subject apart, rule hits and a few signals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.suggestion import MessageText
from core.text.fold import fold
from core.text.tokens import tokens

GROUPS = ("word", "subject", "char", "signal")
"""The kinds of terms; each has its own vocabulary, and all but the signals their own length of one."""

SCALES = {"word": 1.0, "subject": 0.7, "char": 0.7, "signal": 1.0}
"""How loud each group speaks."""

LONGEST_PIECE = 3
"""Pieces of words are of so many characters at most."""

SETTINGS = {"body": 1500, "subject": 200, "words": 2, "chars": LONGEST_PIECE, "format": 1}
"""What the terms depend on; stored in a model's card, and another format is refused."""

HIT, SCRIPT = "hit:", "script:"


class Cutter(Protocol):
    """Cuts folded texts into words: ``Segmenter``. ``extra`` are the words of a desk that stay whole."""

    @property
    def extra(self) -> tuple[str, ...]: ...

    def words(self, text: str) -> list[str]: ...

    def special(self, text: str) -> bool:
        """Whether a word of the desk stands in the text."""
        ...

    def with_words(self, extra: Iterable[str]) -> Cutter: ...


_APOSTROPHE = re.compile(r"(?<=[a-z])['’](?=[a-z])")
_SPACE = re.compile(r"\s+")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_HAN = re.compile("[\u3400-\u9fff]")
_LENGTHS = (15, 40, 100, 250, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one message by group, with repetitions; a pair of words is written ``first second``. ``text`` is
    what the pieces of words are pieces of.

    ``special`` says that a word of the desk stands in it: who does not know the desk's words cuts it differently."""

    word: Sequence[str]
    subject: Sequence[str]
    text: str
    signal: Sequence[str]
    special: bool = False

    @property
    def char(self) -> Sequence[str]:
        return _pieces(self.text)

    def group(self, name: str) -> Sequence[str]:
        return getattr(self, name)  # type: ignore[no-any-return]  # all four have one type


def signal_weight(term: str) -> float:
    """A rule that hit says much; how long or how loud a text is says little, and more weight did harm."""
    return 1.0 if term.startswith(SCRIPT) else 0.5 if term.startswith(HIT) else 0.05


class Features:
    """Turns messages into terms; the same in training and serving."""

    def __init__(self, cutter: Cutter) -> None:
        self.cutter = cutter

    def terms(self, message: MessageText) -> Terms:
        raw = message.body[: SETTINGS["body"]]
        subject = clean(message.subject[: SETTINGS["subject"]])
        body = clean(raw)
        subject_words = _with_pairs(self.cutter.words(subject))
        return Terms(
            word=[*subject_words, *_with_pairs(self.cutter.words(body))],
            subject=subject_words,
            text=_SPACE.sub(" ", f"{subject}\n{body}").strip(),
            signal=_signals(message.subject, raw, message.hits),
            special=self.cutter.special(subject) or self.cutter.special(body),
        )


def clean(text: str) -> str:
    """The text folded, with placeholders for numbers and addresses; don't is written dont."""
    return _APOSTROPHE.sub("", tokens(fold(text)))


def _with_pairs(words: Sequence[str]) -> list[str]:
    """Cutter and pairs of neighbours; punctuation is no word and separates."""
    terms: list[str] = []
    last = ""
    for word in words:
        if not (word[0].isalnum() or word[-1].isalnum()):
            last = ""
            continue
        terms.append(word)
        if last:
            terms.append(f"{last} {word}")
        last = word
    return terms


def _pieces(text: str) -> list[str]:
    size = len(text)
    return [*text, *[text[i : i + 2] for i in range(size - 1)], *[text[i : i + 3] for i in range(size - 2)]]


def _signals(subject: str, body: str, hits: Sequence[str]) -> list[str]:
    text = f"{subject}\n{body}"
    exclaims = text.count("!") + text.count("！")
    return [
        f"{SCRIPT}{'han' if _HAN.search(text) else 'other'}",
        f"length:{sum(len(body) > limit for limit in _LENGTHS)}",
        f"exclaims:{min(exclaims, 3)}",
        f"capitals:{min(len(_CAPITALS.findall(text)), 3)}",
        *(f"{HIT}{hit}" for hit in hits),
    ]

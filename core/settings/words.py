"""Reads a word list: one word or phrase a line, ``#`` begins a comment line."""

from __future__ import annotations

from core.domain.bundle import Problem
from core.settings.content import as_text


def read_words(content: str | bytes, file: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The words in the file's order, and each empty or repeated line."""
    text, problems = as_text(content, file)
    if text is None:
        return (), problems
    words: dict[str, int] = {}
    found: list[Problem] = []
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        word = line.strip()
        if word.startswith("#"):
            continue
        if not word:
            hint = ("删去这一行；分组请用 # 开头的行", "delete it; group words with a line that begins with #")
            found.append(_problem(file, number, "空行", "an empty line", hint))
        elif word in words:
            hint = (f"第 {words[word]} 行已经写过", f"it stands in line {words[word]} already")
            found.append(_problem(file, number, f"词 {word!r} 重复", f"the word {word!r} is repeated", hint))
        else:
            words[word] = number
    if not words and not found:
        found.append(_problem(file, 1, "词表是空的", "the word list is empty", ("", "")))
    return tuple(words), tuple(found)


def _problem(file: str, line: int, zh: str, en: str, hint: tuple[str, str]) -> Problem:
    return Problem(file=file, line=line, column=1, zh=zh, en=en, hint_zh=hint[0], hint_en=hint[1])

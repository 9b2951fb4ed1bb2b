"""What the page of letters shows of each: its title, what it is for, and per language whose words are in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.domain.bundle import BundleFiles
from huiying.flows.desk import Desk
from huiying.flows.letter_check import letter_findings
from responder.letter_reader import SIGNATURE
from responder.letter_words import FILE, FOLDER
from responder.wording import LANGUAGES

ORDER = (
    "acknowledgement", "noted", "progress", "news", "question", "result", "reminder", "reopening", "urge", "extension",
    "apology", "call", "link", "care-call-back", "care-greeting", "care-quiet",
    "care-satisfaction", "answer", SIGNATURE,
)  # fmt: skip
"""As a ticket goes."""
NEVER_OFF = ("answer", "extension", SIGNATURE)
"""Without these nobody could be answered, and a told time could not move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """``own`` says for each language whether the desk's own words are in force, ``looks`` how many findings the
    wording check has about them. ``purpose`` is the code of what it is for, '' for a letter of the desk's."""

    name: str
    title: str
    purpose: str
    own: Mapping[str, bool]
    looks: Mapping[str, int]
    off: bool
    can_be_off: bool


def letter_rows(desk: Desk, language: str) -> tuple[LetterRow, ...]:
    """Built-in ones in the order of a ticket's life, then the desk's own."""
    others = sorted(set(desk.letters.names) - set(ORDER))
    return tuple(_row(desk, name, language) for name in (*ORDER, *others))


def _row(desk: Desk, name: str, language: str) -> LetterRow:
    files = {each: f"{FOLDER}{name}.{each}.j2" for each in LANGUAGES}
    own = {each: path in desk.files.files for each, path in files.items()}
    titled = desk.letters.signatures[language] if name == SIGNATURE else desk.letters.letter(name, language)
    looked = {each: len(letter_findings(desk, name, each)) for each, mine in own.items() if mine and name != SIGNATURE}
    return LetterRow(
        name=name,
        title=titled.title,
        purpose=name if name in ORDER else "",
        own=own,
        looks=looked,
        off=desk.letters.is_off(name),
        can_be_off=name not in NEVER_OFF,
    )


def switched(files: BundleFiles, off: frozenset[str]) -> BundleFiles:
    """The files in which exactly those letters are off; what else stands in the file, and its comments, stays."""
    path = FOLDER + FILE
    content = files.files.get(path, "")
    line = f"off: [{', '.join(sorted(off))}]\n" if off else ""
    kept = "".join(_without_list(content.splitlines(keepends=True)))
    kept = kept if not kept or kept.endswith("\n") else kept + "\n"
    new = kept + line
    others = {name: text for name, text in files.files.items() if name != path}
    return BundleFiles(files={**others, path: new} if new.strip() else others)


def _without_list(lines: list[str]) -> Iterator[str]:
    """All lines but those of the top-level key ``off``: its own, and what is indented or an item below it."""
    inside = False
    for line in lines:
        inside = line.startswith("off:") or (inside and line.startswith((" ", "\t", "- ")))
        if not inside:
            yield line

"""Checks the words of letters and care plans as an agent's are checked, each finding at its line of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.settings.care import FILE
from huiying.flows.desk import Desk
from huiying.flows.gallery import a_mailbox
from responder.letter_words import FOLDER
from responder.letters import CARE
from responder.phrases import Level
from responder.sample import NUMBER, STOP, cases, sample_intent
from responder.wording import LANGUAGES
from responder.wording_check import Finding, LetterFacts, check_wording


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFinding:
    """``line`` counts from 1 in the letter's file."""

    file: str
    line: int
    finding: Finding

    @property
    def told(self) -> str:
        """With its place, in both languages."""
        return f"{self.file}:{self.line}: {self.message('zh-CN')} · {self.message('en')}"

    def message(self, language: str) -> str:
        words = f"{self.finding.words}：" if self.finding.words else ""
        return f"{words}{self.finding.why(language)}"


def local_findings(desk: Desk) -> tuple[LetterFinding, ...]:
    """All findings about the desk's own letters, in the order of files and lines."""
    found: list[LetterFinding] = []
    for name in desk.letters.names:
        for language in LANGUAGES:
            if f"{FOLDER}{name}.{language}.j2" in desk.files.files:
                found.extend(letter_findings(desk, name, language))
    return tuple(found)


def note_findings(desk: Desk) -> tuple[LetterFinding, ...]:
    """The same about the notes of care plans, which stand in the middle of a letter."""
    source = desk.files.files.get(FILE, "")
    return tuple(
        LetterFinding(file=FILE, line=_line(source, finding.words or plan.note.partition("\n")[0]), finding=finding)
        for plan in desk.care.plans
        for finding in check_wording(
            plan.note, LetterFacts(number=""), desk.phrases, commitments=(), calendar=desk.calendar
        )
        if plan.note
    )


def letter_findings(desk: Desk, name: str, language: str) -> tuple[LetterFinding, ...]:
    """What is found in any of the ways in which the letter can turn out, each once."""
    file = f"{FOLDER}{name}.{language}.j2"
    source = desk.files.files.get(file, "")
    known: dict[tuple[str, str], LetterFinding] = {}
    for finding in _findings(desk, name, language):
        one = LetterFinding(file=file, line=_line(source, finding.words), finding=finding)
        known.setdefault((finding.code, finding.words), one)
    return tuple(sorted(known.values(), key=lambda one: one.line))


def _findings(desk: Desk, name: str, language: str) -> Iterator[Finding]:
    box, stop = a_mailbox(desk), STOP if name.startswith(CARE) else ""
    for case in cases((name,)):
        words = desk.letters.words(sample_intent(case, language, desk.calendar, box.name), box, stop=stop)
        whole = f"{words.subject}\n{words.text}"
        facts = LetterFacts(number=NUMBER, attachments=1, also=(case.split,))
        yield from check_wording(whole, facts, desk.phrases, commitments=(), calendar=desk.calendar)
        if stop and stop not in whole:
            yield Finding(
                code="no-stop", level=Level.WARN, at=-1, words="",
                zh="关怀信里没有退订链接", en="a letter of care names no way to stop it",
                better_zh="写上 {{ stop }}", better_en="write {{ stop }}",
            )  # fmt: skip
        if NUMBER not in whole and not stop:
            yield Finding(
                code="no-number", level=Level.WARN, at=-1, words="",
                zh="信里没有受理编号", en="the letter names no reference",
                better_zh="写上 {{ number }}", better_en="write {{ number }}",
            )  # fmt: skip


def _line(source: str, words: str) -> int:
    """The first line that holds the words; the first of all where they come from a variable."""
    lines = source.casefold().split("\n")
    wanted = words.casefold()
    return next((place for place, line in enumerate(lines, 1) if wanted and wanted in line), 1)

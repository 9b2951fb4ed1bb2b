"""An edit of one file about letters: what it would make of the configuration, what the check says and how it reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.domain.bundle import BundleFiles, Problem
from core.domain.errors import BadInput, BadTemplate, NotFound
from core.domain.letter import LetterKind
from core.settings.folder import is_safe_path
from huiying.console.rule_edit import MOST_CHARACTERS, BadFileName
from huiying.console.site import Site
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from huiying.flows.difference import FileDifference, differences
from huiying.flows.gallery import a_mailbox, sample_page
from huiying.flows.letter_check import LetterFinding, letter_findings
from huiying.flows.preview import Preview, preview_letter
from huiying.flows.publish import find_bundle
from responder.letter_reader import SIGNATURE
from responder.letters import shipped_letters
from responder.sample import STOP, Case, cases, sample_intent
from responder.wording import LANGUAGES

LETTER = re.compile(r"replies/([a-z][a-z0-9-]{0,40})\.(zh-CN|zh-TW|en)\.j2")
OTHERS = ("replies/wording.yaml", "wording.yaml")
"""What else a page about letters edits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterEdit:
    """One file as somebody wants it, in the bundle that he began from. ``name`` and ``language`` are a letter's."""

    file: str
    name: str
    language: str
    base: BundleFiles
    files: BundleFiles
    desk: Desk | None
    problems: tuple[Problem, ...]
    findings: tuple[LetterFinding, ...]

    @property
    def changes(self) -> tuple[FileDifference, ...]:
        """Against what is live."""
        return differences(self.base, self.files)

    @property
    def apart(self) -> tuple[FileDifference, ...]:
        """Against what ships."""
        shipped, mine = shipped_letters().get(self.file), self.files.files.get(self.file)
        if shipped is None or mine is None:
            return ()
        return differences(BundleFiles(files={self.file: shipped}), BundleFiles(files={self.file: mine}))


def checked_file(file: str) -> str:
    path = file.strip()
    if not (path in OTHERS or (LETTER.fullmatch(path) and is_safe_path(path))):
        raise BadFileName(f"{path[:100]}: replies/NAME.LANGUAGE.j2 ({', '.join(LANGUAGES)})")
    return path


def make_letter_edit(site: Site, file: str, base: str, content: str) -> LetterEdit:
    """Compiled as a whole, with what the wording check says. Text that equals the shipped letter's is no file."""
    if len(content) > MOST_CHARACTERS:
        raise BadInput("The file is too long.")
    path, began = checked_file(file), find_bundle(site.context, base)
    text = content.removeprefix("\ufeff").replace("\r\n", "\n")
    files = {**began.files, path: text}
    if not text.strip() or text.strip() == shipped_letters().get(path, "").strip():
        del files[path]
    wanted = BundleFiles(files=files)
    desk, problems = compile_desk(wanted)
    found = LETTER.fullmatch(path)
    name, language = (found[1], found[2]) if found else ("", "")
    sound = desk is not None and not problems and name in desk.letters.names
    findings = letter_findings(desk, name, language) if sound and desk is not None else ()
    return LetterEdit(
        file=path, name=name, language=language, base=began, files=wanted, desk=desk, problems=problems,
        findings=findings,
    )  # fmt: skip


def read_as(site: Site, desk: Desk, name: str, language: str, *, ticket: str = "", case: str = "") -> Preview | None:
    """How a letter reads: for a ticket, or for an invented one in one of its cases; the signature is shown below an
    answer. None where it cannot be composed or there is none. Raises ``NotFound`` for the ticket."""
    shown = "answer" if name == SIGNATURE else name
    try:
        if ticket:
            return preview_letter(site.context, ticket, shown, language, desk)
        box = a_mailbox(desk)
        chosen = next((one for one in cases((shown,)) if one.key == case), Case(letter=shown))
        intent = sample_intent(chosen, language, desk.calendar, box.name, desk.bundle)
        stop = STOP if intent.kind is LetterKind.CARE else ""
        words = desk.letters.words(intent, box, sample_page(desk, box, language), stop)
    except BadTemplate:
        return None
    return Preview(language=language, subject=words.subject, text=words.text, html=words.shown_html())


def begin_with(site: Site, file: str) -> str:
    """What the editor of a file begins with: what is live, what ships, or the frame of a new letter."""
    path = checked_file(file)
    known = site.context.desk().files.files.get(path) or shipped_letters().get(path)
    if known is not None:
        return known
    found = LETTER.fullmatch(path)
    if found is None:
        return ""
    return (
        f'---\nname: {found[1]}\ntitle: \nsubject: "[#{{{{ number }}}}] {{{{ subject }}}}"\n---\n'
        "{{ salutation }}\n\n\n\n{{ number }}\n"
    )


def require_letter(desk: Desk, name: str, language: str) -> None:
    if language not in LANGUAGES or name not in (*desk.letters.names, SIGNATURE):
        raise NotFound(f"{name[:60]}.{language[:8]}")

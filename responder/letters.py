"""The letters to customers: which there are, and how an intent becomes the bytes that are sent (DOMAIN 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as package_files

from jinja2 import Environment, Template, TemplateError

from core.domain.bundle import Problem
from core.domain.errors import BadTemplate
from core.domain.letter import LetterFile, LetterIntent, LetterKind, OutgoingMail
from core.domain.mail import Address
from core.domain.settings import MailboxSettings
from core.settings.reader import Reader, nearest
from responder.letter_reader import MOST_TEXT, Letter, read_letter
from responder.mime import usable_address, write_mail
from responder.page import FOOTER_MARK, load_frame, render_page
from responder.plain import many_lines, one_line
from responder.template import VARIABLES, text_environment
from responder.wording import LANGUAGES, letter_language

__all__ = ["Letter", "LetterBook", "compile_letters", "letter_language"]

FOLDER = "replies/"
WORDING = "wording.yaml"
_SUPPRESS = ("X-Auto-Response-Suppress", "All")
# No Precedence: RFC 3834 asks only for Auto-Submitted, and "bulk" makes filters take an answer for advertising.
_HEADERS: Mapping[LetterKind, tuple[tuple[str, str], ...]] = {
    LetterKind.ACKNOWLEDGEMENT: (("Auto-Submitted", "auto-replied"), _SUPPRESS),
    LetterKind.PROGRESS: (("Auto-Submitted", "auto-generated"), _SUPPRESS),
    LetterKind.NOTICE: (("Auto-Submitted", "auto-generated"), _SUPPRESS),
    LetterKind.AGENT: (),
}
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_MOST_VARIABLE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A letter's words before they become a mail."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterBook:
    """All letters of a bundle by (name, language), with the fixed words (team, hotline, website) of each language."""

    letters: Mapping[tuple[str, str], Letter]
    wording: Mapping[str, Mapping[str, str]]
    frame: Template

    def letter(self, name: str, language: str) -> Letter:
        """Raises ``BadTemplate`` when there is none."""
        found = self.letters.get((name, language)) or self.letters.get((name, "en"))
        if found is None:
            raise BadTemplate(f"没有信件 {name}.{language} (no such letter)")
        return found

    def words(self, intent: LetterIntent, mailbox: MailboxSettings) -> Composed:
        """Subject, text and HTML of an intent, without headers. Raises ``BadTemplate``."""
        letter = self.letter(intent.template, intent.language)
        variables = self._variables(intent, mailbox, letter.language)
        try:
            subject, text = letter.subject.render(variables), letter.body.render(variables)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise BadTemplate(f"{letter.file}: {error}") from error
        if len(text) > MOST_TEXT:
            raise BadTemplate(f"{letter.file}: 信件太长 (the letter is too long)")
        subject, text = one_line(subject, 200), _BLANK_LINES.sub("\n\n", text).strip()
        html = render_page(self.frame, text=text, title=letter.title, language=letter.language)
        return Composed(subject=subject, text=text, html=html)

    def compose(
        self, intent: LetterIntent, mailbox: MailboxSettings, reply_to: str, files: Sequence[LetterFile] = ()
    ) -> OutgoingMail:
        """The bytes and envelope of an intent: a pure function of it, the mailbox and this book. ``reply_to`` is the
        plus-address. Automatic letters have the null return path (RFC 3834, 3.3). Raises ``BadTemplate``."""
        composed = self.words(intent, mailbox)
        address = usable_address(mailbox.address)
        recipient = usable_address(intent.recipient.address)
        name = mailbox.display or self._wording(intent.language)["team"]
        data = write_mail(
            sender=Address(name=name, address=address),
            recipient=Address(name=intent.recipient.name, address=recipient),
            reply_to=usable_address(reply_to or address),
            subject=composed.subject,
            date=intent.date,
            message_id=intent.message_id,
            in_reply_to=intent.in_reply_to,
            references=intent.references,
            headers=_HEADERS[intent.kind],
            language=intent.language,
            text=_signed(composed.text),
            html=composed.html,
            files=files,
        )
        sender = address if intent.kind is LetterKind.AGENT else ""
        return OutgoingMail(
            letter_id=intent.id, mailbox=mailbox.name, sender=sender, recipients=(recipient,), data=data
        )

    def _variables(self, intent: LetterIntent, mailbox: MailboxSettings, language: str) -> dict[str, str]:
        wording = self._wording(language)
        known = {"address": mailbox.address, **wording, "team": mailbox.display or wording["team"], **intent.variables}
        token, portal = known.pop("vote", ""), known.get("portal", "").rstrip("/")
        if token and portal:
            known["vote"] = f"{portal}/r/{token}"
        lines = {name: one_line(known.get(name, ""), _MOST_VARIABLE) for name in VARIABLES}
        return lines | {"body": many_lines(known.get("body", ""), MOST_TEXT // 2)}

    def _wording(self, language: str) -> Mapping[str, str]:
        return self.wording.get(language) or self.wording["en"]


def _signed(text: str) -> str:
    """The footer's mark as mail programs know it: two dashes and a space (RFC 3676, 4.3)."""
    return text.replace(f"\n{FOOTER_MARK}\n", f"\n{FOOTER_MARK} \n", 1)


def compile_letters(files: Mapping[str, str]) -> tuple[LetterBook, tuple[Problem, ...]]:
    """The built-in letters, overridden or joined by ``replies/NAME.LANGUAGE.j2`` of the bundle; and all problems.

    Where a local letter has problems the built-in one stands in, so that a broken edit never stops mail."""
    environment = text_environment()
    shipped, problems = _read_letters(environment, _built_in())
    local, local_problems = _read_letters(environment, _local(files))
    wording, wording_problems = _read_wording(files)
    letters = {**shipped, **local}
    missing = _missing(local, files, {name for name, _ in shipped})
    book = LetterBook(letters=letters, wording=wording, frame=load_frame())
    return book, (*problems, *local_problems, *missing, *wording_problems)


def _built_in() -> dict[str, str]:
    folder = package_files("responder") / "builtin" / "letters"
    names = sorted(e.name for e in folder.iterdir() if e.name.endswith(".j2") and not e.name.endswith(".html.j2"))
    return {f"builtin:{FOLDER}{name}": (folder / name).read_text("utf-8") for name in names}


def _local(files: Mapping[str, str]) -> dict[str, str]:
    return {path: files[path] for path in sorted(files) if path.startswith(FOLDER) and path.endswith(".j2")}


def _read_letters(
    environment: Environment, files: Mapping[str, str]
) -> tuple[dict[tuple[str, str], Letter], list[Problem]]:
    letters: dict[tuple[str, str], Letter] = {}
    problems: list[Problem] = []
    for file, content in files.items():
        letter, found = read_letter(environment, file, content)
        problems.extend(found)
        if letter is not None and not found:
            letters[letter.name, letter.language] = letter
    return letters, problems


def _missing(
    local: Mapping[tuple[str, str], Letter], files: Mapping[str, str], shipped: set[str]
) -> tuple[Problem, ...]:
    """A local letter that is not built in needs all languages."""
    problems = []
    for name in sorted({name for name, _ in local} - shipped):
        lacking = [language for language in LANGUAGES if f"{FOLDER}{name}.{language}.j2" not in files]
        if not lacking:
            continue
        reader = Reader(next(letter.file for (known, _), letter in local.items() if known == name))
        near = nearest(name, shipped)
        needed = ", ".join(f"{name}.{language}.j2" for language in lacking)
        reader.problem(
            None, f"信件 {name!r} 缺少语言 {'、'.join(lacking)}", f"the letter {name!r} lacks {', '.join(lacking)}",
            f"是不是 {near!r}？" if near else f"加上 {needed}",
            f"did you mean {near!r}?" if near else f"add {needed}",
        )  # fmt: skip
        problems.extend(reader.problems)
    return tuple(problems)


def _read_wording(files: Mapping[str, str]) -> tuple[Mapping[str, Mapping[str, str]], tuple[Problem, ...]]:
    shipped = (package_files("responder") / "builtin" / WORDING).read_text("utf-8")
    wording: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    problems: list[Problem] = []
    sources = {f"builtin:{FOLDER}{WORDING}": shipped}
    if FOLDER + WORDING in files:
        sources[FOLDER + WORDING] = files[FOLDER + WORDING]
    for file, content in sources.items():
        reader = Reader(file)
        _add_wording(reader, content, wording)
        problems.extend(reader.problems)
    return wording, tuple(problems)


def _add_wording(reader: Reader, content: str, wording: dict[str, dict[str, str]]) -> None:
    """Each key is one text for all languages, or one a language."""
    root = reader.document(content)
    if root is None:
        return
    found = reader.mapping(root, ("信件用语", "wording"), optional=("team", "hotline", "website", "portal")) or {}
    for key, node in found.items():
        each = reader.entries(node, (key, key)) if hasattr(node, "entries") else ()
        if not hasattr(node, "entries"):
            value = reader.text(node, (key, key), empty=True)
            for language in LANGUAGES:
                wording[language][key] = one_line(value or "", 200)
        for name, text in each:
            if name.text in LANGUAGES:
                wording[name.text][key] = one_line(reader.text(text, (key, key), empty=True) or "", 200)
            else:
                reader.unknown(name, ("语言", "language"), LANGUAGES)

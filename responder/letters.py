"""The letters to customers: which there are, and how an intent becomes the bytes that are sent (DOMAIN 9)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files

from jinja2 import Environment, Template, TemplateError

from core.domain.bundle import Problem
from core.domain.errors import BadTemplate
from core.domain.letter import LetterFile, LetterIntent, LetterKind, OutgoingMail
from core.domain.mail import Address
from core.domain.settings import MailboxSettings
from core.settings.reader import Reader, nearest
from responder.letter_reader import MOST_TEXT, SIGNATURE, Letter, read_letter
from responder.letter_words import FOLDER, LetterWords, read_letter_words
from responder.logo import Logo
from responder.mime import LONGEST_LINE, usable_address, write_mail
from responder.page import FOOTER_MARK, load_frame, render_page
from responder.plain import many_lines, one_line
from responder.template import LONG, VARIABLES, text_environment
from responder.wording import LANGUAGES, letter_language, salutation_words

__all__ = ["Letter", "LetterBook", "compile_letters", "letter_language", "shipped_letters"]

_SUPPRESS = ("X-Auto-Response-Suppress", "All")
# No Precedence: RFC 3834 asks only for Auto-Submitted, and "bulk" makes filters take an answer for advertising.
_HEADERS: Mapping[LetterKind, tuple[tuple[str, str], ...]] = {
    LetterKind.ACKNOWLEDGEMENT: (("Auto-Submitted", "auto-replied"), _SUPPRESS),
    LetterKind.PROGRESS: (("Auto-Submitted", "auto-generated"), _SUPPRESS),
    LetterKind.NOTICE: (("Auto-Submitted", "auto-generated"), _SUPPRESS),
    LetterKind.CARE: (("Auto-Submitted", "auto-generated"), _SUPPRESS),
    LetterKind.AGENT: (),
}
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_MOST_VARIABLE = 500
ACKNOWLEDGEMENT = "acknowledgement"
CARE = "care-"
"""How the names of letters of care begin (关怀): people and care plans send them, and each can be stopped."""
_MOST_LONG = {"body": MOST_TEXT // 2, "note": 4000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A letter's words before they become a mail; the HTML names ``logo`` by its cid."""

    subject: str
    text: str
    html: str
    logo: Logo | None = None

    def shown_html(self) -> str:
        """The HTML for a browser: the picture stands in it."""
        return self.html.replace(f"cid:{self.logo.cid}", self.logo.as_data()) if self.logo else self.html


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterBook:
    """All letters of a bundle by (name, language) and what stands below them, with the fixed words of each language
    and mailbox; ``own`` are the names that are not built in."""

    letters: Mapping[tuple[str, str], Letter]
    signatures: Mapping[str, Letter]
    fixed: LetterWords
    frame: Template
    own: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({name for name, _ in self.letters}))

    @property
    def for_arrivals(self) -> tuple[str, ...]:
        """Those that a rule may send when a demand arrives: the acknowledgement, and what an admin has written beside
        the built-in letters, which speak of later things."""
        return (ACKNOWLEDGEMENT, *(name for name in self.own if not name.startswith(CARE)))

    @property
    def for_care(self) -> tuple[str, ...]:
        """Those that people send to keep in touch."""
        return tuple(name for name in self.names if name.startswith(CARE) and not self.is_off(name))

    def is_off(self, name: str) -> bool:
        """Whether an admin has switched that letter off: nothing sends it by itself."""
        return name in self.fixed.off

    def letter(self, name: str, language: str) -> Letter:
        """Raises ``BadTemplate`` when there is none."""
        found = self.letters.get((name, language)) or self.letters.get((name, "en"))
        if found is None:
            raise BadTemplate(f"没有信件 {name}.{language} (no such letter)")
        return found

    def words(self, intent: LetterIntent, mailbox: MailboxSettings, link: str = "", stop: str = "") -> Composed:
        """Subject, text and HTML of an intent, without headers. ``link`` is the ticket's page for its customer, made
        only where the mailbox has such pages; ``stop`` as in ``compose``. Raises ``BadTemplate``."""
        letter = self.letter(intent.template, intent.language)
        variables = self._variables(intent, mailbox, letter.language, link) | {"stop": stop}
        subject, text = one_line(_filled(letter, variables, subject=True), 200), _filled(letter, variables)
        text = _BLANK_LINES.sub("\n\n", self._signed(text, letter.language, variables)).strip()
        logo = self.fixed.logo(mailbox.name, letter.language)
        html = render_page(
            self.frame,
            text=text,
            title=letter.title,
            language=letter.language,
            links=[variables[name] for name in ("link", "vote", "survey") if variables[name]],
            quiet=stop,
            prose=[variables[name] for name in LONG],
            logo=logo,
            team=variables["team"],
        )
        return Composed(subject=subject, text=text, html=html, logo=logo)

    def _signed(self, text: str, language: str, variables: Mapping[str, str]) -> str:
        """With the signature below, unless the letter brings one of its own."""
        signature = self.signatures.get(language)
        if signature is None or f"\n{FOOTER_MARK}\n" in text:
            return text
        return f"{text.rstrip()}\n\n{FOOTER_MARK}\n{_filled(signature, variables).strip()}"

    def compose(
        self,
        intent: LetterIntent,
        mailbox: MailboxSettings,
        reply_to: str,
        files: Sequence[LetterFile] = (),
        link: str = "",
        stop: str = "",
    ) -> OutgoingMail:
        """The bytes and envelope of an intent: a pure function of it, the mailbox and this book. ``reply_to`` is the
        plus-address, ``link`` as in ``words``. Automatic letters have the null return path (RFC 3834, 3.3).
        ``stop`` is the address by which the customer of a letter of care stops them. Raises ``BadTemplate``."""
        composed = self.words(intent, mailbox, link, stop)
        address = usable_address(mailbox.address)
        recipient = usable_address(intent.recipient.address)
        name = self._team(mailbox, intent.language)
        data = write_mail(
            sender=Address(name=name, address=address),
            recipient=Address(name=intent.recipient.name, address=recipient),
            reply_to=usable_address(reply_to or address),
            subject=composed.subject,
            date=intent.date,
            message_id=intent.message_id,
            in_reply_to=intent.in_reply_to,
            references=intent.references,
            headers=(*_HEADERS[intent.kind], *_stopping(intent.kind, stop)),
            language=intent.language,
            text=_mark_footer(composed.text),
            html=composed.html,
            files=files,
            logo=composed.logo,
        )
        sender = address if intent.kind in (LetterKind.AGENT, LetterKind.CARE) else ""
        return OutgoingMail(
            letter_id=intent.id, mailbox=mailbox.name, sender=sender, recipients=(recipient,), data=data
        )

    def portal(self, mailbox: str, language: str) -> str:
        """The address of that mailbox's pages for customers, or the empty string."""
        return self.fixed.of(mailbox, language).get("portal", "")

    def _variables(self, intent: LetterIntent, mailbox: MailboxSettings, language: str, link: str) -> dict[str, str]:
        fixed = self.fixed.of(mailbox.name, language)
        name = intent.variables.get("name", "")
        known = {"address": mailbox.address, "salutation": salutation_words(name, language), **fixed}
        known |= {"team": self._team(mailbox, language), **intent.variables, "link": link}
        for name, path in (("vote", "r"), ("survey", "s")):
            known[name] = f"{fixed['portal']}/{path}/{known[name]}" if known.get(name) and fixed.get("portal") else ""
        if fixed.get("hours"):
            known["hours"] = fixed["hours"]
        lines = {name: one_line(known.get(name, ""), _MOST_VARIABLE) for name in VARIABLES}
        return lines | {name: many_lines(known.get(name, ""), _MOST_LONG[name]) for name in LONG}

    def _team(self, mailbox: MailboxSettings, language: str) -> str:
        """Who signs: the mailbox's own words, its name, then the team of all."""
        own = self.fixed.mailboxes.get(mailbox.name, {}).get(language, {}).get("team", "")
        return own or mailbox.display or self.fixed.of("", language)["team"]


def _filled(letter: Letter, variables: Mapping[str, str], *, subject: bool = False) -> str:
    try:
        text = (letter.subject if subject else letter.body).render(variables)
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise BadTemplate(f"{letter.file}: {error}") from error
    if len(text) > MOST_TEXT:
        raise BadTemplate(f"{letter.file}: 信件太长 (the letter is too long)")
    return text


def _stopping(kind: LetterKind, stop: str) -> tuple[tuple[str, str], ...]:
    """The headers of one-click unsubscription (RFC 8058). Raises ``BadTemplate`` for a letter of care without."""
    if kind is not LetterKind.CARE:
        return ()
    if not stop.startswith("https://") or len(stop) > LONGEST_LINE - 30:
        raise BadTemplate(
            "关怀邮件要能退订：wording.yaml 写 portal: https://… (a letter of care needs a portal to stop it)"
        )
    return (("List-Unsubscribe", f"<{stop}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))


def _mark_footer(text: str) -> str:
    """The footer's mark as mail programs know it: two dashes and a space (RFC 3676, 4.3)."""
    return text.replace(f"\n{FOOTER_MARK}\n", f"\n{FOOTER_MARK} \n", 1)


def compile_letters(
    files: Mapping[str, str], mailboxes: Collection[str] = ()
) -> tuple[LetterBook, tuple[Problem, ...]]:
    """The built-in letters, overridden or joined by ``replies/NAME.LANGUAGE.j2`` of the bundle; and all problems.

    Where a local letter has problems the built-in one stands in, so that a broken edit never stops mail. Words for none
    of the ``mailboxes``, where these are known, are a problem."""
    environment = text_environment()
    shipped, problems = _read_letters(environment, _built_in())
    local, local_problems = _read_letters(environment, _local(files))
    letters = {**shipped, **local}
    fixed, word_problems = read_letter_words(files, {name for name, _ in letters} - {SIGNATURE}, mailboxes)
    missing = _missing(local, files, {name for name, _ in shipped})
    book = LetterBook(
        letters={place: letter for place, letter in letters.items() if place[0] != SIGNATURE},
        signatures={language: letter for (name, language), letter in letters.items() if name == SIGNATURE},
        fixed=fixed,
        frame=load_frame(),
        own=tuple(sorted({name for name, _ in local} - {name for name, _ in shipped})),
    )
    return book, (*problems, *local_problems, *missing, *word_problems)


def shipped_letters() -> dict[str, str]:
    """The built-in letters as they are written, by the path that a local one would have."""
    return {path.removeprefix("builtin:"): text for path, text in _built_in().items()}


@cache
def _built_in() -> Mapping[str, str]:
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

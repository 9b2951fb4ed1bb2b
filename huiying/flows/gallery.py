"""Writes every letter of a desk in every language as it would arrive, for people to look at; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.letter import LetterKind, OutgoingMail
from core.domain.settings import MailboxSettings, ServerSettings, Tls
from huiying.flows.desk import Desk
from responder.letters import Composed
from responder.sample import STOP, cases, sample_intent
from responder.wording import LANGUAGES

PAGE = "https://help.example.com/help/t/sample"
"""Where a sample's button leads in the gallery."""
_NOWHERE = ServerSettings(host="localhost", port=25, tls=Tls.NONE)
_NO_BOX = MailboxSettings(name="support", address="support@example.com", imap=_NOWHERE, smtp=_NOWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One letter: its words, and the mail as it would go out. ``slug`` is fit for a file's name."""

    slug: str
    letter: str
    language: str
    words: Composed
    mail: OutgoingMail


def gallery(desk: Desk) -> Iterator[Picture]:
    """Letters by name, each in all languages."""
    box = a_mailbox(desk)
    for case in cases(desk.letters.names):
        for language in LANGUAGES:
            intent = sample_intent(case, language, desk.calendar, box.name, desk.bundle)
            stop = STOP if intent.kind is LetterKind.CARE else ""
            yield Picture(
                slug=f"{case.slug}.{language}",
                letter=case.letter,
                language=language,
                words=desk.letters.words(intent, box, PAGE, stop),
                mail=desk.letters.compose(intent, box, "", (), PAGE, stop),
            )


def sample_page(desk: Desk, box: MailboxSettings, language: str) -> str:
    """Where a sample's button would lead; empty where the desk has no such pages."""
    portal = desk.letters.portal(box.name, language)
    return f"{portal}/help/t/sample" if portal else ""


def a_mailbox(desk: Desk, name: str = "") -> MailboxSettings:
    """That mailbox, else the first one, else an invented one."""
    return desk.mailbox(name) or next(iter(desk.mailboxes), _NO_BOX)

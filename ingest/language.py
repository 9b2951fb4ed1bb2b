"""Asks ``core.text`` for the language of a mail, at the first mail and not at start-up."""

from __future__ import annotations


def language_of(subject: str, text: str) -> str:
    """BCP 47 ("zh-Hans", "zh-Hant", "en", …, "und") of the mail's words; the subject counts where the text is short."""
    from core.text.language import language_of as of_text

    found = of_text(text)
    return of_text(f"{subject}\n{text}") if found == "und" or len(text) < 20 else found

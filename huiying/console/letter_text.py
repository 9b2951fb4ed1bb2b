"""What a composed letter or a raw mail looks like to a person who may not see contact data: masked plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from core.text.mask import mask

_MOST_SHOWN = 64 * 1024
_SHOWN_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "Auto-Submitted")
_CONTACT_HEADERS = ("From", "To", "Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterText:
    """A letter of ours to read: a few headers and the plain text."""

    headers: Mapping[str, str]
    text: str


def read_letter(data: bytes) -> LetterText:
    """Our own composed letter: well-formed by construction, so the standard parser is enough."""
    mail = message_from_bytes(data, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    part = mail.get_body(("plain",))
    text = part.get_content() if part is not None else ""
    headers = {name: str(mail[name]) for name in _SHOWN_HEADERS if mail[name]}
    headers |= {name: mask(headers[name]) for name in _CONTACT_HEADERS if name in headers}
    return LetterText(headers=headers, text=mask(str(text)))


def safe_source(data: bytes) -> tuple[str, str]:
    """(header block, beginning of the body) of any bytes, decoded without understanding them and masked.

    Nothing is interpreted here: this is for mail that could not be parsed."""
    shown = data[:_MOST_SHOWN].replace(b"\r\n", b"\n")
    head, _, body = shown.partition(b"\n\n")
    return mask(_readable(head)), mask(_readable(body))


def _readable(data: bytes) -> str:
    for charset in ("utf-8", "gb18030"):
        try:
            text = data.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = data.decode("latin-1")
    return "".join(c if c in "\n\t" or c.isprintable() else "·" for c in text)

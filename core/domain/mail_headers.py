"""Which headers of a mail rules may ask about: the parser keeps these, and says nothing of the others."""

from __future__ import annotations

from collections.abc import Mapping

NAMED = (
    "auto-submitted", "comments", "content-language", "feedback-id", "importance", "keywords", "list-id",
    "organization", "precedence", "priority", "sensitivity", "thread-topic", "user-agent", "x-mailer", "x-priority",
    "x-spam-flag", "x-spam-status",
)  # fmt: skip
"""Those with a meaning of their own; none of them is made of addresses. Other ``x-`` headers may be asked about too."""
_SEALED = ("x-ms-", "x-microsoft-", "x-forefront-", "x-gm-", "x-google-", "x-received", "x-authentication")
"""What providers write for themselves: many, long, and nothing that a person reads."""
ELSEWHERE: Mapping[str, str] = {
    "from": "sender", "to": "to", "cc": "cc", "bcc": "recipients", "x-original-to": "recipients",
    "subject": "subject", "date": "hours", "in-reply-to": "is_reply", "references": "is_reply",
}  # fmt: skip
"""Headers that are read already, and the condition that asks about what stands there."""
LONGEST_NAME = 76


def may_be_asked(name: str) -> bool:
    """Whether a header, by its name in lower case, is kept for rules."""
    if name in NAMED:
        return True
    return (
        name.startswith("x-") and len(name) <= LONGEST_NAME and name not in ELSEWHERE and not name.startswith(_SEALED)
    )

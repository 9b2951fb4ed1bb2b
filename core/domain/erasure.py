"""What an erasure of personal data takes away (个人信息保护法 47, GDPR 17)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """How much there is of a customer: ``mails`` are raw mails, ``labels`` what agents said about his messages,
    ``models`` those that may have learnt from it. ``customer`` is his masked address."""

    customer: str
    tickets: int = 0
    mails: int = 0
    messages: int = 0
    letters: int = 0
    labels: int = 0
    models: int = 0

"""How a mail is protected: signed or encrypted, and by which standard."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Protection(StrEnum):
    """The values stand among the defects of a stored message: what is encrypted cannot be read by us."""

    SMIME_SIGNED = "signed:smime"
    PGP_SIGNED = "signed:pgp"
    SMIME_ENCRYPTED = "encrypted:smime"
    PGP_ENCRYPTED = "encrypted:pgp"


def protections(codes: Iterable[str]) -> tuple[Protection, ...]:
    """Those among ``codes`` that say how a mail is protected."""
    given = frozenset(codes)
    return tuple(one for one in Protection if one.value in given)


def without_protections(codes: Iterable[str]) -> tuple[str, ...]:
    """What was really wrong with a mail."""
    return tuple(code for code in codes if code not in frozenset(Protection))

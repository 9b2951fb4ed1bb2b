"""Decides how a mail is protected, and which of its parts and lines are only the wrapping."""

from __future__ import annotations

from core.domain.protection import Protection
from ingest.cms import envelope_kind
from ingest.part import SIGNED_ENVELOPE, Node, is_envelope
from ingest.transfer import transfer_decoded

_SIGNATURES = {
    "application/pkcs7-signature": Protection.SMIME_SIGNED,
    "application/x-pkcs7-signature": Protection.SMIME_SIGNED,
    "application/pgp-signature": Protection.PGP_SIGNED,
}
_PGP_VERSION = "application/pgp-encrypted"
_SIGNED, _MESSAGE, _SIGNATURE = (f"-----BEGIN PGP {what}-----" for what in ("SIGNED MESSAGE", "MESSAGE", "SIGNATURE"))
HIDDEN = _MESSAGE
"""What stands for the words of a mail that is nothing but encrypted."""
_END = "-----END PGP "


def is_wrapping(node: Node) -> bool:
    """A signature, or the version of a PGP mail: kept with its bytes, but nothing that the customer sent along."""
    return node.type in _SIGNATURES or node.type == _PGP_VERSION


def protection_of(tree: Node) -> tuple[Protection, ...]:
    """By the parts; nested messages are somebody else's."""
    found: dict[Protection, None] = {}
    stack = [tree]
    while stack:
        node = stack.pop()
        if node.type == SIGNED_ENVELOPE:
            found[Protection.SMIME_SIGNED] = None
        elif node.type == "multipart/signed":
            found |= {_SIGNATURES[child.type]: None for child in node.children if child.type in _SIGNATURES}
        elif node.type == _PGP_VERSION:
            found[Protection.PGP_ENCRYPTED] = None
        elif is_envelope(node) and (
            kind := envelope_kind(transfer_decoded(node.payload, node.encoding, text=False)[0])
        ):
            found[kind] = None
        stack += node.children
    return tuple(found)


def without_armour(words: str) -> tuple[str, tuple[Protection, ...]]:
    """The words without the wrapping of inline PGP (RFC 9580, 6 and 7); its first line where all is encrypted."""
    if "-----BEGIN PGP " not in words:
        return words, ()
    out: list[str] = []
    found: dict[Protection, None] = {}
    state = ""
    for line in words.split("\n"):
        mark = line.rstrip()
        if mark == _SIGNED:
            state, found[Protection.PGP_SIGNED] = "head", None
        elif mark == _MESSAGE:
            state, found[Protection.PGP_ENCRYPTED] = "hidden", None
        elif mark == _SIGNATURE and state == "signed":
            state = "hidden"
        elif state == "head":
            state = "signed" if not mark else state
        elif state == "hidden":
            state = "" if mark.startswith(_END) else state
        else:
            out.append(line.removeprefix("- ") if state == "signed" else line)
    left = "\n".join(out).strip("\n").rstrip()
    return left or (_MESSAGE if Protection.PGP_ENCRYPTED in found else words), tuple(found)

"""Takes a mail apart into its MIME tree: by mail-parser, else by a flat walk over boundary lines without a stack."""

from __future__ import annotations

import email
import logging
import re
from dataclasses import dataclass, replace
from email.message import Message
from email.policy import compat32
from typing import TYPE_CHECKING, Any

from ingest.cms import signed_content
from ingest.embedded import Piece
from ingest.limits import ParseLimits
from ingest.params import MimeValue, parse_mime_value
from ingest.runs import NO_RUNS, Runs, set_aside
from ingest.transfer import transfer_decoded
from ingest.winmail import pieces_of

if TYPE_CHECKING:
    _Base = Any
else:
    from mailparser.core import MailParser as _Base

logging.getLogger("mailparser").setLevel(logging.CRITICAL)

_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
_OPAQUE = "application/octet-stream"
_MOST_REPAIRS = 20
SIGNED_ENVELOPE = "multipart/x-smime-signed"
"""Our own name for an S/MIME envelope that is only signed and was opened."""
TNEF_ENVELOPE = "multipart/x-ms-tnef"
"""Our own name for Outlook's winmail.dat, unpacked: what is not a file in it has the disposition "inline"."""
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_ENVELOPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_DELIMITER = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?$", re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary\s*=\s*(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)


class Part(Message):
    """A part whose type and boundary are read in linear time, and whose nested messages stay closed.

    A nested ``message/*`` is a leaf: its exact bytes are one attachment, its text never ours.
    """

    _headers: list[tuple[str, object]]
    _read_at = -1
    _read = parse_mime_value("")
    _mime_type = ""

    def raw(self, name: str) -> str:
        """The first header of that name as text with surrogate escapes, unfolded; '' when absent."""
        for key, value in self._headers:
            if key.lower() == name:
                return " ".join(str(value).split("\n")) if "\n" in str(value) else str(value)
        return ""

    def content_type(self) -> MimeValue:
        """The Content-Type header, read once the headers are there: the parser below asks for it again and again."""
        if self._read_at != len(self._headers):
            self._read, self._read_at = parse_mime_value(self.raw("content-type")), len(self._headers)
            declared = self._read.value
            self._mime_type = declared if not declared or _TYPE.fullmatch(declared) else "text/plain"
        return self._read

    def mime_type(self) -> str:
        """The declared type, or text/plain when it is absent or cannot be read (RFC 2045, 5.2)."""
        self.content_type()
        return self._mime_type or str(self.get_default_type())

    def get_content_type(self) -> str:
        found = self.mime_type()
        return _OPAQUE if found.startswith("message/") else found

    def get_content_maintype(self) -> str:
        return self.get_content_type().partition("/")[0]

    def get_content_subtype(self) -> str:
        return self.get_content_type().partition("/")[2]

    def get_boundary(self, failobj: Any = None) -> Any:  # noqa: ANN401  (the base class says so)
        boundary = self.content_type().get("boundary").rstrip()
        return boundary or failobj


class _Structure(_Base):  # type: ignore[misc]  # mail-parser has no types
    """mail-parser, asked for the tree and its defects only: texts, headers and names are decoded by us."""

    def parse(self) -> None:
        """Collects defects; what mail-parser would decode here it would decode without our charset order."""
        kinds = (type(defect).__name__ for part in self.message.walk() for defect in part.defects)
        self.kinds = tuple(dict.fromkeys(f"mime:{kind.removesuffix('Defect')}" for kind in kinds))


def _parsed(data: bytes) -> tuple[Part, tuple[str, ...]]:
    structure = _Structure(email.message_from_bytes(data, _class=Part, policy=compat32))
    part: Part = structure.message
    return part, structure.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One part: its path as IMAP counts it, its headers read, and either children or a payload."""

    path: str
    type: str
    content_type: MimeValue
    disposition: MimeValue
    content_id: str
    encoding: str
    payload: bytes
    children: tuple[Node, ...] = ()

    @property
    def is_container(self) -> bool:
        return bool(self.children)


def read_tree(data: bytes, limits: ParseLimits) -> tuple[Node, tuple[str, ...]]:
    """The tree of ``data`` (structural headers, blank line, body) and its defects."""
    try:
        shorter, runs = set_aside(data)
        part, defects = _parsed(shorter)
        repairs: list[str] = []
        tree = _repaired(_node(part, "", limits, runs), "", limits, repairs)
        return tree, (*defects, *dict.fromkeys(one for one in repairs if one))
    except Exception as problem:  # noqa: BLE001  (see below)
        # Anything may be wrong in here, RecursionError above all; the flat walk needs no stack.
        return _flat(data, limits), (f"structure-flattened:{type(problem).__name__}",)


def _node(part: Part, path: str, limits: ParseLimits, runs: Runs = NO_RUNS) -> Node:
    # get_payload() would decode by the declared charset and lose bytes; the stored payload has them all.
    payload = part._payload  # type: ignore[attr-defined]  # the only place where exact bytes are
    children: tuple[Node, ...] = ()
    if isinstance(payload, list):
        prefix = f"{path}." if path else ""
        children = tuple(
            _node(child, f"{prefix}{at}", limits, runs)
            for at, child in enumerate(payload[: limits.parts], start=1)
            if isinstance(child, Part)
        )
    return Node(
        path=path or "1",
        type=part.mime_type(),
        content_type=part.content_type(),
        disposition=parse_mime_value(part.raw("content-disposition")[: limits.structural_value * 100]),
        content_id=part.raw("content-id").strip().strip("<>")[:998],
        encoding=part.raw("content-transfer-encoding").strip().lower()[:40],
        payload=runs.put_back(payload.encode("ascii", "surrogateescape")) if isinstance(payload, str) else b"",
        children=children,
    )


def _flat(data: bytes, limits: ParseLimits) -> Node:
    """All leaves between boundary lines side by side, whatever contained them."""
    declared = {first or second for first, second in _BOUNDARY.findall(data)}
    cuts = [(0, 0)]
    for found in _DELIMITER.finditer(data):
        if found[1] in declared or found[1].removesuffix(b"--") in declared:
            cuts.append((found.start(), found.end() + 1))
            if len(cuts) > limits.parts:
                break
    ends = [start for start, _ in cuts[1:]] + [len(data)]
    leaves: list[Node] = []
    for (_, begin), end in zip(cuts, ends, strict=True):
        leaf = _leaf(data[begin:end], f"{len(leaves) + 1}", limits)
        if leaf is not None:
            leaves.append(leaf)
    mixed = parse_mime_value("multipart/mixed")
    nothing = parse_mime_value("")
    return Node(
        path="1", type="multipart/mixed", content_type=mixed, disposition=nothing, content_id="",
        encoding="", payload=b"", children=tuple(leaves),
    )  # fmt: skip


def _leaf(segment: bytes, path: str, limits: ParseLimits) -> Node | None:
    if not segment.strip():
        return None
    part = email.message_from_bytes(segment, _class=_Closed, policy=compat32)
    assert isinstance(part, Part)
    if part.mime_type().startswith("multipart/"):
        return None
    return _node(part, path, limits)


class _Closed(Part):
    """A part that is never looked into."""

    def get_content_type(self) -> str:
        return _OPAQUE


def _repaired(node: Node, prefix: str, limits: ParseLimits, repairs: list[str]) -> Node:
    """The same tree with each multipart that fell into no parts read again; ``prefix`` is its path among others.

    Done here, so that whoever looks for a part by its path later finds the same tree."""
    if node.is_container:
        children = tuple(_repaired(child, child.path, limits, repairs) for child in node.children)
        return node if children == node.children else replace(node, children=children)
    if len(repairs) >= _MOST_REPAIRS:
        return node
    if is_envelope(node):
        return _opened(node, prefix, limits, repairs)
    if _is_winmail(node):
        return _unpacked(node, prefix, limits, repairs)
    if not node.type.startswith("multipart/"):
        return node
    again = _reopened(node, prefix, limits)
    if again is None:
        return node
    repairs.append("boundary-repaired")
    return _repaired(again, prefix, limits, repairs)


def _reopened(node: Node, prefix: str, limits: ParseLimits) -> Node | None:
    """A multipart whose declared boundary was missing or wrong, read again with the one its lines use."""
    data = node.payload
    found = _DELIMITER.search(data[:4096])
    if found is None or data.count(b"--" + found[1]) < 2 or found[1].endswith(b"--"):
        return None
    boundary = found[1].replace(b'"', b"")
    head = b"Content-Type: " + node.type.encode("ascii", "replace") + b'; boundary="' + boundary + b'"\n\n'
    try:
        again = _node(_parsed(head + data)[0], prefix, limits)
    except Exception:  # noqa: BLE001  (see below)
        # The text is shown as it is then; see read_tree.
        return None
    return again if again.is_container else None


def is_envelope(node: Node) -> bool:
    """S/MIME by its type, or by the name that Exchange leaves when it calls the type opaque."""
    name = node.disposition.get("filename") or node.content_type.get("name")
    return node.type in _ENVELOPES or (node.type == _OPAQUE and name.lower().endswith(".p7m"))


def _opened(node: Node, prefix: str, limits: ParseLimits, repairs: list[str]) -> Node:
    """A signed envelope read as what is in it: Outlook hides the whole mail in one when it "does not sign in clear"."""
    inner = signed_content(transfer_decoded(node.payload, node.encoding, text=False)[0])
    if not inner.strip():
        return node
    try:
        child = _node(_parsed(inner)[0], prefix, limits)
    except Exception:  # noqa: BLE001  (see below)
        # It stays an attachment then; see read_tree.
        return node
    repairs.append("")
    return replace(node, type=SIGNED_ENVELOPE, payload=b"", children=(_repaired(child, prefix, limits, repairs),))


def _is_winmail(node: Node) -> bool:
    """By its type, or by the name that it keeps where a gateway calls it opaque."""
    name = node.disposition.get("filename") or node.content_type.get("name")
    return node.type in _TNEF or (node.type == _OPAQUE and name.lower() == "winmail.dat")


def _unpacked(node: Node, prefix: str, limits: ParseLimits, repairs: list[str]) -> Node:
    """What Outlook put into its winmail.dat; the file itself beside it where not all of it was read."""
    data, _ = transfer_decoded(node.payload, node.encoding, text=False)
    pieces, defects, whole = pieces_of(data, limits)
    repairs += defects or [""]
    if not pieces:
        return node
    start = f"{prefix}." if prefix else ""
    children = tuple(_of_piece(piece, f"{start}{at}") for at, piece in enumerate(pieces, start=1))
    if not whole:
        children = (*children, replace(node, path=f"{start}{len(children) + 1}"))
    return replace(node, type=TNEF_ENVELOPE, encoding="", payload=b"", children=children)


def _of_piece(piece: Piece, path: str) -> Node:
    params = {"charset": piece.charset} if piece.charset else {}
    name = {"filename": ("utf-8", piece.name.encode("utf-8", "replace"))} if piece.name else {}
    kind = piece.type if _TYPE.fullmatch(piece.type) and not piece.type.startswith("multipart/") else _OPAQUE
    return Node(
        path=path,
        type=kind,
        content_type=MimeValue(value=kind, params=params, extended={}),
        disposition=MimeValue(value=piece.disposition, params={}, extended=name),
        content_id=piece.content_id,
        encoding="",
        payload=piece.data,
    )

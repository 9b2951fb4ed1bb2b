"""Puts long runs of base64 lines aside while a mail is taken apart: nobody need read an attachment line by line."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

# Such a line can be neither a header (no colon) nor a boundary (no hyphen), so the tree cannot change.
_RUN = re.compile(rb"^(?:[A-Za-z0-9+/]{60,76}\r?\n){40,}", re.MULTILINE)
_PLACE = re.compile(rb"(run[0-9a-f]{64}n)([0-9]{1,9})n(\n?)")
_WORTH_IT = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What was put aside; in its place stands a line with ``mark`` and the number of the run."""

    mark: bytes = b""
    pieces: tuple[bytes, ...] = ()

    def put_back(self, data: bytes) -> bytes:
        if not self.pieces or self.mark not in data:
            return data
        return _PLACE.sub(self._piece, data)

    def _piece(self, found: re.Match[bytes]) -> bytes:
        if found[1] != self.mark:
            return found[0]
        piece = self.pieces[int(found[2])]
        # The last line end before a boundary belongs to the boundary (RFC 2046, 5.1.1).
        return piece if found[3] else piece.rstrip(b"\r\n")


NO_RUNS = Runs()


def set_aside(data: bytes) -> tuple[bytes, Runs]:
    """The data with a short line in place of each long run, and the runs."""
    if len(data) < _WORTH_IT:
        return data, NO_RUNS
    # Nobody can write the mark into a mail before he knows the whole mail's hash.
    mark = b"run" + hashlib.sha256(data).hexdigest().encode() + b"n"
    pieces: list[bytes] = []

    def replaced(found: re.Match[bytes]) -> bytes:
        pieces.append(found[0])
        return mark + str(len(pieces) - 1).encode() + b"n\n"

    return _RUN.sub(replaced, data), Runs(mark=mark, pieces=tuple(pieces))

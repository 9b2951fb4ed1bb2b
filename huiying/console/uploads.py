"""The files of a form: which were chosen, their bytes within the limits, and a text that is too long to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import UploadFile

from core.domain.channel import BroughtFile
from core.domain.errors import TooManyFiles
from huiying.flows.answer import MOST_FILES, MOST_OCTETS

LONGEST_READ = 20_000
"""Characters that are read as a message; of a longer one the beginning is."""
LONGEST_TEXT = 300_000
"""Characters of a form's text: in Chinese nearly the megabyte that the server takes of a field."""


def in_full(text: str, say: Mapping[str, str]) -> tuple[str, tuple[BroughtFile, ...]]:
    """A text that can be read, and the whole of it as a file where that is longer: nothing a customer wrote is lost."""
    if len(text) <= LONGEST_READ:
        return text, ()
    note = f"\n\n[{say['long']}]"
    whole = BroughtFile(name=say["long-file"], type="text/plain; charset=utf-8", data=text.encode("utf-8", "replace"))
    return text[: LONGEST_READ - len(note)].rstrip() + note, (whole,)


def chosen(files: Sequence[UploadFile] | None) -> list[UploadFile]:
    """The files that were chosen; a browser sends one without a name where there is none."""
    return [file for file in files or () if file.filename]


def brought(files: Sequence[UploadFile] | None) -> tuple[BroughtFile, ...]:
    """Raises ``TooManyFiles``; at most one octet more than is allowed is read of each."""
    found = chosen(files)
    if len(found) > MOST_FILES:
        raise TooManyFiles
    read = tuple(
        BroughtFile(
            name=(file.filename or "")[-180:],
            type=file.content_type or "application/octet-stream",
            data=file.file.read(MOST_OCTETS + 1),
        )
        for file in found
    )
    if sum(len(file.data) for file in read) > MOST_OCTETS:
        raise TooManyFiles
    return read

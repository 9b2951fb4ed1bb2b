"""The files of a form: which were chosen, and their bytes within the limits."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import UploadFile

from core.domain.channel import BroughtFile
from core.domain.errors import TooManyFiles
from huiying.flows.answer import MOST_FILES, MOST_OCTETS


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

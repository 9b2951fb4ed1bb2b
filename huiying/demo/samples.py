"""Decides what a sample mail is: a file of ours, when it arrives, what it shows, and what should become of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from importlib.resources import files

from core.domain.errors import BadConfiguration
from core.settings.nodes import MapNode, Scalar
from core.settings.reader import Reader

EXPECTATIONS = ("ticket", "joined", "linked", "copy", "silent", "quarantined")
"""What should become of a sample; ``mails/index.yaml`` says what each word means."""

_EPOCH = re.compile(rb"(?m)(?<=Date: )Thu, 01 Jan 1970 00:00:00 \+0000(?=\r?$)")
_RUN = b".demo@"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMail:
    """One sample. ``at`` is seconds from the start; ``type`` and ``urgency`` are '' where people could disagree."""

    file: str
    at: float
    note_zh: str
    note_en: str
    expect: str
    language: str
    type: str = ""
    urgency: str = ""
    root: str = ""
    data: bytes

    def on_delivery(self, now: datetime, run: str) -> bytes:
        """The mail as it arrives at ``now``: the epoch in Date becomes ``now``, and Message-IDs that end in
        ``.demo@…`` carry ``run``, so that a second run's mails are no copies of the first one's."""
        stamp = format_datetime(now).encode()
        return _EPOCH.sub(lambda _: stamp, self.data).replace(_RUN, b"." + run.encode() + b"@")


def sample_mails() -> tuple[SampleMail, ...]:
    """All sample mails in the order of their arrival."""
    folder = files("huiying.demo").joinpath("mails")
    reader = Reader("mails/index.yaml")
    root = reader.document(folder.joinpath("index.yaml").read_bytes())
    found = []
    for item in reader.items(root, ("邮件列表", "list of mails")):
        fields = _fields(item)
        data = folder.joinpath(fields["file"]).read_bytes()
        found.append(
            SampleMail(
                file=fields["file"],
                at=float(fields["at"]),
                note_zh=fields["zh"],
                note_en=fields["en"],
                expect=fields["expect"],
                language=fields["language"],
                type=fields.get("type", ""),
                urgency=fields.get("urgency", ""),
                root=fields.get("root", ""),
                data=data,
            )
        )
    if reader.problems:
        raise BadConfiguration(f"mails/index.yaml: {reader.problems[0].en}")
    return tuple(sorted(found, key=lambda sample: sample.at))


def _fields(item: object) -> dict[str, str]:
    if not isinstance(item, MapNode):
        raise BadConfiguration("mails/index.yaml: each item must be a mapping")
    return {key.text: value.text for key, value in item.entries if isinstance(value, Scalar)}

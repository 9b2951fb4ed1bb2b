"""Reads ``retention.yaml``: how long originals and the audit trail are kept."""

from __future__ import annotations

from core.domain.bundle import Problem
from core.domain.retention import RetentionSettings
from core.settings.reader import Reader

FILE = "retention.yaml"
_LONGEST = 1_200
_SHORTEST_LOG = 6
"""The law asks for half a year of logs (网络安全法, article 21)."""


def read_retention(content: str | bytes, file: str = FILE) -> tuple[RetentionSettings, tuple[Problem, ...]]:
    """What could be read, and everything that is wrong; nothing is removed earlier than usual by what is wrong."""
    reader, usual = Reader(file), RetentionSettings()
    root = reader.document(content)
    if root is None:
        return usual, tuple(reader.problems)
    entries = reader.mapping(root, ("保存期限", "the retention"), optional=("mail_months", "log_months")) or {}
    months = {"mail_months": (usual.mail_months, 1), "log_months": (usual.log_months, _SHORTEST_LOG)}
    read = {
        name: reader.integer(entries[name], (name, name), low=low, high=_LONGEST) or default
        for name, (default, low) in months.items()
        if name in entries
    }
    return RetentionSettings(**read), tuple(reader.problems)

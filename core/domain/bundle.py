"""A bundle: all configuration files together, named by their content (DESIGN 5)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

MAKER = "init"
"""In whose name what ships is published in a new home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a configuration file. ``line`` and ``column`` count from 1; ``file`` is relative to
    ``config/``; built-in files are named ``builtin:rules/10-urgency.yaml``. ``zh`` and ``en`` are the
    message, ``hint_zh`` and ``hint_en`` say what was expected or "did you mean"."""

    file: str
    line: int
    column: int
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""

    def message(self, language: str = "zh-CN") -> str:
        return self.en if language.startswith("en") else self.zh

    def hint(self, language: str = "zh-CN") -> str:
        return self.hint_en if language.startswith("en") else self.hint_zh


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFiles:
    """The files of ``config/`` by relative POSIX path; machine.yaml is local and never part of it."""

    files: Mapping[str, str]

    @property
    def id(self) -> str:
        """The first 16 hex digits of SHA-256 over sorted (path, content) pairs."""
        digest = hashlib.sha256()
        for path in sorted(self.files):
            for part in (path, self.files[path]):
                data = part.encode()
                digest.update(len(data).to_bytes(8, "big"))
                digest.update(data)
        return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRecord:
    """A published bundle. ``serial`` counts publications (a rollback is one more); ``parent`` is the id before."""

    serial: int
    id: str
    parent: str = ""
    author: str
    reason: str = ""
    at: datetime
    check: str = "ok"
    active: bool = False

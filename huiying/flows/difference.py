"""Shows what differs between two configurations, file by file, as an admin knows it from version control."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.domain.bundle import BundleFiles

RULE_PLACES = ("rules/", "words/")
"""Where what rules say is written."""
LETTER_PLACES = ("replies/", "wording.yaml")
"""Where what letters say, and must not say, is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDifference:
    """One file: ``kind`` is added, changed or removed; ``lines`` a unified diff without its two head lines."""

    path: str
    kind: str
    lines: tuple[str, ...]

    @property
    def added(self) -> int:
        return sum(line.startswith("+") for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.startswith("-") for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.path,
            "kind": self.kind,
            "added": self.added,
            "removed": self.removed,
            "diff": "\n".join(self.lines),
        }


def differences(before: BundleFiles, after: BundleFiles) -> tuple[FileDifference, ...]:
    """By path; files that are alike are left out."""
    return tuple(_differences(before, after))


def _differences(before: BundleFiles, after: BundleFiles) -> Iterator[FileDifference]:
    for path in sorted(before.files.keys() | after.files.keys()):
        old, new = before.files.get(path), after.files.get(path)
        if old == new:
            continue
        kind = "added" if old is None else "removed" if new is None else "changed"
        lines = difflib.unified_diff((old or "").splitlines(), (new or "").splitlines(), lineterm="")
        yield FileDifference(path=path, kind=kind, lines=tuple(lines)[2:])


def with_places_of(files: BundleFiles, source: BundleFiles, places: tuple[str, ...]) -> BundleFiles:
    """The files with what another bundle has in some places."""
    kept = {path: text for path, text in files.files.items() if not path.startswith(places)}
    taken = {path: text for path, text in source.files.items() if path.startswith(places)}
    return BundleFiles(files=kept | taken)

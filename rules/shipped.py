"""The text of the rule files that ship, comments and all."""

from __future__ import annotations

from importlib.resources import files as package_files

from rules.book import BUILTIN, FOLDER


def shipped_text(file: str) -> str:
    """A built-in file by the name under which its rules are shown (``builtin:rules/10-zh.yaml``)."""
    name = file.removeprefix(BUILTIN).removeprefix(FOLDER)
    return (package_files("rules") / "builtin" / name).read_text("utf-8")

"""Reads ``knowledge.yaml``: how often articles are looked at again, and who publishes them."""

from __future__ import annotations

from importlib.resources import files

from core.domain.article import KnowledgeSettings
from core.domain.bundle import Problem
from core.settings.reader import Reader

FILE = "knowledge.yaml"
_LONGEST = 730


def read_knowledge(content: str | bytes, file: str = FILE) -> tuple[KnowledgeSettings, tuple[Problem, ...]]:
    """What could be read, and everything that is wrong; what is wrong is as usual."""
    reader, usual = Reader(file), KnowledgeSettings()
    root = reader.document(content)
    if root is None:
        return usual, tuple(reader.problems)
    entries = reader.mapping(root, ("知识库", "the knowledge base"), optional=("review_days", "agents_publish")) or {}
    days, flag = entries.get("review_days"), entries.get("agents_publish")
    read = KnowledgeSettings(
        review_days=(reader.integer(days, ("review_days", "review_days"), low=1, high=_LONGEST) if days else None)
        or usual.review_days,
        agents_publish=bool(flag and reader.flag(flag, ("agents_publish", "agents_publish"))),
    )
    return read, tuple(reader.problems)


def shipped_articles() -> str:
    """The articles that ship, as a file that can be imported."""
    return files("core.settings").joinpath("shipped", "articles.yaml").read_text("utf-8")

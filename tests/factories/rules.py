"""Rules, books and messages for tests, with defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.domain.decision import Facts
from core.domain.mail import Address
from core.domain.suggestion import FieldSuggestion, Suggestion
from core.domain.taxonomy import Taxonomy
from core.domain.ticket import Message
from core.settings.taxonomy import read_taxonomy
from rules.book import RuleBook, compile_book

_FILE = Path(__file__).parents[2] / "config" / "taxonomy.yaml"


def shipped_taxonomy() -> Taxonomy:
    taxonomy, problems = read_taxonomy(_FILE.read_text("utf-8"), "taxonomy.yaml")
    assert taxonomy is not None, problems
    return taxonomy


TAXONOMY = shipped_taxonomy()


def a_rule(
    *,
    id: str = "test",
    when: str = "{text: 退款}",
    then: str = "{type: 投诉}",
    examples: Sequence[str] = ("{text: 退款, expect: {type: 投诉}}", "{text: 你好, expect: nothing}"),
    extra: str = "",
) -> str:
    """A rule file with one rule; ``when`` and ``then`` are written as YAML on one line."""
    listed = "".join(f"      - {example}\n" for example in examples)
    more = f"    {extra}\n" if extra else ""
    return (
        f"rules:\n  - id: {id}\n    title: 测试\n    when: {when}\n    then: {then}\n    examples:\n{listed}"
        + ("    why: because\n" if extra else "")
        + more
    )


def a_book(*rules: str, words: Mapping[str, tuple[str, ...]] | None = None, builtin: bool = False) -> RuleBook:
    """A book of rule files named 10.yaml, 20.yaml …, with the built-in rules behind them if asked for."""
    files = {f"rules/{number}0.yaml": text for number, text in enumerate(rules, 1)}
    book, problems = compile_book(files, TAXONOMY, words=words, builtin=builtin)
    assert problems == (), problems
    return book


def local_hits(book: RuleBook, message: Message, facts: Facts | None = None) -> tuple[str, ...]:
    """The ids of the local rules that hold in the first pass."""
    hits = book.first_pass(message, facts or some_facts())
    return tuple(hit.id for hit in hits if hit.where.startswith("rules/"))


def a_message(
    text: str = "",
    *,
    subject: str = "",
    body: str = "",
    sender: str = "customer@example.com",
    name: str = "",
    to: Sequence[str] = (),
    language: str = "und",
) -> Message:
    """``text`` is what the customer wrote himself, ``body`` all that is visible."""
    return Message(
        id=1,
        ticket_id=1,
        at=datetime(2026, 3, 5, 2, tzinfo=UTC),
        subject=subject,
        reply=text,
        text=body or text,
        sender=Address(name=name, address=sender) if sender else None,
        recipients=tuple(Address(address=address) for address in to),
        language=language,
    )


def some_facts(**more: object) -> Facts:
    return Facts(received=datetime(2026, 3, 5, 2, tzinfo=UTC), **more)  # type: ignore[arg-type]  # named by the test


def a_suggestion(**fields: tuple[str, float] | tuple[str, float, bool]) -> Suggestion:
    """``a_suggestion(type=("投诉", 0.8))``; a third item says whether it was accepted."""
    said = {
        name: FieldSuggestion(value=one[0], confidence=one[1], accepted=len(one) > 2 and bool(one[2]))
        for name, one in fields.items()
    }
    return Suggestion(model="m1", fields=said)

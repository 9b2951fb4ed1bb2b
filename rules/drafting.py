"""Writes the rule that a finding proposes, on trial, with masked examples from the very mails."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.domain.ticket import Message
from core.text.mask import mask
from rules.lexicon import LexiconBuilder
from rules.mining import Finding

_AROUND = 12
"""Characters of a mail that an example keeps on either side of a word."""
_MOST_EXAMPLES = 2
_FLOOR = {"紧急", "重要"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A proposed rule: ``entry`` is its YAML as an item of ``rules:``, ``examples`` the excerpts in it."""

    id: str
    finding: Finding
    entry: str
    examples: tuple[str, ...]


def draft(finding: Finding, members: Sequence[Message], others: Sequence[Message]) -> Draft:
    """``members`` are mails that agree with the finding, ``others`` mails in which agents said another value: one of
    them that has one of the words and not all is the near miss."""
    found = _excerpts(finding, members)
    examples = tuple(dict.fromkeys(found))[:_MOST_EXAMPLES]
    near = next(iter(_near_misses(finding, others)), "")
    name = "suggested-" + _digest(finding)
    return Draft(id=name, finding=finding, entry=_entry(name, finding, examples, near), examples=examples)


def rule_file(drafts: Sequence[Draft]) -> str:
    """A whole file of them."""
    return "rules:\n" + "".join(one.entry for one in drafts)


def add_entry(content: str, entry: str) -> str:
    """The file with one entry more at its end; whatever stands in it stays as it is."""
    if not content.strip():
        return "rules:\n" + entry
    return content.rstrip("\n") + "\n\n" + entry


def _digest(finding: Finding) -> str:
    said = "\0".join((finding.field, finding.value, *sorted(finding.words)))
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _entry(name: str, finding: Finding, examples: Sequence[str], near: str) -> str:
    action = "urgency_at_least" if finding.field == "urgency" and finding.value in _FLOOR else finding.field
    words = "、".join(finding.words)
    said = "、".join(f"{value or '无'} {count} 封" for value, count in finding.instead)
    before = f"，原判 {said}" if said else ""
    why = (
        f"客服在含有 {words} 的 {finding.mails} 封来信中有 {finding.agreed} 封定为 {finding.value}"
        f"（{finding.fixes} 封由此改对{before}，{finding.breaks} 封会改错，偶然概率 {finding.chance:.1g}）"
    )
    lines = [
        f"  - id: {name}",
        f"    title: {_text(f'{words} → {finding.value}')}",
        f"    why: {_text(why)}",
        "    status: trial",
        "    when:",
        f"      text: {{contains_all: [{', '.join(map(_text, finding.words))}]}}",
        f"    then: {{{action}: {_text(finding.value)}}}",
        "    examples:",
    ]
    expected = f"{{{finding.field}: {_text(finding.value)}}}"
    met = (f"      - {{text: {_text(example)}, expect: {expected}}}" for example in examples)
    missed = f"      - {{text: {_text(near or finding.words[0][:1])}, expect: nothing}}"
    return "\n".join((*lines, *met, missed)) + "\n"


def _text(value: str) -> str:
    """A double-quoted YAML scalar; JSON's are."""
    return json.dumps(value, ensure_ascii=False)


def _excerpts(finding: Finding, members: Sequence[Message]) -> Iterator[str]:
    for message in members:
        excerpt = _excerpt(message, finding.words)
        if excerpt and len(_held(excerpt, finding.words)) == len(finding.words):
            yield excerpt


def _near_misses(finding: Finding, others: Sequence[Message]) -> Iterator[str]:
    for message in others:
        held = _held(_own(message), finding.words)
        if held and len(held) < len(finding.words):
            excerpt = _excerpt(message, held)
            if len(_held(excerpt, finding.words)) < len(finding.words):
                yield excerpt
    for message in others:
        excerpt = _own(message)[: 3 * _AROUND]
        if excerpt and not _held(excerpt, finding.words):
            yield _masked(excerpt, message)


def _own(message: Message) -> str:
    return " ".join(f"{message.subject} {message.reply or message.text}".split())


def _places(text: str, words: Sequence[str]) -> dict[int, tuple[int, int]]:
    """Where each word stands first, by its place in ``words``, in the text as it was written."""
    builder = LexiconBuilder()
    numbers = [builder.intern(word) for word in words]
    field = builder.build().scan("", text)
    found: dict[int, tuple[int, int]] = {}
    for place, number in enumerate(numbers):
        if number in field.first:
            (quoted,) = field.quote([field.first[number]])
            found[place] = (quoted.start, quoted.end)
    return found


def _held(text: str, words: Sequence[str]) -> tuple[str, ...]:
    return tuple(words[place] for place in _places(text, words))


def _excerpt(message: Message, words: Sequence[str]) -> str:
    """What stands around the words, in the mail's order."""
    text = _own(message)
    spans: list[tuple[int, int]] = []
    for start, end in sorted(_places(text, words).values()):
        start, end = max(0, start - _AROUND), min(len(text), end + _AROUND)
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return _masked("…".join(text[start:end].strip() for start, end in spans), message)


def _masked(text: str, message: Message) -> str:
    """Without contact data and without the sender's name."""
    name = message.sender.name.strip() if message.sender else ""
    return mask(text.replace(name, "×") if len(name) > 1 else text)

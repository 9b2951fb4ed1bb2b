"""Reads words that are compared piece by piece, not through the lexicon."""

from __future__ import annotations

from core.settings.nodes import ListNode, Node, Scalar
from core.settings.reader import Reader
from rules.lexicon import fold_for_matching


def read_folded(reader: Reader, node: Node | None, name: str) -> tuple[str, ...]:
    """One word or a list, folded; a word of which nothing is left would fit everything and is refused."""
    if node is None:
        return ()
    items = (node,) if isinstance(node, Scalar) else reader.items(node, (name, name))
    if isinstance(node, ListNode) and not items:
        reader.problem(node, f"{name} 是空的", f"{name} is empty")
    found: list[str] = []
    for item in items:
        word = reader.text(item, (f"{name} 里的词", f"a word of {name}"))
        folded = fold_for_matching(word).strip() if word is not None else ""
        if folded:
            found.append(folded)
        elif word is not None:
            refuse_word(reader, item, word)
    return tuple(found)


def refuse_word(reader: Reader, node: Node, word: str) -> None:
    """Notes a word that has no visible character."""
    reader.problem(node, f"词 {word!r} 里没有可以匹配的字", f"nothing of the word {word!r} can be matched")

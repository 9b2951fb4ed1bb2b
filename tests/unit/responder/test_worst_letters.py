"""Letters are rendered in the process (decision 0012): whatever passes the check stays small and is done at once."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import BadTemplate
from core.domain.letter import LetterKind
from responder.letter_reader import MOST_TEXT, read_letter
from responder.letters import compile_letters
from responder.template import LONG, VARIABLES, text_environment
from tests.factories.letters import BOX, an_intent

HEAD = "---\nname: mine\ntitle: t\nsubject: s\n---\n"
SIGNED = 5_000
"""The signature below: its variables have 500 characters each."""
HOSTILE = ("&", "a-", "ΐ ", "\\", "'", "\U000e0001", "长")
"""What grows when it is escaped, capitalised, or written as Python writes it."""


def quoted(depth: int, words: str) -> str:
    """A list in a list, each as text: every time twice as many backslashes."""
    for _ in range(depth):
        words = f"([{words}] ~ '')"
    return f"{{{{ {words} }}}}"


@pytest.mark.parametrize("depth", [1, 8, 12])
@pytest.mark.parametrize("words", ["body", "'" + "\\" * 2000 + "'"], ids=["body", "literal"])
def test_no_list_is_written_out(depth: int, words: str) -> None:
    """Refused before it is compiled: a page of two thousand characters could fill the memory of the service."""
    began = time.process_time()
    tracemalloc.start()
    letter, problems = read_letter(text_environment(), "replies/mine.en.j2", HEAD + quoted(depth, words))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert letter is None and "a list stands behind 'in' only" in problems[0].en
    assert peak < 5_000_000 and time.process_time() - began < 2


def filled(template: str, hostile: str) -> tuple[int, int, float]:
    """(characters of what came out, 0 when it was stopped; octets; seconds of the processor)."""
    files = {f"replies/mine.{language}.j2": HEAD + template for language in ("zh-CN", "zh-TW", "en")}
    book, problems = compile_letters(files)
    assert not problems, problems[0].en
    values = {name: (hostile * 40_000)[: 40_000 if name in LONG else 500] for name in VARIABLES}
    intent = an_intent("en", template="mine", kind=LetterKind.AGENT, variables=values)
    began = time.process_time()
    tracemalloc.start()
    size = 0
    with suppress(BadTemplate):
        size = len(book.words(intent, BOX).text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size, peak, time.process_time() - began


@pytest.mark.slow
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("template", [
    "{{ (body ~ body)" + "|title" * 20 + " }}",
    "{{ " + "(" * 12 + "body" + "|e ~ '')" * 12 + "|e }}",
    "{{ body|e|e|e }}" * 6,
    "{{ " + "~".join(["name"] * 900) + " }}" + "{{ (body ~ note)|title|upper|e }}",
    ("{{ " + "(" * 17 + "name" + " ~ name)" * 17 + " }}") * 17,
    "{{ " + "~".join(["name"] * 900) + " }}",
], ids=range(6))  # fmt: skip
def test_what_passes_is_small_and_quick(template: str, hostile: str) -> None:
    """Measured in decision 0012: a fifth of a second and 5 MB at most; with room for a slow machine here."""
    size, peak, seconds = filled(template, hostile)
    assert size <= MOST_TEXT + SIGNED and peak < 30_000_000 and seconds < 5


NAMES = st.sampled_from(("name", "body", "note", "told", "'x&'", "'长'", "1"))
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} ~ {pair[1]})"),
        st.tuples(inner, st.sampled_from(("e", "title", "upper", "truncate(99)", "trim", "length", "d('a')"))).map(
            lambda pair: f"{pair[0]}|{pair[1]}"
        ),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} if {three[1]} else {three[2]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} in [{pair[1]}])"),
        inner.map(lambda one: f"([{one}] ~ '')"),
    ),
    max_leaves=40,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(expressions=st.lists(EXPRESSIONS, min_size=1, max_size=6), hostile=st.sampled_from(HOSTILE))
def test_nothing_that_the_language_can_say_grows(expressions: list[str], hostile: str) -> None:
    """Either the check refuses it with a problem, or what comes of it is bounded; never a traceback."""
    template = "".join(f"{{{{ {one} }}}}" for one in expressions)
    letter, problems = read_letter(text_environment(), "replies/mine.en.j2", HEAD + template)
    if letter is None or problems:
        assert problems and problems[0].line
        return
    size, peak, seconds = filled(template, hostile)
    assert size <= MOST_TEXT + SIGNED and peak < 30_000_000 and seconds < 5

"""Counting: what is counted for many texts at once is what each text has by itself."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import counting
from classifier.counting import Pieces, counted
from classifier.features import GROUPS, Features
from classifier.reading import read_texts
from classifier.serving import ArrayModel
from core.domain.suggestion import MessageText
from tests.unit.classifier.conftest import labelled

MESSAGES = [
    MessageText(subject="退款", body="退款退款 please 退款！"),
    MessageText(subject="", body=""),
    MessageText(subject="", body="𠮷野家 \x00\x00 \ud800 lone", hits=("outage", "outage")),
    MessageText(subject="a  b", body="a\n\nb a b"),
]


def named(tally):
    """Each text's terms with their counts."""
    names = tally.names(np.arange(tally.matrix.shape[1]))
    rows = tally.matrix.toarray()
    return [{names[i]: int(count) for i, count in enumerate(row) if count} for row in rows]


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("at_once", [1, 4000])
def test_each_text_has_its_own_terms(words, group, at_once, monkeypatch):
    """Counted together, in blocks or in one, as each alone; the empty one has none."""
    monkeypatch.setattr(counting, "_TEXTS_AT_ONCE", at_once)
    terms = [Features(words).terms(message) for message in MESSAGES]
    tally = counted(terms, group)
    assert named(tally) == [dict(Counter(each.group(group))) for each in terms]
    every = tally.names(np.arange(tally.matrix.shape[1]))
    assert tally.columns([*every, "☃"]).tolist() == [*range(len(every)), -1]


@pytest.mark.slow
@given(st.lists(st.text(st.characters(), max_size=8), max_size=6), st.sampled_from([64, 12]))
def test_any_characters_are_counted_in_the_order_of_the_alphabet(texts, whole):
    """Pieces end with their text; nothing is lost, not even half a character or none. Of more kinds of characters than
    fit into one number, the texts are counted in halves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_WHOLE", max(whole, *(3 * len(set(t)).bit_length() + 1 for t in ("", *texts))))
        tally = Pieces.of(texts)
    names = tally.names(np.arange(tally.matrix.shape[1]))
    assert names == sorted(names)
    expected = [Counter(t[i : i + n] for n in (1, 2, 3) for i in range(len(t) - n + 1)) for t in texts]
    assert named(tally) == [dict(each) for each in expected]
    assert (tally.columns(["x", "0x"]) >= 0).tolist() == ["x" in names, "0x" in names]


def test_the_seed_sees_many_texts_as_it_sees_each(arrays, words):
    """Scores and known shares are those of the texts one by one, where a word of the desk stands too."""
    desk = words.with_words(("dark mode",))
    bodies = ["the lift is broken!!!", "", "zebra the lift", "please add dark mode", "dark mode is broken, dark mode!"]
    rows = [labelled(body, "the lift" if i % 2 else "", type="咨询") for i, body in enumerate(bodies)]
    seed = ArrayModel(arrays, words)
    reading = read_texts(rows, desk, seed)
    seen = [seed.see(seed.features.terms(row.message)) for row in rows]
    assert reading.seed_scores is not None and reading.seed_known is not None
    assert np.allclose(reading.seed_scores, [each.scores for each in seen], rtol=0, atol=1e-12)
    assert np.allclose(reading.seed_known, [each.known for each in seen], rtol=0, atol=1e-12)
    assert len({round(each.known, 3) for each in seen}) > 1

"""Features: what of a message becomes a term."""

from __future__ import annotations

from classifier.features import HIT, Features, signal_weight
from core.domain.suggestion import MessageText
from tests.unit.classifier.conftest import SplitWords


def _terms(subject="", body="", hits=()):
    return Features(SplitWords(word=r"\S+")).terms(MessageText(subject=subject, body=body, hits=hits))


def test_words_come_with_their_neighbours():
    """Single words and pairs; punctuation separates."""
    assert _terms(body="the Printer jams , again").word == [
        "the",
        "printer",
        "the printer",
        "jams",
        "printer jams",
        "again",
    ]


def test_the_subject_counts_twice():
    """Its words stand among all words and in a vocabulary of their own."""
    terms = _terms(subject="Refund", body="where is it")
    assert terms.subject == ["refund"]
    assert "refund" in terms.word
    assert "refund where" not in terms.word


def test_an_apostrophe_keeps_a_word_whole():
    """don't and don’t are one word, dont."""
    assert _terms(body="don't").word == _terms(body="don’t").word == ["dont"]


def test_numbers_become_their_kind():
    """A model learns that there was an order number, never which."""
    assert _terms(body="order 20231001001").word == ["order", "xxcode", "order xxcode"]


def test_characters_go_up_to_three():
    """One, two and three characters, across fields only through a space."""
    assert _terms(subject="退", body="款吗").char == ["退", " ", "款", "吗", "退 ", " 款", "款吗", "退 款", " 款吗"]


def test_every_rule_hit_is_a_signal():
    """The ids of rules that hit become terms, and weigh more than the length of a text."""
    terms = _terms(body="x", hits=("urgent-zh", "vip"))
    assert {"hit:urgent-zh", "hit:vip"} <= set(terms.signal)
    assert signal_weight(HIT + "vip") > signal_weight("length:0")


def test_loudness_script_and_length_are_signals():
    """Exclamation marks of both widths, capitals, Han or not, how long."""
    assert _terms(subject="HELP", body="now！!!" * 2).signal == ["script:other", "length:0", "exclaims:3", "capitals:1"]
    assert "script:han" in _terms(body="现在").signal


def test_only_the_beginning_of_a_long_body_is_read():
    """A pasted log of a megabyte costs no more than a page."""
    assert len(_terms(body="word " * 200_000).word) < 700

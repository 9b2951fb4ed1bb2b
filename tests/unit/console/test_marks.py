"""Which words are highlighted, and that nothing of the text is lost."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from classifier.seed import load_seed
from core.domain.decision import Decision, Facts, RuleHit, Words
from core.domain.suggestion import Evidence, FieldSuggestion, MessageText, Suggestion
from core.domain.ticket import Message
from huiying.console.marks import marked_text
from tests.factories.pipeline import SEGMENTER

NOW = datetime(2026, 3, 5, tzinfo=UTC)


def _message(text):
    return Message(id=1, ticket_id=1, at=NOW, reply=text)


def _decision(*evidence, words=()):
    field = FieldSuggestion(value="投诉", confidence=0.9, evidence=tuple(evidence))
    hits = (RuleHit(id="r", where="a.yaml:1", words=tuple(words)),)
    return Decision(
        choices={}, facts=Facts(received=NOW), hits=hits, suggestion=Suggestion(model="m", fields={"type": field})
    )


def test_words_are_marked_where_they_stand():
    """A rule's words, evidence for and evidence against are told apart."""
    text = "系统报错，谢谢，请立即处理"
    decision = _decision(
        Evidence(term="报错", weight=1.0, start=2, end=4),
        Evidence(term="谢谢", weight=-1.0, start=5, end=7),
        words=[Words(where="body", text="立即", start=9, end=11)],
    )
    kinds = {piece.text: piece.kind for piece in marked_text(_message(text), decision)}
    assert (kinds["报错"], kinds["谢谢"], kinds["立即"]) == ("for", "against", "rule")


def test_a_place_that_moved_is_found_again():
    """Masking may shift a text; then the term is looked for, and left out when it is gone."""
    decision = _decision(
        Evidence(term="报错", weight=1.0, start=0, end=2), Evidence(term="没有", weight=1.0, start=1, end=3)
    )
    pieces = marked_text(_message("电话 138****5678 报错"), decision)
    assert [(p.text, p.kind) for p in pieces] == [("电话 138****5678 ", ""), ("报错", "for")]


def test_words_of_the_subject_are_not_marked_in_the_text():
    """What a rule saw in the subject says nothing about the same place in the body."""
    decision = _decision(words=[Words(where="subject", text="你好", start=0, end=2)])
    assert [p.kind for p in marked_text(_message("你好"), decision)] == [""]


@given(
    st.text(max_size=60), st.lists(st.tuples(st.text(max_size=4), st.integers(-2, 70), st.integers(-2, 70)), max_size=6)
)
def test_the_text_itself_never_changes(text, places):
    """Whatever is marked, the pieces together are the text."""
    evidence = [Evidence(term=term, weight=1.0, start=start, end=end) for term, start, end in places]
    assert "".join(p.text for p in marked_text(_message(text), _decision(*evidence))) == text


def test_a_traditional_word_is_marked_where_it_was_written():
    """The model reads Simplified; what it says is in the customer's own spelling, and stands at its place."""
    body = "請問發票抬頭寫錯了怎麼重開？"
    (suggestion,) = load_seed(SEGMENTER).suggest([MessageText(subject="", body=body)])
    decision = Decision(choices={}, facts=Facts(received=NOW), suggestion=suggestion)
    marked = [piece.text for piece in marked_text(_message(body), decision) if piece.kind]
    assert {"請問", "發票"} <= set(marked)

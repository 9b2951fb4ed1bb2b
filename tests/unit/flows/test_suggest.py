"""What the model says is put into today's terms, and values that it never heard of begin by their own words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.suggestion import Alternative, FieldSuggestion, MessageText, Suggestion
from core.domain.taxonomy import Taxonomy, Value
from huiying.flows.suggest import Newcomers, in_terms_of, suggest
from tests.factories.pipeline import SEGMENTER

VALUES = (
    Value(key="询问", english="inquiry", coarse="问", formerly=("咨询",)),
    Value(key="故障", english="fault", coarse="坏", formerly=("问题反馈", "投诉")),
    Value(key="其他", english="other"),
    Value(key="合作", english="partner", retired=True),
    Value(
        key="培训",
        english="training",
        coarse="需",
        description="安排培训课程 / asks for a training course",
        examples=("希望安排一次新员工培训课程", "请问培训讲师什么时候有空"),
    ),
)
TAXONOMY = Taxonomy(fields={"type": VALUES}, defaults={})
OLD = {"type": ("咨询", "问题反馈", "投诉", "其他", "合作")}


def said(value, confidence, accepted=False, **others):
    alternatives = tuple(Alternative(value=other, confidence=share) for other, share in others.items())
    field = FieldSuggestion(value=value, confidence=confidence, accepted=accepted, alternatives=alternatives)
    return Suggestion(model="m", fields={"type": field})


class Speaker:
    """A model of the old values that always says the same."""

    version = "m"
    classes = OLD

    def __init__(self, suggestion):
        self._suggestion = suggestion

    def suggest(self, messages):
        return tuple(self._suggestion for _ in messages)


def answer(suggestion, body, segmenter=SEGMENTER, newcomers=None):
    text = MessageText(subject="", body=body)
    (told,) = suggest(TAXONOMY, newcomers or Newcomers(TAXONOMY), Speaker(suggestion), [text], segmenter)
    return told.fields.get("type")


def test_a_renamed_value_comes_under_its_new_name():
    """Accepted as before, in the group that it has today."""
    field = in_terms_of(TAXONOMY, said("咨询", 0.9, accepted=True, 其他=0.1)).fields["type"]
    assert (field.value, field.confidence, field.accepted, field.coarse) == ("询问", 0.9, True, "问")
    assert [(a.value, a.confidence) for a in field.alternatives] == [("其他", 0.1)]


def test_merged_values_are_as_probable_as_both_together():
    """Two halves that were second and third may be first; nobody accepted that."""
    field = in_terms_of(TAXONOMY, said("咨询", 0.4, accepted=True, 问题反馈=0.3, 投诉=0.3)).fields["type"]
    assert (field.value, field.accepted, field.evidence) == ("故障", False, ())
    assert field.confidence == pytest.approx(0.6)


def test_a_retired_value_is_not_said():
    """The next best speaks, unaccepted; when nothing is left, the model abstains."""
    field = in_terms_of(TAXONOMY, said("合作", 0.9, accepted=True, 其他=0.1)).fields["type"]
    assert (field.value, field.confidence, field.accepted) == ("其他", 0.1, False)
    assert in_terms_of(TAXONOMY, said("合作", 1.0)).fields == {}


def test_what_needs_no_change_is_the_same():
    """A field without a taxonomy, values of today: untouched."""
    today = said("其他", 1.0)
    assert in_terms_of(TAXONOMY, today).fields["type"].value == "其他"
    other = Suggestion(model="m", fields={"topic": FieldSuggestion(value="x", confidence=1.0)})
    assert in_terms_of(TAXONOMY, other) is other


@pytest.mark.slow
def test_a_new_value_begins_by_its_own_words():
    """Like its examples it is said, among the others, with the words in both, never accepted; else it is not."""
    unsure = said("咨询", 0.4, accepted=True, 其他=0.3)
    field = answer(unsure, "请给我们的新员工安排培训课程")
    assert (field.value, field.accepted) == ("培训", False) and 0.3 < field.confidence < 0.5
    assert {"培训", "课程"} & {each.term for each in field.evidence}
    assert sum(a.confidence for a in field.alternatives) + field.confidence < 1
    assert answer(unsure, "发票抬头开错了").value == "询问"
    assert answer(unsure, "").value == "询问"
    assert answer(unsure, "请给我们的新员工安排培训课程", segmenter=None).value == "询问"


@pytest.mark.slow
def test_a_sure_model_is_not_silenced_by_a_newcomer():
    """A probability of 0.95 stays first, and is looked at."""
    field = answer(said("投诉", 0.95, accepted=True), "培训讲师没有来，我要投诉")
    assert field.value == "故障" and not field.accepted
    assert "培训" in {a.value for a in field.alternatives}


def test_a_value_that_the_model_can_say_is_no_newcomer():
    """Under any of its names; a value without words of its own cannot begin, nor can one of a field not modelled."""
    newcomers = Newcomers(TAXONOMY)
    assert newcomers.unknown_to(OLD) == (("type", "培训"),)
    assert newcomers.unknown_to({"type": ("training",)}) == ()
    assert newcomers.unknown_to({}) == ()
    bare = replace(VALUES[-1], description="", examples=())
    assert Newcomers(Taxonomy(fields={"type": (*VALUES[:-1], bare)}, defaults={})).unknown_to(OLD) == ()

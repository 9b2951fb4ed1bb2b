"""Whatever comes in, the model answers or abstains and says why (what a corrupt row and a full disk do is told in
``tests/flows/test_retrain.py``)."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from classifier.blend import BlendedModel
from classifier.learning import learn
from classifier.lesson import Lesson
from classifier.serving import EMPTY, TOO_SHORT, UNKNOWN_WORDS, ArrayModel
from core.domain.errors import BadInput
from core.domain.suggestion import MessageText
from tests.unit.classifier.conftest import labelled

FAULT = "系统无法登录，一直提示错误，请尽快处理"


@pytest.fixture(scope="module", params=["seed", "mixture"])
def asked(request, seed, segmenter):
    """What serves on the first day, and what serves after twelve labels."""
    if request.param == "seed":
        return seed
    told = [("咨询", "请问发票怎么开"), ("投诉", "你们的态度太差了")] * 6
    rows = tuple(labelled(f"{text} {i}", type=kind) for i, (kind, text) in enumerate(told))
    lesson = Lesson(rows=rows, unseen=12, serving=None, targets=("type",), coarse={})
    return BlendedModel(ArrayModel(learn(lesson, segmenter, seed), segmenter), seed)


def say(model, body, subject=""):
    (suggestion,) = model.suggest([MessageText(subject=subject, body=body)])
    return suggestion


@pytest.mark.parametrize(
    ("body", "because"),
    [
        ("", EMPTY),
        (" \r\n\t　", EMPTY),
        ("🙂🙂👍🏽👨‍👩‍👧", TOO_SHORT),
        ("\x00\x01\x1b[31m\x7f\u200b\ufeff", TOO_SHORT),
        ("123 456 ----- ???", TOO_SHORT),
        ("สวัสดีครับ ผมต้องการความช่วยเหลือ", UNKNOWN_WORDS),
        ("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ ᠦᠨ ᠪᠢᠴᠢᠭ", UNKNOWN_WORDS),
        ("\ud800\udfff lone", None),
    ],
)
def test_what_says_nothing_gets_no_suggestion_and_a_reason(asked, body, because):
    """Empty, emoji, control characters, a language never seen; and nothing raises."""
    suggestion = say(asked, body)
    assert suggestion.model == asked.version
    assert because is None or (suggestion.fields, suggestion.because) == ({}, because)


def test_control_characters_and_emoji_among_words_change_nothing_that_matters(asked):
    """The words are still read; every probability is one."""
    plain, noisy = say(asked, FAULT), say(asked, f"\x00\x07🙂{FAULT}\u200b\x1b🙂")
    assert plain.fields["type"].value == noisy.fields["type"].value
    for field in noisy.fields.values():
        assert 0 < field.confidence <= 1 and field.confidence == pytest.approx(field.confidence)


def test_five_megabytes_are_answered_as_their_beginning(asked):
    """In the time of a page, with evidence in the beginning only."""
    whole = FAULT + "。" + "日志 error 500 " * 600_000
    assert len(whole.encode()) > 5 << 20
    begun = time.process_time()
    suggestion = say(asked, whole)
    assert time.process_time() - begun < 0.5
    assert suggestion.fields == say(asked, whole[:1500]).fields
    assert all(each.end <= 1500 for field in suggestion.fields.values() for each in field.evidence)


def test_a_value_with_one_label_is_learnt_and_never_accepted(rows, words, model):
    """It counts once; the model of all the others is as good as before."""
    lesson = Lesson(rows=(*rows, labelled("we want to be partners", type="合作需求")), unseen=9, serving=None,
                    targets=("type",), coarse={})  # fmt: skip
    own = ArrayModel(learn(lesson, words, model), words)
    assert own.arrays.card["targets"]["type"]["counts"]["合作需求"] == 1
    field = BlendedModel(own, model).suggest([MessageText(subject="", body="we want to be partners")])[0].fields["type"]
    assert not (field.value == "合作需求" and field.accepted)
    right = [say(own, row.message.body).fields["type"].value == row.labels["type"] for row in rows]
    assert sum(right) > 0.9 * len(rows)


def test_labels_that_are_all_equal_teach_nothing(rows, words, model):
    """The reason is said, and no model is made that knows one answer only."""
    equal = tuple(replace(row, labels={"type": "咨询", "urgency": "常规"}) for row in rows)
    lesson = Lesson(rows=equal, unseen=9, serving=None, targets=("type", "urgency"), coarse={})
    with pytest.raises(BadInput, match="two values are needed"):
        learn(lesson, words, model)


def test_labels_without_a_word_teach_nothing_that_harms(words, model):
    """Empty texts and emoji that agents labelled all the same."""
    bodies = ("", "🙂", "\x00", "?!", " ") * 4
    rows = tuple(labelled(body, type="咨询" if i % 2 else "投诉") for i, body in enumerate(bodies))
    lesson = Lesson(rows=rows, unseen=20, serving=None, targets=("type",), coarse={})
    own = ArrayModel(learn(lesson, words, model), words)
    assert own.card["rows"] == 20
    assert BlendedModel(own, model).suggest([MessageText(subject="", body="")])[0].because == EMPTY

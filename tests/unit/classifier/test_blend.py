"""Two models speak with one voice: the more a desk has taught, the more its own counts."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.blend import BlendedModel, own_weight, sharpened
from classifier.serving import EMPTY, UNKNOWN_WORDS, ArrayModel
from classifier.training import train_model
from core.domain.suggestion import MessageText
from tests.unit.classifier.conftest import SplitWords, labelled, split_words


@pytest.fixture(scope="module")
def small(rows, model):
    """A desk with thirty labels of its own, and a type that the seed does not know."""
    own = rows[::3]
    partner = [labelled("we want to be partners, let us work together", type="合作需求") for _ in range(3)]
    return ArrayModel(train_model([*own, *partner], ("type",), split_words, seed=model), split_words)


def test_own_labels_take_over_slowly():
    """Without labels the seed speaks alone; with thirty both count alike."""
    assert (own_weight(0), own_weight(30)) == (0.0, 0.5)
    assert own_weight(300) > 0.9


@pytest.mark.slow
def test_probabilities_are_mixed_over_the_values_of_both(small, model):
    """A value that only one of them knows gets that one's share, and all add up to one."""
    both = BlendedModel(small, model)
    classes = both.classes["type"]
    assert set(classes) == {"咨询", "问题反馈", "功能需求", "合作需求"}
    message = MessageText(subject="", body="the printer is broken again")
    mixed = both.probabilities(message)["type"]
    assert mixed.sum() == pytest.approx(1.0)
    target = small.targets[0]
    weight = own_weight(target.rows)
    expected = dict.fromkeys(classes, 0.0)
    for part, share in ((small, weight), (model, 1 - weight)):
        for value, probability in zip(part.classes["type"], part.probabilities(message)["type"], strict=True):
            expected[value] += share * probability
    wanted = sharpened(np.array([expected[value] for value in classes]), target.blend_temperature)
    assert mixed == pytest.approx(wanted)


@pytest.mark.slow
def test_a_target_that_only_the_seed_knows_is_the_seeds(small, model):
    """Agents corrected the type alone: the seed still says how urgent a text is, and accepts nothing."""
    message = MessageText(subject="", body="the printer does not work, urgent, at once!!!")
    (said,) = BlendedModel(small, model).suggest([message])
    (seeds,) = model.suggest([message])
    assert said.model == small.version
    assert said.fields["urgency"].value == seeds.fields["urgency"].value == "紧急"
    assert said.fields["urgency"].confidence == seeds.fields["urgency"].confidence
    assert not said.fields["urgency"].accepted


@pytest.mark.slow
def test_evidence_comes_from_both(small, model):
    """The words that speak are those of either model, each at its place in the text."""
    body = "the printer is broken again"
    (said,) = BlendedModel(small, model).suggest([MessageText(subject="", body=body)])
    found = {item.term: body[item.start : item.end] for item in said.fields["type"].evidence}
    assert found["broken"] == "broken"


@pytest.mark.slow
@pytest.mark.parametrize(("body", "because"), [("", EMPTY), ("ничего знакомого здесь нет", UNKNOWN_WORDS)])
def test_the_blend_abstains_where_neither_knows_anything(small, model, body, because):
    """What neither can read gets no suggestion, and the reason."""
    (said,) = BlendedModel(small, model).suggest([MessageText(subject="", body=body)])
    assert (said.fields, said.because) == ({}, because)


def test_a_word_of_the_desk_is_whole_to_the_desks_own_model_alone(model):
    """The own model is fitted and asked with the desk's words; the seed, which never heard them, reads their parts."""
    rows = [
        labelled(text, type=kind) for kind, text in (("咨询", "how much is cloud-box"), ("投诉", "cloud-box failed"))
    ]
    cutter = SplitWords(["cloud-box"])
    own = ArrayModel(train_model(rows * 10, ("type",), cutter, seed=model), split_words)
    assert own.card["words"] == ["cloud-box"] and "cloud-box" in own.arrays.terms["word"]
    assert own.features.terms(rows[0].message).special
    blend = BlendedModel(own, model)
    alone = model.probabilities(rows[0].message)["type"]
    seed_said = model.probabilities(MessageText(subject="", body=rows[0].message.body))["type"]
    assert (alone == seed_said).all()
    assert blend.suggest([rows[1].message])[0].fields["type"].value == "投诉"

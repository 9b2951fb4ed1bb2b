"""Training: what is learnt, from which rows, and what cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifier.fitting import Space, balanced
from classifier.model import to_bytes
from classifier.reading import Aids, read_texts
from classifier.rows import LabelledText
from classifier.serving import ArrayModel
from classifier.training import Recipe, _known, train_model
from core.domain.errors import BadInput
from core.domain.suggestion import MessageText


def _row(text, **labels):
    return LabelledText(message=MessageText(subject="", body=text), labels=labels)


def test_what_was_taught_is_known(model, rows):
    """The model agrees with nearly every row it was fitted on."""
    right = [model.suggest([row.message])[0].fields["type"].value == row.labels["type"] for row in rows]
    assert np.mean(right) > 0.95


def test_training_is_deterministic(arrays, rows, words):
    """The same rows give the same version and the same coefficients."""
    again = train_model(rows, ("type", "urgency"), words)
    assert again.version == arrays.version
    assert np.allclose(again.coefficients, arrays.coefficients, atol=1e-6)


def test_a_target_needs_two_values(words):
    """One value teaches nothing, and the message says which target it was."""
    with pytest.raises(BadInput, match="type: 2 labelled rows with 1 value"):
        train_model([_row("a b", type="咨询"), _row("b c", type="咨询")], ("type",), words)
    with pytest.raises(BadInput, match="topic: 0 labelled rows"):
        train_model([_row("a b", type="咨询"), _row("b c", type="投诉")], ("topic",), words)


def test_rows_may_lack_a_label(rows, words):
    """A row teaches only the targets that it has a label for."""
    few = [replace(row, labels={"type": row.labels["type"]}) if i % 3 else row for i, row in enumerate(rows)]
    card = train_model(few, ("type", "urgency"), words).card
    assert (card["targets"]["type"]["rows"], card["targets"]["urgency"]["rows"]) == (90, 30)


def test_a_value_with_one_row_does_not_stop_training(rows, words):
    """Folds without that value are fitted all the same."""
    arrays = train_model([*rows, _row("let us work together", type="合作需求")], ("type",), words)
    probabilities = ArrayModel(arrays, words).probabilities(rows[0].message)["type"]
    assert arrays.card["targets"]["type"]["counts"]["合作需求"] == 1
    assert probabilities.sum() == pytest.approx(1.0)


def test_many_rows_drop_rarer_pieces_of_words(rows, words):
    """With many rows a piece of a word needs more of them, and fewer are kept; rare words tell too much to go."""
    few, many = (train_model(rows, ("type",), words, recipe=Recipe(rarer_dropped_from=n)) for n in (1000, 50))
    assert len(many.terms["char"]) < len(few.terms["char"])
    assert many.terms["word"] == few.terms["word"]
    assert many.version != few.version


def test_a_term_of_one_text_is_not_learnt(rows, words):
    """A vocabulary holds no word that only one customer used: an erasure must not find it there."""
    arrays = train_model([*rows, _row("the zebra4711word is broken", type="问题反馈")], ("type",), words)
    assert not any("zebra" in term for terms in arrays.terms.values() for term in terms)


def test_the_strongest_terms_are_kept(rows, words):
    """A model with a budget keeps the terms that pull, and stays nearly as good."""
    small = train_model(rows, ("type",), words, recipe=Recipe(most_terms=60))
    assert small.card["terms"] == 60
    model = ArrayModel(small, words)
    classes = model.arrays.targets[0].classes
    said = [classes[int(model.probabilities(row.message)["type"].argmax())] for row in rows]
    assert np.mean([a == row.labels["type"] for a, row in zip(said, rows, strict=True)]) > 0.9


def test_rule_hits_are_learnt(rows, words):
    """A rule whose hit tells the value pulls towards it."""
    told = [
        replace(row, message=replace(row.message, hits=("loud",) if row.labels["urgency"] == "紧急" else ()))
        for row in rows
    ]
    model = ArrayModel(train_model(told, ("urgency",), words), words)
    silent = MessageText(subject="", body="the lift")
    loud = replace(silent, hits=("loud",))
    index = model.arrays.targets[0].classes.index("紧急")
    with_hit, without = (model.probabilities(message)["urgency"][index] for message in (loud, silent))
    assert np.log(with_hit / (1 - with_hit)) > np.log(without / (1 - without)) + 0.1


def test_weak_evidence_counts_less(words):
    """Rows of weight 0.1 that contradict others of weight 1 lose against them."""
    rows = [_row("alpha beta", type="咨询") for _ in range(4)] + [_row("gamma delta", type="投诉") for _ in range(4)]
    rows += [replace(_row("alpha beta", type="投诉"), weight=0.1) for _ in range(6)]
    model = ArrayModel(train_model(rows, ("type",), words), words)
    assert model.suggest([MessageText(subject="", body="alpha beta")])[0].fields["type"].value == "咨询"


def test_classes_are_balanced_within_each_source():
    """A second source with many rows of one class takes nothing from that class in the first."""
    right = np.array([0, 1, 1, 0, 0, 0, 0])
    sources = np.array([0, 0, 0, 1, 1, 1, 1])
    weights = balanced(right, np.ones(7), sources)
    assert weights[:3].tolist() == [1.5, 0.75, 0.75]
    assert weights[3:].sum() == pytest.approx(4.0)


def test_texts_read_once_are_the_matrix_that_scikit_learn_makes(rows, words, model):
    """What the fit sees equals what the vectorizers of scikit-learn would give for the stored arrays."""
    reading = read_texts(rows, words)
    chosen = {
        group: np.array([i for i, term in enumerate(counts.terms) if term in set(model.arrays.terms[group])], dtype=int)
        for group, counts in reading.counts.items()
    }
    space = Space.of(reading, chosen, np.ones(len(rows)))
    seen = [model.see(model.features.terms(row.message)) for row in rows]
    for i, each in enumerate(seen):
        dense = np.zeros(space.size)
        dense[each.columns] = each.values
        assert np.abs(space.matrix[i].toarray()[0] - dense).max() < 1e-6


def test_the_first_of_a_reading_is_as_if_read_alone(rows, words, model):
    """A gate's challenger, fitted on a part of what was read, is the model of that part."""
    part = read_texts(rows, words, model).first(60)
    apart, alone = (
        train_model(rows[:60], ("type", "urgency"), words, seed=model, reading=reading) for reading in (part, None)
    )
    assert to_bytes(apart) == to_bytes(alone)


def test_a_threshold_is_found_on_texts_known_as_a_stranger_is(rows, words):
    """The known share of each text that trains is what a model of the others would know of it."""
    rows = rows[::3]
    known = _known(read_texts(rows, words), Recipe())
    for i in (0, 7, 20):
        rest = [row for j, row in enumerate(rows) if j != i]
        of_rest = ArrayModel(train_model(rest, ("type",), words), words)
        assert known[i] == pytest.approx(of_rest.see(of_rest.features.terms(rows[i].message)).known, abs=0.05)


def test_aids_are_learnt_and_nothing_is_measured_on_them(rows, words):
    """Words that rows of ours explain pull; they add no term, no value, no label and no measured row."""
    own = [row for row in rows if row.labels["type"] != "功能需求"]
    told = [_row(f"{thing} is broken, we are unhappy", type="投诉", urgency="常规") for thing in ("the lift", "it")] * 3
    own += [*told, *[_row("the lift is late", type="咨询", urgency="常规"), _row("trains are late", type="咨询")]]
    aids = [_row("late late late again unheard4711", type="投诉"), _row("late unheard4711", type="投诉")]
    aids += [_row("please add the lift", type="功能需求")]
    without, helped = (train_model(own, ("type",), words, aids=each) for each in (None, Aids.of(aids * 20, words)))
    assert helped.terms == without.terms and (helped.weights == without.weights).all()
    for key in ("classes", "rows", "counts"):
        assert helped.card["targets"]["type"][key] == without.card["targets"]["type"][key]
    assert helped.card["targets"]["type"]["held_out"]["rows"] == len(own)
    assert (without.card["aids"], helped.card["aids"]) == (0, 60)
    assert helped.version != without.version
    late = MessageText(subject="", body="late")
    index = helped.targets[0].classes.index("投诉")
    before, after = (ArrayModel(arrays, words).probabilities(late)["type"][index] for arrays in (without, helped))
    assert after > before + 0.05


def test_aids_do_not_drown_the_first_labels(words):
    """Hundreds of rows of ours that say otherwise leave a desk's own twelve labels right."""
    own = [_row(f"alpha {i}", type="咨询") for i in range(6)] + [_row(f"beta {i}", type="投诉") for i in range(6)]
    against = [_row("alpha", type="投诉"), _row("beta", type="咨询")] * 200
    model = ArrayModel(train_model(own, ("type",), words, aids=Aids.of(against, words)), words)
    for row in own:
        answer = model.probabilities(row.message)["type"]
        assert model.classes["type"][int(answer.argmax())] == row.labels["type"]

"""When a desk's model is fitted anew, on what, and what its card tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifier.blend import BlendedModel
from classifier.calibration import wilson_interval
from classifier.learning import learn, unheard
from classifier.lesson import Lesson, is_due, learnable, lesson_bytes, lesson_of, next_fit
from classifier.model import ModelArrays, to_bytes
from classifier.portrait import portrait
from classifier.serving import ArrayModel
from classifier.stream import replay
from classifier.training import train_model
from core.domain.errors import BadInput
from core.domain.suggestion import MessageText
from tests.unit.classifier.conftest import labelled

NIGHT = 86_400.0


def a_lesson(rows, *, serving=None, unseen=None):
    return Lesson(
        rows=tuple(rows),
        unseen=len(rows) if unseen is None else unseen,
        serving=serving,
        targets=("type", "urgency", "emotion", "topic"),
        coarse={"type": {"问题反馈": "反馈"}},
    )


def test_fits_come_at_steps():
    """At 10, 20, 30, 50, 75 and 100 labels, then at every fifty."""
    counts = [n for n in range(1, 260) if is_due(n, n - 1, 0.0)]
    assert counts == [10, 20, 30, 50, 75, 100, 150, 200, 250]
    steps, at = [], 0
    while at < 250:
        at = next_fit(at)
        steps.append(at)
    assert steps == counts


def test_a_night_is_enough_for_one_label():
    """Between the steps a single new label is learnt overnight; without a new one nothing is."""
    assert is_due(12, 11, NIGHT)
    assert not is_due(12, 11, NIGHT / 4)
    assert not is_due(12, 12, NIGHT)
    assert not is_due(9, 8, NIGHT)


def test_a_target_with_one_value_is_not_learnt(rows):
    """All labels equal teach nothing."""
    assert learnable(rows, ("type", "emotion")) == ("type",)
    assert learnable([labelled("a", type="咨询")] * 20, ("type",)) == ()


def test_a_lesson_makes_a_model_with_its_verdict(rows, words, model):
    """The card names the seed, the gate's figures on the newest labels, and how the mixture answered unseen rows."""
    shuffled = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    arrays = learn(a_lesson(shuffled), words, model)
    card = arrays.card
    assert card["seed"] == model.version
    assert card["gate"]["passed"]
    assert card["gate"]["targets"]["type"]["n"] == 45
    entry = card["targets"]["type"]
    assert entry["coarse"] == {"问题反馈": "反馈"}
    assert entry["blend"]["held_out"]["rows"] == 90
    assert ArrayModel(arrays, words).targets[0].blend_temperature == entry["blend"]["temperature"]


def renamed_to(rows, names):
    """The rows as an agent labels them after the rename."""
    today = [names.get(row.labels["type"], row.labels["type"]) for row in rows]
    return [replace(row, labels={**row.labels, "type": key}) for row, key in zip(rows, today, strict=True)]


def test_a_renamed_value_is_the_same_to_the_shipped_model_and_the_gate(rows, words, model):
    """Seed and serving model know it by its former key: that is translated before anything is mixed or measured."""
    names = {"问题反馈": "故障"}
    shuffled = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    lesson = a_lesson(shuffled, serving=to_bytes(train_model(shuffled, ("type",), words, seed=model)), unseen=30)
    again = replace(lesson, rows=tuple(renamed_to(lesson.rows, names)), renamed={"type": names})
    before, after = (learn(each, words, model) for each in (lesson, again))
    was, is_now = (arrays.card["targets"]["type"]["blend"] for arrays in (before, after))
    assert set(is_now["classes"]) == {names.get(value, value) for value in was["classes"]}
    for figure in ("accuracy", "ece"):
        assert is_now["held_out"][figure] == pytest.approx(was["held_out"][figure], abs=0.02)
    assert is_now["temperature"] == pytest.approx(was["temperature"], rel=0.05)
    gates = [arrays.card["gate"]["targets"]["type"] for arrays in (before, after)]
    assert gates[1]["before"] == gates[0]["before"] > 0.9
    served = BlendedModel(ArrayModel(after, words), model)
    assert set(served.classes["type"]) == set(is_now["classes"])
    (said,) = served.suggest([MessageText(subject="", body="the printer does not work")])
    assert said.fields["type"].value == "故障"


def test_merged_values_are_added_up(rows, words, model):
    """Of a model that knew two, their probabilities are one; rows that ship are learnt under today's key too."""
    names = {"问题反馈": "来信", "咨询": "来信"}
    again = replace(a_lesson(renamed_to(rows, names)), renamed={"type": names})
    arrays = learn(again, words, model)
    assert arrays.card["targets"]["type"]["classes"] == ["功能需求", "来信"]
    assert arrays.card["targets"]["type"]["blend"]["classes"] == ["功能需求", "来信"]
    assert arrays.card["targets"]["type"]["blend"]["held_out"]["accuracy"] > 0.9
    said = BlendedModel(ArrayModel(arrays, words), model).probabilities(rows[0].message)["type"]
    assert said.shape == (2,) and said.sum() == pytest.approx(1.0)


def test_labels_that_contradict_everything_are_kept_aside(rows, words, model):
    """Forty wrong labels after good ones: the test is on what the serving model has not seen, and says no."""
    shuffled = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    serving = to_bytes(train_model(shuffled, ("type",), words, seed=model))
    turned = {"咨询": "功能需求", "功能需求": "问题反馈", "问题反馈": "咨询"}
    wrong = [replace(row, labels={"type": turned[row.labels["type"]]}) for row in rows[::2]]
    right = [replace(row, labels={"type": row.labels["type"]}) for row in rows[1::2]]
    verdict = learn(a_lesson([*wrong, *right], serving=serving, unseen=90), words, model).card["gate"]
    assert not verdict["passed"]
    assert "accuracy:type" in verdict["because"]


def test_a_damaged_row_of_what_serves_stops_no_learning(rows, words, model):
    """The gate compares with the shipped model then; else a desk would never learn again."""
    lesson = a_lesson(rows, unseen=20)
    sound, damaged = (learn(replace(lesson, serving=data), words, model).card for data in (None, b"PK nonsense"))
    assert damaged["gate"] == sound["gate"]
    assert damaged["gate"]["targets"]


def test_nothing_is_learnt_from_equal_labels(words, model):
    """The reason is said in words, for whoever asked."""
    with pytest.raises(BadInput, match="two values are needed"):
        learn(a_lesson([labelled(f"text {i}", type="咨询") for i in range(12)]), words, model)


def test_a_lesson_goes_through_a_pipe(rows):
    """The fitting process is given exactly what the service has."""
    lesson = a_lesson([replace(rows[0], weight=0.3, writer="7", key="99")], serving=b"\0model")
    lesson = replace(lesson, renamed={"type": {"客诉": "投诉"}})
    assert lesson_of(lesson_bytes(lesson)) == lesson


def test_a_term_needs_two_writers(words):
    """What one customer alone says, however often, is in no vocabulary."""
    rows = [replace(labelled(f"zebra report {i}", type="咨询"), writer="1") for i in range(4)]
    rows += [replace(labelled(f"report broken {i}", type="问题反馈"), writer=str(i)) for i in range(2, 6)]
    terms = train_model(rows, ("type",), words).terms["word"]
    assert "report" in terms
    assert "broken" in terms
    assert "zebra" not in terms


def test_a_replay_tells_who_was_right_by_hundred(rows, words, model):
    """Each row is answered before it is learnt; the last item is the model of all rows."""
    told = list(replay([*rows[::2], *rows[1::2]], ("type",), words, model))
    lines = [line for line in told if isinstance(line, dict)]
    (arrays,) = [each for each in told if isinstance(each, ModelArrays)]
    assert [(line["from"], line["to"], line["n"], line["fits"]) for line in lines] == [(0, 90, 90, 5)]
    assert 0 <= lines[0]["own"] <= lines[0]["seed"] <= 1
    assert lines[0]["blend"] > 0.9
    assert arrays.card["rows"] == 90


def test_a_portrait_tells_what_a_reader_asks():
    """Accuracy with its interval, who was called what, what could be accepted, and the surest mistakes by key."""
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    told = portrait(probabilities, np.array([0, 1, 1, 0]), ("咨询", "投诉"), ["a", "b", "c", ""], np.ones(4))
    assert (told["rows"], told["accuracy"]) == (4, 0.75)
    assert told["interval"] == [round(end, 4) for end in wilson_interval(3, 4)]
    assert told["confusion"] == {"咨询": {"咨询": 2}, "投诉": {"咨询": 1, "投诉": 1}}
    assert told["mistakes"] == [["b", "投诉", "咨询", 0.8]]
    assert [(each["value"], each["f1"], each["examples"]) for each in told["worst"]] == [
        ("投诉", 0.6667, [["b", "咨询", 0.8]]),
        ("咨询", 0.8, []),
    ]
    assert told["acceptance"][0] == [0.9, 0.25, 1.0]
    assert told["acceptance"][-1] == [0.6, 1.0, 0.75]
    assert sum(count for _, _, count in told["reliability"]) == 4
    nothing = np.empty(0)
    assert portrait(np.zeros((0, 2)), nothing.astype(int), ("a", "b"), [], nothing) == {
        "rows": 0,
        "accuracy": None,
    }


def test_an_interval_of_few_rows_is_wide():
    """Nothing seen says nothing; the ends stay within 0 and 1."""
    assert wilson_interval(0, 0) == (0.0, 1.0)
    low, high = wilson_interval(5, 5)
    assert 0.5 < low < 0.6
    assert high == 1.0


def test_a_value_that_nobody_labelled_yet_is_learnt_from_its_own_words(rows, words, model):
    """The taxonomy's examples are rows for a value that the seed does not know, until ten labels stand for it."""
    told = ("please give us a training course", "a training course for the new people", "book a training")
    examples = tuple(labelled(text, type="培训", weight=0.5) for text in told)
    known = labelled("how much is it", type="咨询", weight=0.5)
    lesson = replace(a_lesson(rows), examples=(*examples, known))
    assert unheard(lesson, model) == examples
    card = learn(lesson, words, model).card["targets"]["type"]
    assert card["counts"]["培训"] == 3 and card["rows"] == len(rows) + 3
    taught = replace(lesson, rows=(*rows, *(labelled(f"training {i}", type="培训") for i in range(10))))
    assert unheard(taught, model) == ()


def test_examples_cross_the_pipe(rows):
    """With their weights and writers."""
    lesson = replace(a_lesson(rows[:3]), examples=(labelled("x y", type="培训", weight=0.5),), words=("云盘",))
    assert lesson_of(lesson_bytes(lesson)) == lesson

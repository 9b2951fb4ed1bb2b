"""Serving: the arrays answer as scikit-learn does, explain themselves, and abstain where they know nothing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from classifier.features import GROUPS, SCALES
from classifier.model import from_bytes, to_bytes
from classifier.serving import EMPTY, TOO_SHORT, UNKNOWN_WORDS, ArrayModel
from core.domain.suggestion import MessageText
from huiying.flows.ports import Suggester


def _vectorizer(group, terms, weights):
    """TF-IDF of length one, but weighted presence for signals."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    tells = group != "signal"
    vectorizer = TfidfVectorizer(
        analyzer=list,
        vocabulary={term: i for i, term in enumerate(terms)},
        sublinear_tf=tells,
        norm="l2" if tells else None,
        binary=not tells,
    )
    vectorizer.idf_ = weights
    return vectorizer


def _sklearn_matrix(arrays, model, messages):
    from scipy.sparse import hstack

    terms = [model.features.terms(message) for message in messages]
    blocks, first = [], 0
    for group in GROUPS:
        size = len(arrays.terms[group])
        if size:
            vectorizer = _vectorizer(group, arrays.terms[group], arrays.weights[first : first + size])
            blocks.append(vectorizer.transform([list(each.group(group)) for each in terms]) * SCALES[group])
        first += size
    return hstack(blocks).tocsr()


def _sklearn_probabilities(arrays, model, messages, target):
    """The same model as scikit-learn's own objects: vectorizers, stacked, and a regression."""
    from sklearn.linear_model import LogisticRegression  # a second: only what compares with it waits for it

    regression = LogisticRegression()
    regression.classes_ = np.arange(len(target.classes))
    regression.coef_ = arrays.coefficients[:, target.columns].T / target.temperature
    regression.intercept_ = arrays.intercepts[target.columns] / target.temperature
    if len(target.classes) == 2:
        regression.coef_ = regression.coef_[1:] - regression.coef_[:1]
        regression.intercept_ = regression.intercept_[1:] - regression.intercept_[:1]
    return regression.predict_proba(_sklearn_matrix(arrays, model, messages))


def _assert_equal(model, messages):
    for target in model.arrays.targets:
        expected = _sklearn_probabilities(model.arrays, model, messages, target)
        answered = np.array([model.probabilities(message)[target.name] for message in messages])
        assert np.abs(answered - expected).max() < 1e-9


def test_the_arrays_answer_as_scikit_learn_does(model, rows):
    """Probabilities equal those of scikit-learn's vectorizers and regression to 1e-9, two classes or more."""
    messages = [row.message for row in rows] + [MessageText(subject="", body="nothing known ???")]
    _assert_equal(model, messages)


def test_the_shipped_model_answers_as_scikit_learn_does(seed):
    """The same on real letters in both scripts and English, with rule hits that it never saw."""
    texts = [
        "系统登录不上去了，订单 20231001001 也查不到！",
        "請問會員點數多久到期？",
        "Where is my order? I'm waiting",
        "",
    ]
    _assert_equal(seed, [MessageText(subject="退款", body=text, hits=("some-rule",)) for text in texts])


def test_a_model_read_back_answers_alike(arrays, model, rows, words):
    """Storing and reading changes no probability, and the same arrays give the same bytes."""
    data = to_bytes(arrays)
    assert to_bytes(arrays) == data
    again = ArrayModel(from_bytes(data), words)
    for row in rows[:20]:
        for target, probabilities in model.probabilities(row.message).items():
            assert np.array_equal(again.probabilities(row.message)[target], probabilities)
    assert again.version == model.version


def test_a_suggestion_says_how_sure_it_is_and_what_else_it_could_be(model):
    """Value, calibrated confidence, coarse value and the next best values, which add up to one."""
    (suggestion,) = model.suggest([MessageText(subject="", body="the printer does not work, urgent!!!")])
    field = suggestion.fields["type"]
    assert (field.value, field.coarse) == ("问题反馈", "反馈")
    assert [a.value for a in field.alternatives] != [field.value]
    assert field.confidence + sum(a.confidence for a in field.alternatives) == pytest.approx(1.0)
    assert field.confidence > max(a.confidence for a in field.alternatives)
    assert suggestion.fields["urgency"].value == "紧急"
    assert suggestion.model == model.version


def test_one_by_one_or_together_is_the_same(model, rows):
    """A batch answers in the order of its messages, each as if asked alone."""
    messages = [row.message for row in rows[:10]]
    assert model.suggest(messages) == tuple(model.suggest([message])[0] for message in messages)


@pytest.mark.parametrize(
    ("subject", "body", "because"),
    [
        ("", "", EMPTY),
        (" ", "\n\t", EMPTY),
        ("", "?!", TOO_SHORT),
        ("1", "2 3", TOO_SHORT),
        ("", "Здравствуйте, где мой заказ", UNKNOWN_WORDS),
        ("", "ご注文ありがとうございました", UNKNOWN_WORDS),
    ],
)
def test_a_text_that_says_nothing_gets_no_suggestion(seed, subject, body, because):
    """The model abstains and says why; mail flows on without it."""
    (suggestion,) = seed.suggest([MessageText(subject=subject, body=body)])
    assert (suggestion.fields, suggestion.because) == ({}, because)


def test_evidence_stands_where_the_writer_wrote_it(seed):
    """A word of Traditional Chinese is explained in the customer's own spelling, though the model reads Simplified."""
    body = "…您好！今天早上開始無法登入系統，請立即處理"
    (suggestion,) = seed.suggest([MessageText(subject="", body=body)])
    everything = [item for field in suggestion.fields.values() for item in field.evidence]
    found = {item.term: body[item.start : item.end] for item in everything if item.start >= 0}
    assert "登入" in found and "立即" in found
    assert all(term == written for term, written in found.items())
    for field in suggestion.fields.values():
        weights = [item.weight for item in field.evidence]
        assert len([w for w in weights if w > 0]) <= 8
        assert len([w for w in weights if w < 0]) <= 4
        assert [w for w in weights if w > 0] == sorted((w for w in weights if w > 0), reverse=True)


def test_words_that_only_grammar_needs_are_no_evidence(seed):
    """They weigh, but tell a reader nothing; what they stand beside does."""
    body = "请问我们的发票什么时候能开？您的电话打不通了，我都问了三次"
    (suggestion,) = seed.suggest([MessageText(subject="", body=body)])
    found = {item.term for field in suggestion.fields.values() for item in field.evidence}
    assert found.isdisjoint({"我", "我们", "我们的", "的", "您", "了", "都", "能"}) and "发票" in found


def test_evidence_of_the_subject_has_no_place_in_the_body(seed):
    """A word that stands only in the subject counts and is shown without a place."""
    (suggestion,) = seed.suggest([MessageText(subject="投诉", body="请看附件里的说明。")])
    evidence = {item.term: item for item in suggestion.fields["type"].evidence}
    assert evidence["投诉"].start == -1
    (other,) = seed.suggest([MessageText(subject="客訴：無法登入", body="請看附件裡的說明。")])
    assert "登入" in {item.term for field in other.fields.values() for item in field.evidence}


def test_an_english_word_is_not_found_inside_another(seed):
    """``or`` in ``order`` is no evidence of ``or``: places begin and end at words."""
    body = "My orders are incomplete. The order is late and broken."
    (suggestion,) = seed.suggest([MessageText(subject="", body=body)])
    places = {
        item.term: (item.start, item.end) for f in suggestion.fields.values() for item in f.evidence if item.start >= 0
    }
    assert places
    for term, (start, end) in places.items():
        assert body[start:end] == term
        assert not body[start - 1 : start].isalnum()
        assert not body[end : end + 1].isalnum()


def test_both_scripts_get_the_same_suggestion(seed):
    """Traditional and Simplified spellings of one letter are one text to the model."""
    simplified, traditional = seed.suggest(
        [
            MessageText(subject="无法登录", body="软件更新后无法登录账号，请尽快处理，谢谢。"),
            MessageText(subject="無法登入", body="軟體更新後無法登入帳號，請儘快處理，謝謝。"),
        ]
    )
    one, other = simplified.fields["type"], traditional.fields["type"]
    assert one.value == other.value
    assert one.confidence == pytest.approx(other.confidence, abs=0.02)


def test_the_shipped_model_accepts_nothing_by_itself(seed):
    """How often the seed is right on a desk's mail is unknown, so it only suggests."""
    (suggestion,) = seed.suggest([MessageText(subject="合作", body="我们想代理贵公司的产品，希望建立合作")])
    assert suggestion.fields["type"].value == "合作需求"
    assert suggestion.fields["type"].confidence > 0.9
    assert not suggestion.fields["type"].accepted


def test_serving_conforms_to_the_port(model):
    """The array model is what flows ask for."""
    suggester: Suggester = model
    assert suggester.version == model.version


@pytest.mark.slow
def test_serving_never_imports_scikit_learn():
    """The service answers without scikit-learn and scipy: 80 MB and a second of start-up less."""
    program = (
        "import sys; from classifier.seed import load_seed; from core.domain.suggestion import MessageText;"
        "from types import SimpleNamespace;"
        "cutter = SimpleNamespace(extra=(), words=str.split, special=lambda text: False);"
        "cutter.with_words = lambda extra: cutter;"
        "load_seed(cutter).suggest([MessageText(subject='', body='系统 无法 登录')]);"
        "sys.exit(bool({'sklearn', 'scipy', 'jieba'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.slow
def test_deciding_when_to_learn_imports_nothing_heavy():
    """Commands, pages and the supervisor name models without loading numpy."""
    program = (
        "import sys, huiying.flows.retrain, classifier.workers, huiying.app.cli.commands;"
        "sys.exit(bool({'sklearn', 'scipy', 'jieba', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_text_of_unknown_words_is_less_certain(model):
    """The same words that tell the type, among words of another world: as probable, but not as certain."""
    plain = MessageText(subject="", body="the printer does not work")
    strange = MessageText(subject="", body="the printer zorbl does quamp not frimble work")
    assert model.certainty(strange)["type"] < 0.8 * model.certainty(plain)["type"]


def test_what_is_accepted_is_certain_enough(arrays, words):
    """A threshold is for the probability times the known share of the text: strange words keep it from acceptance."""
    targets = {name: {**entry, "threshold": 0.6} for name, entry in arrays.card["targets"].items()}
    model = ArrayModel(replace(arrays, card={**arrays.card, "targets": targets}), words)
    plain, strange = "the printer does not work", "the printer zorbl quamp frimble snork does not work"
    fields = [s.fields["type"] for s in model.suggest([MessageText(subject="", body=b) for b in (plain, strange)])]
    assert fields[0].value == fields[1].value == "问题反馈"
    assert min(field.confidence for field in fields) > 0.6
    assert [field.accepted for field in fields] == [True, False]

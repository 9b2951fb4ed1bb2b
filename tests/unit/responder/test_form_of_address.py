"""How a letter addresses somebody (DOMAIN 2): the form of address where it is known, else the name, else 您好."""

from __future__ import annotations

import pytest

from core.settings.calendars import read_builtin_calendars
from responder.wording import salutation_words, with_form
from responder.wording_check import LetterFacts, check_wording

CN = read_builtin_calendars()["cn"]


@pytest.mark.parametrize(("name", "form", "language", "salutation"), [
    ("王芳", "女士", "zh-CN", "王芳女士，您好！"),
    ("王建國", "先生", "zh-TW", "王建國先生，您好！"),
    ("John Smith", "先生", "en", "Dear Mr John Smith,"),
    ("王芳", "女士", "en", "Dear Ms 王芳,"),
    ("王芳", "", "zh-CN", "王芳，您好！"),
    ("", "女士", "zh-CN", "您好！"),
    ("", "先生", "en", "Hello,"),
    ("王女士", "女士", "zh-CN", "王女士，您好！"),
    ("王总", "先生", "zh-CN", "王总，您好！"),
    ("Dr. Smith", "先生", "en", "Dear Dr. Smith,"),
    ("Drew Barns", "先生", "en", "Dear Mr Drew Barns,"),
])  # fmt: skip
def test_the_form_is_said_once_and_never_alone(name: str, form: str, language: str, salutation: str) -> None:
    """Nobody is 先生 without a name, and a name that carries its title gets no second one."""
    assert salutation_words(with_form(name, form, language), language) == salutation


@pytest.mark.parametrize("opening", ["王芳女士，您好！", "Dear Ms 王芳,"])
def test_the_check_knows_the_name_with_its_form(opening: str) -> None:
    """What the product itself proposes is no wrong name."""
    facts = LetterFacts(number="20260305001", name="王芳")
    found = check_wording(f"{opening}\n\n发票今天下午寄出。", facts, (), commitments=(), calendar=CN)
    assert not [one.code for one in found if "name" in one.code]


@pytest.mark.parametrize(("opening", "form", "wrong"), [
    ("王芳先生，您好！", "女士", "先生"),
    ("王强女士您好：", "先生", "女士"),
    ("Dear Mr Wang,", "女士", "Mr"),
    ("Dear Ms Wang,", "先生", "Ms"),
    ("王芳女士，您好！", "女士", ""),
    ("王芳，您好！", "女士", ""),
    ("王芳先生，您好！", "", ""),
    ("王先生路的门店，您好！", "女士", ""),
])  # fmt: skip
def test_another_form_than_the_known_one_is_told(opening: str, form: str, wrong: str) -> None:
    """Only in the salutation, and only where the form is known."""
    facts = LetterFacts(number="20260305001", name="王芳", form=form)
    text = f"{opening}\n\n陈先生今天下午寄出发票。"
    found = check_wording(text, facts, (), commitments=(), calendar=CN)
    assert [one.words for one in found if one.code == "wrong-form"] == ([wrong] if wrong else [])

"""Every shipped letter in every language and case, read back by our own parser and by two others."""

from __future__ import annotations

import re

import mailparser
import pytest

from core.domain.letter import LetterKind
from ingest.parse import parse_mail
from responder.letters import CARE, compile_letters
from responder.sample import CUSTOMERS, NUMBER, STOP, Case, cases, sample_intent
from responder.wording import LANGUAGES
from tests.factories.letters import BOX, CN, LOGO, REPLY_TO, an_intent, compose, read, variables

BOOK = compile_letters(
    {
        "replies/logo.png": LOGO,
        "replies/wording.yaml": "logo: replies/logo.png\nhotline: 400-1\nportal: https://help.example.com",
    }
)[0]
CASES = tuple(cases(BOOK.names))
BODY = "李明，您好！\n\n问题已经找到，周五 18:00 前给您答复。\n谢谢您的耐心。"
ABOUT_NOTHING = ("care-greeting", "care-quiet", "care-satisfaction")
"""They name no ticket: they are about none."""
PAGE = "https://help.example.com/help/t/1.k1.abc"
SIMPLIFIED = "这请们单时间处还应话证经过发现进"
"""Characters that Traditional writing does not have."""


def stop_of(case: Case) -> str:
    return STOP if case.letter.startswith(CARE) else ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_a_letter_is_a_mail_without_a_defect(case: Case, language: str) -> None:
    """Subject, number and words arrive as they were written, in text and in HTML; nothing is left to fill in."""
    mail = BOOK.compose(sample_intent(case, language, CN, "support"), BOX, REPLY_TO, (), PAGE, stop_of(case))
    ours, other, plain = parse_mail(mail.data).mail, mailparser.parse_from_bytes(mail.data), read(mail)
    assert ours is not None and not ours.defects and not other.defects
    assert ours.subject == other.subject == str(plain["Subject"])
    named = case.letter not in ABOUT_NOTHING
    assert ours.subject.startswith(f"[#{NUMBER}] ") is named
    assert (CUSTOMERS[language].subject in ours.subject) is (named and not case.bare)
    assert (NUMBER in ours.text) is named and "{" not in ours.text and "None" not in ours.text
    assert (STOP in ours.text) is case.letter.startswith(CARE)
    assert other.text_plain[0].replace("\r\n", "\n").strip() == ours.text.strip()
    html = plain.get_body(("html",))
    assert html is not None and (NUMBER in html.get_content()) is named
    assert f'lang="{language}"' in html.get_content()
    assert (f'href="{STOP}"' in html.get_content()) is case.letter.startswith(CARE)
    assert not re.search(r"（）|\(\)|\n{3}|  ", ours.text, re.MULTILINE)


BY_ITSELF = (
    "acknowledgement", "progress", "noted", "reopening", "urge", "extension", "reminder", "apology", "link", "question",
    "care-call-back", "care-greeting", "care-quiet", "care-satisfaction",
)  # fmt: skip
"""Letters whose words no agent has seen for this customer."""


@pytest.mark.parametrize("name", BY_ITSELF)
def test_an_english_letter_has_one_chinese_line(name: str) -> None:
    """Who reads neither well knows at least what it is (DOMAIN 9)."""
    text = BOOK.words(sample_intent(Case(letter=name), "en", CN, "support"), BOX, PAGE, STOP).text
    chinese = [line for line in text.splitlines() if re.search("[\u4e00-\u9fff]", line)]
    assert len(chinese) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_the_traditional_letters_are_written_in_traditional_characters(case: Case) -> None:
    """No simplified character is left in them."""
    text = BOOK.words(sample_intent(case, "zh-TW", CN, "support"), BOX, PAGE, stop_of(case)).text
    assert not set(SIMPLIFIED) & set(text)


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
def test_an_agent_s_lines_stay_lines(language: str) -> None:
    """What was written over several lines arrives so; control characters do not."""
    mail = compose(
        an_intent(
            language,
            template="answer",
            kind=LetterKind.AGENT,
            variables=variables(language) | {"body": BODY + "\x1b[0m"},
        )
    )
    found = parse_mail(mail.data).mail
    assert found is not None
    assert BODY in found.text and "\x1b" not in found.text


def test_an_agent_s_colon_makes_no_table() -> None:
    """``注意：…`` in an answer is a sentence, not a fact of the letter."""
    facts = variables("zh-CN") | {"body": "注意：旧机器请保留包装"}
    html = BOOK.words(an_intent(template="answer", kind=LetterKind.AGENT, variables=facts), BOX).html
    assert "注意：旧机器请保留包装</p>" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_outside_hours_the_way_back_is_named(language: str) -> None:
    """The hours, and when somebody is there again; in working time neither."""
    words = {
        "zh-CN": "3月9日（周一）09:00 回来",
        "zh-TW": "3月9日（週一）09:00 回來",
        "en": "Monday, 9 March 2026, 09:00",
    }
    night = next(case for case in cases(("acknowledgement",)) if case.key == "after-hours")
    text = BOOK.words(sample_intent(night, language, CN, "support"), BOX).text
    assert words[language] in text and text.count("09:00–12:00") == 2
    day = BOOK.words(sample_intent(Case(letter="acknowledgement"), language, CN, "support"), BOX).text
    assert words[language] not in day and day.count("09:00–12:00") == 1

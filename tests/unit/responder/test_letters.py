"""What customers read in our letters."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.calendar import BusinessCalendar, Window
from core.domain.decision import By, Choice, Decision, Facts
from core.domain.letter import LetterKind
from responder.letters import compile_letters, letter_language
from responder.variables import progress_variables
from responder.wording import LANGUAGES, hours_words, time_words, zone_words
from tests.factories.letters import (
    BOOK,
    BOX,
    CN,
    OFFICE,
    RECEIVED,
    REPLY_TO,
    SHANGHAI,
    TOLD,
    an_intent,
    compose,
    read,
    text_of,
    variables,
)


def decided(type_: str, by: By, *, emotion: str = "一般", accepted: bool = False) -> Decision:
    choices = {
        "type": Choice(value=type_, by=by, accepted=accepted),
        "emotion": Choice(value=emotion, by=by, accepted=accepted),
    }
    return Decision(choices=choices, facts=Facts(received=RECEIVED))


class TestWords:
    """What a customer reads."""

    @pytest.mark.parametrize(("language", "label", "told"), [
        ("zh-CN", "受理编号：20260305001", "3月5日（周四）10:15"),
        ("zh-TW", "案件編號：20260305001", "3月5日（週四）10:15"),
        ("en", "Your reference: 20260305001", "Thursday, 5 March 2026, 10:15"),
    ])  # fmt: skip
    def test_the_acknowledgement_has_number_own_words_and_time(self, language: str, label: str, told: str) -> None:
        """Number, own subject, own first sentence and the promised time, in text and HTML alike."""
        for kind in ("plain", "html"):
            text = text_of(compose(language=language), kind)
            for words in (
                label.partition("：")[2] or "20260305001",
                "无法登录系统",
                "系统从今天早上开始无法登录。",
                told,
            ):
                assert words in text
        assert label in text_of(compose(language=language))

    def test_the_english_letter_has_one_chinese_line(self) -> None:
        """Who cannot read English still learns that it arrived, with the number and the time."""
        lines = [line for line in text_of(compose(language="en")).splitlines() if "受理编号" in line]
        assert lines == ["您的来信已收到，受理编号 20260305001，最迟 3月5日（周四）10:15（北京时间）会有专人回复您。"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_letter_names_priority_level_or_emotion(self, language: str) -> None:
        """Not even when all of them are sure."""
        decision = decided("投诉", By.AGENT, emotion="愤怒")
        intent = an_intent(language, variables=variables(language, decision=decision))
        text = text_of(BOOK.compose(intent, BOX, REPLY_TO)) + text_of(BOOK.compose(intent, BOX, REPLY_TO), "html")
        for word in (
            "优先",
            "優先",
            "priority",
            "紧急",
            "緊急",
            "urgent",
            "愤怒",
            "憤怒",
            "angry",
            "VIP",
            "complaint",
            "投诉",
            "投訴",
        ):
            assert word not in text.replace("font-weight", "")

    @pytest.mark.parametrize(("decision", "sorry"), [
        (decided("投诉", By.RULE), True), (decided("投诉", By.AGENT), True),
        (decided("投诉", By.MODEL, accepted=True), True), (decided("投诉", By.MODEL), False),
        (decided("咨询", By.RULE), False), (decided("咨询", By.MODEL, emotion="愤怒", accepted=True), True),
        (None, False),
    ])  # fmt: skip
    def test_regret_is_said_only_when_it_is_sure(self, decision: Decision | None, sorry: bool) -> None:
        """By rule, by agent or accepted; else the neutral letter."""
        intent = an_intent(variables=variables("zh-CN", decision=decision))
        assert ("抱歉" in text_of(BOOK.compose(intent, BOX, REPLY_TO))) is sorry

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_after_hours_the_letter_says_so(self, language: str) -> None:
        """A mail at night is told why the time is what it is."""
        words = {"zh-CN": "已经下班", "zh-TW": "已經下班", "en": "outside our office hours"}[language]
        night = datetime(2026, 3, 5, 23, 0, tzinfo=SHANGHAI)
        late = an_intent(language, variables=variables(language, received=night))
        assert words in text_of(BOOK.compose(late, BOX, REPLY_TO))
        assert words not in text_of(compose(language=language))
        always = an_intent(language, variables=variables(language, received=night, always_on_duty=True))
        assert words not in text_of(BOOK.compose(always, BOX, REPLY_TO))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_nothing_unknown_leaves_a_hole(self, language: str) -> None:
        """Without a name, a subject, a sentence or a time the letter still reads well."""
        bare = variables(language, name="", subject="", text="", told=None)
        text = text_of(BOOK.compose(an_intent(language, variables=bare), BOX, REPLY_TO))
        assert not re.search(r"[:：][ \t]*$|None|\{|（）|\(\)|\n{4}", text, re.MULTILINE)
        assert "20260305001" in text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_progress_letter_says_that_there_is_no_news_and_when_there_will_be(self, language: str) -> None:
        """Number and next time, no promise of a result."""
        facts = progress_variables(
            language=language, number="20260305001", subject="登录", name="", told=TOLD, calendar=CN
        )
        intent = an_intent(language, kind=LetterKind.PROGRESS, template="progress", variables=facts)
        mail = BOOK.compose(intent, BOX, REPLY_TO)
        assert "20260305001" in text_of(mail)
        assert "10:15" in text_of(mail)
        assert read(mail)["Auto-Submitted"] == "auto-generated"

    def test_hotline_and_team_come_from_the_local_wording(self) -> None:
        """One text for all languages or one for each; the mailbox's own name wins."""
        book, problems = compile_letters({
            "replies/wording.yaml": "hotline: 400-800-8888\nteam:\n  zh-CN: 回应客服\n",
        })  # fmt: skip
        assert problems == ()
        mail = book.compose(an_intent(), BOX, REPLY_TO)
        assert "服务热线：400-800-8888" in text_of(mail)
        assert "回应客服" in text_of(mail)
        assert "Phone: 400-800-8888" in text_of(book.compose(an_intent("en"), BOX, REPLY_TO))
        named = book.compose(an_intent(), replace(BOX, display="星辰客服"), REPLY_TO)
        assert "星辰客服" in text_of(named)
        assert "星辰客服" in str(read(named)["From"])

    def test_html_escapes_and_text_does_not(self) -> None:
        """A customer's markup is shown, never run."""
        facts = variables("zh-CN", subject="<script>alert(1)</script> & 问题", text="1 < 2 & <b>粗体</b> 显示不对")
        mail = BOOK.compose(an_intent(variables=facts), BOX, REPLY_TO)
        page, text = text_of(mail, "html"), text_of(mail)
        assert "<script>" not in page
        assert "<b>" not in page
        assert "&lt;script&gt;" in page
        assert "<script>alert(1)</script> & 问题" in text
        assert "<script>alert(1)</script> & 问题" in str(read(mail)["Subject"])

    @pytest.mark.parametrize(("tag", "language"), [
        ("zh-Hans", "zh-CN"), ("zh-Hant", "zh-TW"), ("zh", "zh-CN"), ("zh-HK", "zh-TW"), ("en", "en"), ("ja", "en"),
        ("und", "en"), ("", "en"), ("ZH-HANT-TW", "zh-TW"),
    ])  # fmt: skip
    def test_the_letter_s_language(self, tag: str, language: str) -> None:
        """Simplified, Traditional, else English."""
        assert letter_language(tag) == language

    def test_times_and_hours_are_written_naturally(self) -> None:
        """In the calendar's zone, whatever zone the instant came in."""
        instant = TOLD.astimezone(UTC)
        assert time_words(instant, CN, "zh-CN") == "3月5日（周四）10:15"
        assert zone_words(CN, instant, "zh-TW") == "北京時間"
        assert hours_words(CN, "zh-CN") == "周一至周五 09:00–12:00、13:00–18:00"
        assert hours_words(CN, "en") == "Monday to Friday 09:00–12:00, 13:00–18:00"
        berlin = BusinessCalendar(name="de", zone="Europe/Berlin", week=(*(OFFICE,) * 5, OFFICE[:1], ()))
        assert zone_words(berlin, instant, "en") == "Berlin time, UTC+01:00"
        assert zone_words(berlin, instant, "zh-CN") == "UTC+01:00"
        assert hours_words(berlin, "zh-TW").endswith("；週六 09:00–12:00")
        always = BusinessCalendar(name="a", zone="UTC", week=((Window.of("00:00", "24:00"),),) * 7)
        assert hours_words(always, "zh-CN") == "全天候"

"""Promises in an agent's words, with their instants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.settings.calendars import read_builtin_calendars
from responder.commitments import find_commitments, speaks_of_answer
from tests.growth import growth

CN = read_builtin_calendars()["cn"]
NOW = datetime(2026, 3, 5, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def found(text: str) -> list[str]:
    return [one.due.astimezone(CN.tz).strftime("%m-%d %H:%M") for one in find_commitments(text, CN, NOW)]


@pytest.mark.parametrize(("text", "due"), [
    ("周五下班前给您答复", "03-06 18:00"),
    ("週五下班前回覆您", "03-06 18:00"),
    ("星期五之前", "03-06 18:00"),
    ("下周一上午之前", "03-09 12:00"),
    ("下周三 14:30 前", "03-11 14:30"),
    ("下周三 15 点前", "03-11 15:00"),
    ("明天下午 3 点 30 分前", "03-06 15:30"),
    ("今天 17 点前联系您", "03-05 17:00"),
    ("今天下班前", "03-05 18:00"),
    ("明天下午3点前联系您", "03-06 15:00"),
    ("后天之前", "03-07 18:00"),
    ("3月10日前完成", "03-10 18:00"),
    ("3月6日（周五）09:15 前", "03-06 09:15"),
    ("2个工作日内给您结果", "03-09 10:00"),
    ("兩個工作日內回覆您", "03-09 10:00"),
    ("4工作小时内", "03-05 15:00"),
    ("24小时内", "03-06 10:00"),
    ("30分钟内回电", "03-05 10:30"),
    ("三天内", "03-08 10:00"),
    ("We will reply by Friday.", "03-06 18:00"),
    ("within 2 working days", "03-09 10:00"),
    ("by the end of tomorrow", "03-06 18:00"),
    ("半小时内给您回电", "03-05 10:30"),
    ("半个工作日内", "03-05 15:00"),
    ("We will call you within two working days.", "03-09 10:00"),
    ("within half an hour", "03-05 10:30"),
    ("within an hour", "03-05 11:00"),
    ("You will have our answer by end of day Friday.", "03-06 18:00"),
    ("by the end of the day tomorrow", "03-06 18:00"),
    ("请您周五前等我们的答复", "03-06 18:00"),
    ("请放心，周五前给您答复", "03-06 18:00"),
    ("周日给您打电话", "03-08 18:00"),
    ("下周一為您辦理", "03-09 18:00"),
    ("明天下午给您回复", "03-06 18:00"),
    ("周五上午10点给您回电", "03-06 10:00"),
    ("3月12日会和您确认", "03-12 18:00"),
    ("We’ll call you on Sunday.", "03-08 18:00"),
    ("I will send it to you tomorrow", "03-06 18:00"),
    ("2026-03-10 18:00前给您电话", "03-10 18:00"),
    ("2026/3/10前答复您", "03-10 18:00"),
    ("2026.3.10 之前", "03-10 18:00"),
    ("3/10 12:00 前", "03-10 12:00"),
    ("by 2026-03-10", "03-10 18:00"),
    ("下班前给您答复", "03-05 18:00"),
    ("下午3点前给您答复", "03-05 15:00"),
    ("15:00 前給您回覆", "03-05 15:00"),
    ("before the end of the day", "03-05 18:00"),
    ("十五个工作日内", "03-26 10:00"),
    ("二十五天内", "03-30 10:00"),
    ("2.5小时内给您答复", "03-05 12:30"),
    ("48h内", "03-07 10:00"),
    ("3个自然日内", "03-08 10:00"),
    ("3-5个工作日内到账", "03-12 10:00"),
    ("3-5日内到账", "03-10 10:00"),
    ("明早给您回电", "03-06 12:00"),
    ("下个工作日上午给您答复", "03-06 12:00"),
    ("I'll call you tomorrow at 3 pm.", "03-06 15:00"),
    ("We will call you next Monday at noon.", "03-09 12:00"),
    ("by noon tomorrow", "03-06 12:00"),
    ("by next Friday", "03-13 18:00"),
    ("by the end of next week", "03-13 18:00"),
    ("by the end of next month", "04-30 18:00"),
])  # fmt: skip
def test_a_promised_time_is_found(text: str, due: str) -> None:
    """In both scripts and in English; a day without an hour ends with its work."""
    assert found(text) == [due]


@pytest.mark.parametrize("text", [
    "三天前您来信说", "3月4日前的记录", "周一至周五 09:00 前不营业", "我们已经收到", "within reach", "13月40日前",
    "今天 08:00 前", "上周五给您打过电话", "今天给您寄出了", "周五我们已为您办理", "您周五给我们打电话",
    "请您周五前补充资料", "麻烦您明天中午前把截图发来", "Please send it by Friday", "請於3月10日前告訴我們",
    "周五收到您的来信", "昨天15:00前的订单", "每天18:00前有人接听", "9:00-18:00前", "版本3.5前的问题", "100/3 前",
    "一百二十天内", "请您在15:00前回复我", "You wrote to us on Sunday.", "Will you be there on Sunday?",
])  # fmt: skip
def test_what_is_no_promise_is_not_taken_for_one(text: str) -> None:
    """The past, office hours, dates that do not exist or are over this year by one day only."""
    assert [due for due in found(text) if not due.startswith("03-04")] == []


@pytest.mark.parametrize(("text", "due"), [
    ("周五前完成", ["03-13 18:00"]), ("周五下班前给您答复", ["03-13 18:00"]), ("周五给您打电话", ["03-13 18:00"]),
    ("We will reply by Friday.", ["03-13 18:00"]), ("周三前给您方案，周五前完成", ["03-11 18:00", "03-13 18:00"]),
    ("周五 23 点前发给您", ["03-06 23:00"]), ("本周五前完成", []), ("上周五前已经完成", []), ("上个周五前发的货", []),
])  # fmt: skip
def test_a_weekday_named_on_its_own_evening_is_the_next_weeks(text: str, due: list[str]) -> None:
    """Unless it is called this week's or the last one's."""
    evening = datetime(2026, 3, 6, 19, 0, tzinfo=CN.tz)
    assert [one.due.astimezone(CN.tz).strftime("%m-%d %H:%M") for one in find_commitments(text, CN, evening)] == due


def test_the_sentence_around_it_is_what_is_promised() -> None:
    """One entry for each place, in the order of the text."""
    text = "您好！\n我们明天下班前给您方案；2个工作日内完成更换。谢谢"
    assert [one.words for one in find_commitments(text, CN, NOW)] == ["我们明天下班前给您方案", "2个工作日内完成更换"]


@pytest.mark.parametrize(("text", "words"), [
    ("周三前给您方案，周五前完成。", ["周三前给您方案", "周五前完成"]),
    ("王芳，您好！我们会在周三前给您方案，并在周五前完成全部更换，请放心。谢谢。",
     ["我们会在周三前给您方案", "在周五前完成全部更换，请放心"]),
    ("方案，包括报价，周三前给您，图纸周五前给您，安装下周一前完成",
     ["方案，包括报价，周三前给您", "图纸周五前给您", "安装下周一前完成"]),
    ("我們週三前給您方案、週五前完成", ["我們週三前給您方案", "週五前完成"]),
    ("We will send the plan by Friday and finish by Monday. Thank you.",
     ["We will send the plan by Friday", "finish by Monday"]),
    ("Dear Mr. Wang, we will call you by 3 p.m. on Friday. Thank you.",
     ["Dear Mr. Wang, we will call you by 3 p.m. on Friday"]),
    ("周三前给您方案。周五前完成，请放心。", ["周三前给您方案", "周五前完成，请放心"]),
])  # fmt: skip
def test_each_of_several_promises_in_a_sentence_has_its_own_words(text: str, words: list[str]) -> None:
    """Who ticks one of them sees which."""
    assert [one.words for one in find_commitments(text, CN, NOW)] == words


def test_two_promises_of_one_sentence_are_two() -> None:
    """Each with its own instant."""
    assert found("2个工作日内给您答复，周日给您打电话") == ["03-09 10:00", "03-08 18:00"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["will you on ", "周五给您", "周五上午10点", "we'll you ", "联系您明天", "2026-03-", "下午3点", "三五十"]
)
def test_a_long_text_is_looked_at_quickly(piece: str) -> None:
    """Nothing in it is tried in every division: eight times the text is no more than twenty times the work."""

    def work(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))
        return lambda: find_commitments(text, CN, NOW)

    assert growth(work, 2_500, 20_000, enough=20) <= 20


@pytest.mark.parametrize(("words", "said"), [
    ("周五下班前给您答复", True),
    ("明天上午與您聯絡", True),
    ("2个工作日内打电话告知结果", True),
    ("I will get back to you by Friday", True),
    ("we will let you know tomorrow", True),
    ("週五前給您回信", True),
    ("周五前向您反馈结果", True),
    ("We'll come back to you by Friday", True),
    ("we will update you by Friday", True),
    ("周五前把货款退到您的账户", False),
    ("周五前完成反馈问题的修复", False),
    ("周五前联系仓库补发", False),
    ("we release the update by Friday", False),
    ("we replace your phone by Friday", False),
    ("下周三前上门维修", False),
    ("the parcel leaves by Friday", False),
])  # fmt: skip
def test_a_promise_of_an_answer_is_told_from_a_deed(words: str, said: bool) -> None:
    """An answer keeps the one and not the other; both scripts and English."""
    assert speaks_of_answer(words) is said

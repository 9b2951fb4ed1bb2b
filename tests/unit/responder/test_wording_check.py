"""What a letter is checked for before it leaves."""

from __future__ import annotations

from datetime import datetime
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from core.settings.calendars import read_builtin_calendars
from responder.commitments import find_commitments
from responder.phrases import Level, read_phrases
from responder.wording_check import Finding, LetterFacts, check_wording

CN = read_builtin_calendars()["cn"]
NOW = datetime(2026, 3, 5, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PHRASES = read_phrases()[0]


def check(text: str, **facts: object) -> tuple[Finding, ...]:
    known = LetterFacts(**({"number": "20260305001", "name": "王芳"} | facts))  # type: ignore[arg-type]  # keywords
    return check_wording(text, known, PHRASES, commitments=find_commitments(text, CN, NOW), calendar=CN)


@pytest.mark.parametrize(("text", "code", "words"), [
    ("这个问题可能是网络造成的", "vague", "可能"),
    ("我们会尽快处理", "vague", "尽快"),
    ("we will reply soon", "vague", "soon"),
    ("下周一一定上线", "impossible", "一定上线"),
    ("这是您自己操作的问题", "blame", "您自己"),
    ("这个没办法", "cannot", "没办法"),
    ("您的工单正在处理", "jargon", "工单"),
    ("我们给您退款", "money", "退款"),
    ("12315 来电", "gravity", "12315"),
    ("{{ name }}，您好", "placeholder", "{{ name }}"),
    ("请在 XXX 前回复", "placeholder", "XXX"),
    ("编号 20260305002", "wrong-number", "20260305002"),
    ("李强，您好！", "wrong-name", "李强"),
    ("详情见附件", "no-attachment", "见附件"),
    ("周六下班前给您答复", "off-duty", "周六下班前给您答复"),
])  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(text: str, code: str, words: str) -> None:
    """With the words that stand there, in both languages, and something better."""
    [one] = check(text)
    assert (one.code, one.words) == (code, words)
    assert text[one.at :].startswith(words)
    assert one.why("zh-CN") and one.why("en") and one.better("zh-CN") and one.better("en")


@pytest.mark.parametrize("text", [
    "王芳，您好！\n\n我们已经找到原因，周五 18:00 前给您答复。受理编号 20260305001。",
    "王女士，您好！", "您好！", "Dear customer,", "这不可能发生", "soonest", "Dear 王芳,",
])  # fmt: skip
def test_good_words_pass(text: str) -> None:
    """No finding where there is nothing to find."""
    assert check(text) == ()


def test_an_attachment_that_is_there_may_be_named() -> None:
    """见附件 with one."""
    assert check("详情见附件", attachments=1) == ()


def test_a_first_response_of_low_priority_names_a_date() -> None:
    """Its customer waits longest, so he is told how long; later letters need not."""
    assert [one.code for one in check("您好！我们在看。", first=True, priority="低")] == ["no-date"]
    assert check("您好！2个工作日内给您结果。", first=True, priority="低") == ()
    assert check("您好！我们在看。", priority="低") == ()


def test_levels_say_what_happens() -> None:
    """A placeholder stops, money wants a second person, a vague word warns."""
    levels = {one.code: one.level for one in check("XXX 退款可能")}
    assert levels == {"placeholder": Level.STOP, "money": Level.SECOND, "vague": Level.WARN}


def test_a_desk_adds_and_switches_off() -> None:
    """A phrase of one's own comes on top; one of the shipped ones can be switched off by its name."""
    mine = "phrases:\n  - {id: old, words: [旧品牌], level: stop, why: 已改名}\noff: [jargon]\n"
    phrases, problems = read_phrases(mine)
    assert problems == ()
    assert {"old"} <= {each.id for each in phrases} and "jargon" not in {each.id for each in phrases}
    _, problems = read_phrases("phrases:\n  - {id: x, words: [y], level: halt}\noff: [jargons]\n")
    assert [(one.line, one.hint_en) for one in problems] == [
        (2, "possible: warn, stop, second"), (3, "did you mean 'jargon'?"),
    ]  # fmt: skip


HOSTILE = {
    "a salutation of blanks": ("a", " ", "x"),
    "blanks after a greeting": ("Dear", " ", "x,"),
    "a placeholder that never ends": ("", "{{", ""),
    "a tag that never ends": ("", "{%", ""),
    "blanks after a day": ("周五", " ", "x"),
    "blanks after many days": ("", "今天   下午   3点   ", ""),
    "blanks after an amount": ("2", " ", "x"),
    "promises without end": ("", "今天下班前", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_look_at_the_words_is_super_linear(name: str) -> None:
    """Four times the text takes about four times the work; an agent's blanks hold nobody up."""
    begin, piece, end = HOSTILE[name]

    def work(times: int) -> float:
        text, best = begin + piece * times + end, float("inf")
        for _ in range(3):
            start = process_time()
            check(text)
            best = min(best, process_time() - start)
        return best

    size = 4_000 // len(piece)
    assert work(size // 8) < 1
    assert work(4 * size) < 12 * work(size) + 0.02

"""What a letter is checked for before it leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.settings.calendars import read_builtin_calendars
from responder.commitments import find_commitments
from responder.phrases import Level, read_phrases
from responder.sample import NUMBER, Case, cases, sample_intent
from responder.wording import LANGUAGES
from responder.wording_check import Finding, LetterFacts, check_wording, levels_of
from tests.factories.letters import BOOK, BOX
from tests.growth import growth

CN = read_builtin_calendars()["cn"]
NOW = datetime(2026, 3, 5, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PHRASES = read_phrases()[0]


def check(text: str, **facts: object) -> tuple[Finding, ...]:
    known = LetterFacts(**({"number": "20260305001", "name": "王芳"} | facts))  # type: ignore[arg-type]  # keywords
    return check_wording(
        text, known, PHRASES, commitments=find_commitments(text, CN, NOW), calendar=CN, today=NOW.date()
    )


def apart_from_the_name(text: str, **facts: object) -> tuple[Finding, ...]:
    """Most texts here are no whole letters and address nobody."""
    return tuple(one for one in check(text, **facts) if one.code != "no-name")


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
    ("详情请看附件", "no-attachment", "请看附件"),
    ("请查收附件", "no-attachment", "查收附件"),
    ("附件为报价单", "no-attachment", "附件为"),
    ("附上报价单", "no-attachment", "附上"),
    ("詳情請見附檔", "no-attachment", "見附檔"),
    ("附檔為報價單", "no-attachment", "附檔為"),
    ("報價單請參閱附件", "no-attachment", "參閱附件"),
    ("我们周六下班前给您答复", "off-duty", "周六下班前"),
    ("今天晚上9点前给您答复", "off-duty", "今天晚上9点前"),
    ("今天12:30前给您答复", "off-duty", "今天12:30前"),
    ("2026-03-09 22:00 前给您电话", "off-duty", "2026-03-09 22:00 前"),
    ("我們會盡快處理", "vague", "盡快"),
    ("我們會儘快處理", "vague", "儘快"),
    ("我們給您賠償", "money", "賠償"),
    ("ＳＬＡ 以内", "jargon", "ＳＬＡ"),
    ("we will reply as soon as possible", "vague", "as soon as possible"),
    ("3月6日（周四）给您寄出", "wrong-weekday", "周四"),
    ("3月6日星期四寄出", "wrong-weekday", "星期四"),
    ("3月6日（週四）寄出", "wrong-weekday", "週四"),
    ("It leaves on Monday, 6 March 2026", "wrong-weekday", "Monday"),
])  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(text: str, code: str, words: str) -> None:
    """With the words that stand there, in both languages, and something better."""
    [one] = apart_from_the_name(text)
    assert (one.code, one.words) == (code, words)
    assert text[one.at :].startswith(words)
    assert one.why("zh-CN") and one.why("en") and one.better("zh-CN") and one.better("en")


@pytest.mark.parametrize("text", [
    "王芳，您好！\n\n我们已经找到原因，周五 18:00 前给您答复。受理编号 20260305001。",
    "王女士，您好！", "您发来的附件里有截图", "已打开您的附件",
    "这不可能发生", "soonest", "Dear 王芳,", "3月6日（周五）寄出", "Friday, 6 March 2026",
    "5月40日（周一）",
    "debugging", "周五 18:00 前给您答复", "今天12:00前给您答复", "a detached house",
])  # fmt: skip
def test_good_words_pass(text: str) -> None:
    """No finding where there is nothing to find."""
    assert apart_from_the_name(text) == ()


@pytest.mark.parametrize("text", ["您好！\n\n已经换好。", "Dear customer,", "已经换好。", "各位好！"])
def test_a_customer_whose_name_is_known_is_addressed(text: str) -> None:
    """Only said, nothing is asked: a short answer in a running conversation may do without."""
    [one] = check(text)
    assert (one.code, one.level, one.at) == ("no-name", Level.HINT, -1)
    assert "王芳" in one.better("zh-CN") and levels_of([one]) == frozenset()
    assert check(text, name="") == ()
    assert check(f"{text}\n王芳", name="王芳") == ()


def test_a_name_in_the_other_script_is_the_same_name() -> None:
    """陳怡君 and 陈怡君."""
    assert check("陈怡君，您好！", name="陳怡君") == ()


@pytest.mark.parametrize(("text", "told", "better"), [
    ("您好。我们会尽快给您答复。谢谢", "3月6日（周五）18:00", "我们会在 3月6日（周五）18:00 前给您答复。"),
    ("Hello. We will reply soon.", "Friday, 6 March 2026, 18:00", "We will reply by Friday, 6 March 2026, 18:00."),
    ("您的工单已受理", "", "您的来信已受理"),
    ("我们会尽快给您答复。", "", ""),
    ("这可能是网络造成的。", "3月6日（周五）18:00", ""),
])  # fmt: skip
def test_a_better_sentence_is_written_out(text: str, told: str, better: str) -> None:
    """With the time that the letter could name; nothing where nobody knows one."""
    [one] = apart_from_the_name(text, told=told)
    assert one.sentence == better


def test_a_grave_matter_wants_a_second_person_whatever_is_written() -> None:
    """重大: the words may be harmless."""
    assert [(one.code, one.level) for one in check("王芳，您好！", gravity="重大")] == [("grave", Level.SECOND)]


@pytest.mark.parametrize(("content", "line", "column", "said"), [
    ("phrases:\n  - {id: a, words: [b]}\n  - {id: a, words: [c]}\n", 3, 5, "'a' stands there twice"),
    ("phrases:\n  - {id: a, words: [b], instead: {c: d}}\n", 2, 35, "unknown word 'c'"),
    ("phrases:\n  - {id: a, words: [b], lvl: warn}\n", 2, 25, "unknown key 'lvl'"),
    ("phrases:\n  - {id: a, words: []}\n", 2, 20, "a: no word in words"),
    ("phrase: []\n", 1, 1, "unknown key 'phrase'"),
])  # fmt: skip
def test_what_is_wrong_in_the_file_is_told_at_its_place(content: str, line: int, column: int, said: str) -> None:
    """Two of a name, a word that is none of the phrase's, unknown keys."""
    found = read_phrases(content)[1]
    assert [(one.line, one.column) for one in found] == [(line, column)]
    assert said in found[0].en


CASES = tuple(cases(BOOK.names))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_letters_keep_to_it(case: Case, language: str) -> None:
    """Nothing vague, impossible, blaming or in our own words; number, name and weekday right, in every language."""
    intent = sample_intent(case, language, CN, "support")
    words = BOOK.words(intent, BOX)
    name = intent.variables["name"]
    found = check_wording(
        f"{words.text}\n{words.subject}", LetterFacts(number=NUMBER, name=name, also=(case.split,)), PHRASES,
        calendar=CN, commitments=find_commitments(words.text, CN, NOW), today=NOW.date(),
    )  # fmt: skip
    assert [(one.code, one.words) for one in found] == []


def test_an_attachment_that_is_there_may_be_named() -> None:
    """见附件 with one."""
    assert apart_from_the_name("详情见附件", attachments=1) == ()


def test_a_first_response_of_low_priority_names_a_date() -> None:
    """Its customer waits longest, so he is told how long; later letters need not."""
    assert [one.code for one in apart_from_the_name("您好！我们在看。", first=True, priority="低")] == ["no-date"]
    assert apart_from_the_name("您好！2个工作日内给您结果。", first=True, priority="低") == ()
    assert apart_from_the_name("您好！我们在看。", priority="低") == ()


def test_levels_say_what_happens() -> None:
    """A placeholder stops, money wants a second person, a vague word warns."""
    levels = {one.code: one.level for one in apart_from_the_name("XXX 退款可能")}
    assert levels == {"placeholder": Level.STOP, "money": Level.SECOND, "vague": Level.WARN}


def test_a_desk_adds_and_switches_off() -> None:
    """A phrase of one's own comes on top; one of the shipped ones can be switched off by its name."""
    mine = "phrases:\n  - {id: old, words: [旧品牌], level: stop, why: 已改名}\noff: [jargon]\n"
    phrases, problems = read_phrases(mine)
    assert problems == ()
    assert {"old"} <= {each.id for each in phrases} and "jargon" not in {each.id for each in phrases}
    _, problems = read_phrases("phrases:\n  - {id: x, words: [y], level: halt}\noff: [jargons]\n")
    assert [(one.line, one.hint_en) for one in problems] == [
        (2, "possible: hint, warn, stop, second"), (3, "did you mean 'jargon'?"),
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


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_no_look_at_the_words_is_super_linear(name: str) -> None:
    """Four times the text takes about four times the work; an agent's blanks hold nobody up."""
    begin, piece, end = HOSTILE[name]

    def work(times: int) -> Callable[[], object]:
        text = begin + piece * times + end
        return lambda: check(text)

    size = 4_000 // len(piece)
    assert growth(work, 1, size // 8, enough=500) <= 500  # a second: one without end is not asked for more
    assert growth(work, size, 4 * size, enough=12) <= 12

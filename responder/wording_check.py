"""Checks a letter's words before they leave: vague, impossible, blaming, wrong number or name, a missing attachment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.domain.calendar import BusinessCalendar
from core.text.fold import fold
from responder.commitments import Commitment
from responder.phrase_search import find_phrases
from responder.phrases import Level, Phrase
from responder.weekday_check import find_wrong_weekdays
from responder.wording import ENGLISH_FORMS

_PLACEHOLDER = re.compile(
    r"\{\{.{0,100}?\}\}|\{%.{0,100}?%\}|\[(?:姓名|日期|时间|编号|name|date|number)\]|【[^】]{0,12}】?(?:待填|填写)|"
    r"（请填写）|（請填寫）|\(fill in\)|XXX+|xxx+|某某|TODO"
)
_NUMBER = re.compile(r"(?<!\d)20\d{9,12}(?!\d)")
_ATTACHED = re.compile(
    r"(?<!的)(?:(?:[见見看在]|如|[查请請][看收]|参考|參考|参阅|參閱|查阅|查閱)(?:下方|本信|邮件|郵件)?的?附[件檔档]|"
    r"附[件檔档](?:中|里|裡|为|為|是|如下)|(?:[随隨]信|[现現]|一并|一併)附上|附上(?!次))|\battached\b|\battachments?\b",
    re.IGNORECASE,
)
_SALUTATION = re.compile(
    r"(?:尊敬的|親愛的|亲爱的|Dear\s{1,3})?(.{1,30}?)\s{0,3}(?:先生|女士|小姐)?\s{0,3}[，,]?\s{0,3}"
    r"(?:您好|你好)?[！!：:，,]"
)
_LONGEST_SALUTATION = 60
_FORMS = {
    "先生": re.compile(r"先生(?=[，,！!：:\s您你])|(?<=Dear )(?:Mr|Sir)\b"),
    "女士": re.compile(r"(?:女士|小姐)(?=[，,！!：:\s您你])|(?<=Dear )(?:Ms|Mrs|Miss|Madam)\b"),
}
"""How each is written in a salutation."""
_INSTANT = timedelta(microseconds=1)
GRAVE = "重大"
_GREETINGS = ("您好！", "您好。", "你好！", "Hello,", "Hello!")
_OTHER_GREETING = re.compile(
    r"^(?:您好|你好|hello|hi|customers?|sir|madam|sir or madam|all|there|客户|尊敬的客户|尊敬的用户|各位好?)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at. ``at`` is where it begins in the text (-1: the letter as a whole), ``words`` what stands
    there; ``better`` says what to write instead, and ``sentence`` is the sentence rewritten, where that is known."""

    code: str
    level: Level
    at: int
    words: str
    zh: str
    en: str
    better_zh: str = ""
    better_en: str = ""
    sentence: str = ""

    def why(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh

    def better(self, language: str) -> str:
        return self.better_en if language.startswith("en") else self.better_zh


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """What is known of the letter besides its text. ``first`` says that it is the first response, and not the result
    at once, ``told`` the time that it could name, in words of its language, ``form`` the form of address that an agent
    set, ``also`` the numbers of the customer's other tickets that it names."""

    number: str
    name: str = ""
    form: str = ""
    attachments: int = 0
    first: bool = False
    priority: str = ""
    gravity: str = ""
    told: str = ""
    also: tuple[str, ...] = ()


def check_wording(
    text: str,
    facts: LetterFacts,
    phrases: Iterable[Phrase],
    *,
    commitments: Iterable[Commitment],
    calendar: BusinessCalendar,
    today: date | None = None,
    always_on_duty: bool = False,
) -> tuple[Finding, ...]:
    """Everything to look at, in the text's order; what concerns the whole letter comes last."""
    promised = tuple(commitments)
    found = [
        *_phrases(text, phrases, facts.told),
        *_placeholders(text),
        *_numbers(text, (facts.number, *facts.also)),
        *_name(text, facts.name),
        *_form(text, facts.form),
        *(_weekdays(text, today) if today else ()),
        *_attachments(text, facts.attachments),
        *_off_duty(text, promised, calendar, always_on_duty),
        *_dateless(facts, promised),
        *_grave(facts),
    ]
    return tuple(sorted(found, key=lambda one: (one.at < 0, one.at)))


def levels_of(findings: Iterable[Finding]) -> frozenset[Level]:
    """What the findings do together; what is only said does nothing."""
    return frozenset(one.level for one in findings) - {Level.HINT}


def _phrases(text: str, phrases: Iterable[Phrase], told: str) -> Iterator[Finding]:
    for found in find_phrases(text, phrases, told):
        phrase = found.phrase
        yield Finding(
            code=phrase.id, level=phrase.level, at=found.at, words=text[found.at : found.to],
            zh=phrase.why, en=phrase.why_en or phrase.why, better_zh=phrase.better,
            better_en=phrase.better_en or phrase.better, sentence=found.sentence,
        )  # fmt: skip


def _placeholders(text: str) -> Iterator[Finding]:
    for match in _PLACEHOLDER.finditer(text):
        yield Finding(
            code="placeholder", level=Level.STOP, at=match.start(), words=match[0], zh="占位符还没有填",
            en="a placeholder was left", better_zh="填上内容或删掉", better_en="fill it in or take it out",
        )  # fmt: skip


def numbers_in(text: str) -> tuple[str, ...]:
    """What looks like the number of a ticket, each once."""
    return tuple(dict.fromkeys(_NUMBER.findall(text)))


def _numbers(text: str, own: tuple[str, ...]) -> Iterator[Finding]:
    for match in _NUMBER.finditer(text):
        if match[0] not in own:
            yield Finding(
                code="wrong-number", level=Level.STOP, at=match.start(), words=match[0],
                zh="不是这张工单的受理编号", en="not the reference of this ticket",
                better_zh=f"应为 {own[0]}", better_en=f"it is {own[0]}",
            )  # fmt: skip


def _name(text: str, name: str) -> Iterator[Finding]:
    """Another name than the customer's, or none where his is known."""
    first = text.lstrip().split("\n", 1)[0].rstrip()
    match = _SALUTATION.fullmatch(first) if len(first) <= _LONGEST_SALUTATION else None
    said = match[1].strip() if match else ""
    if not name or (match and _alike(said, name)):
        return
    if match is None or _OTHER_GREETING.match(said) or first in _GREETINGS:
        if name.casefold() not in text.casefold():
            yield Finding(
                code="no-name", level=Level.HINT, at=-1, words="",
                zh="没有称呼客户", en="the customer is not addressed",
                better_zh=f"开头写“{name}，您好！”", better_en=f'begin with "Dear {name},"',
            )  # fmt: skip
        return
    yield Finding(
        code="wrong-name", level=Level.WARN, at=text.find(said), words=said, zh="称呼与客户姓名不一致",
        en="not the customer's name", better_zh=f"客户是 {name}", better_en=f"the customer is {name}",
    )  # fmt: skip


def _form(text: str, form: str) -> Iterator[Finding]:
    """Another form of address in the salutation than the one that is known."""
    first = text.lstrip().split("\n", 1)[0][:_LONGEST_SALUTATION]
    for other, pattern in _FORMS.items():
        said = pattern.search(first) if form and other != form else None
        if said:
            right = ENGLISH_FORMS.get(form, form)
            yield Finding(
                code="wrong-form", level=Level.WARN, at=text.find(said[0]), words=said[0], zh="称谓与客户资料不一致",
                en="not how this customer is addressed", better_zh=f"应为{form}", better_en=f"it is {right}",
            )  # fmt: skip


def _alike(said: str, name: str) -> bool:
    """The whole name, a part of it, or its surname with a form of address; in either script."""
    one, other = fold(said), fold(name)
    return bool(one) and (one in other or other in one or one[:1] == other[:1])


def _weekdays(text: str, today: date) -> Iterator[Finding]:
    for one in find_wrong_weekdays(text, today):
        yield Finding(
            code="wrong-weekday", level=Level.WARN, at=one.at, words=one.said, zh="日期和星期对不上",
            en="the weekday is not that of the date", better_zh=f"应为 {one.right}", better_en=f"it is {one.right}",
        )  # fmt: skip


def _attachments(text: str, count: int) -> Iterator[Finding]:
    match = _ATTACHED.search(text)
    if match and not count:
        yield Finding(
            code="no-attachment", level=Level.WARN, at=match.start(), words=match[0], zh="提到附件，但没有附件",
            en="speaks of an attachment that is not there", better_zh="添加附件，或改掉这句话",
            better_en="add it, or change the sentence",
        )  # fmt: skip


def _off_duty(
    text: str, commitments: Iterable[Commitment], calendar: BusinessCalendar, always: bool
) -> Iterator[Finding]:
    for one in commitments:
        if always or calendar.is_working(one.due - _INSTANT):
            continue
        on: datetime = calendar.next_working(one.due).astimezone(calendar.tz)
        free = not calendar.windows_of(one.due.astimezone(calendar.tz).date())
        yield Finding(
            code="off-duty", level=Level.WARN, at=one.at, words=text[one.at : one.to],
            zh="那一天没有人上班" if free else "那个时间没有人上班",
            en="nobody works on that day" if free else "nobody works at that time",
            better_zh=f"最近的工作时间是 {on:%m-%d %H:%M}", better_en=f"the next working time is {on:%m-%d %H:%M}",
        )  # fmt: skip


def _dateless(facts: LetterFacts, commitments: tuple[Commitment, ...]) -> Iterator[Finding]:
    if facts.first and facts.priority == "低" and not commitments:
        yield Finding(
            code="no-date", level=Level.WARN, at=-1, words="", zh="优先级低的首次响应没有写时间",
            en="a first response of low priority names no date", better_zh="写上什么时候给结果，例如“3个工作日内”",
            better_en='say when: "within 3 working days"',
        )  # fmt: skip


def _grave(facts: LetterFacts) -> Iterator[Finding]:
    if facts.gravity == GRAVE:
        yield Finding(
            code="grave", level=Level.SECOND, at=-1, words="", zh="重大投诉的回信要第二个人同意",
            en="a second person agrees to a letter in a grave matter", better_zh="请主管看过再发",
            better_en="ask your lead to look at it",
        )  # fmt: skip

"""What the console says: both catalogues are complete, and times read well."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.domain.decision import DECIDED_FIELDS, By
from core.domain.ledger import Stage
from core.domain.letter import LetterKind, LetterState
from core.domain.notice import CopyState, NoticeEvent
from core.domain.people import Role
from core.domain.promise import Clock, PromiseState
from core.domain.protection import without_protections
from core.domain.taxonomy import Taxonomy
from core.domain.ticket import State
from huiying.console.customer_words import CUSTOMER_WORDS
from huiying.console.pages import actions, queue
from huiying.console.portal_words import PORTAL_WORDS
from huiying.console.site import TEMPLATES
from huiying.console.words import LANGUAGES, TRANSLATIONS, Words, language_for, read_catalogues
from huiying.flows.outbox import ACTIONS
from ingest.workers import InProcessParser
from responder.letters import shipped_letters
from responder.phrase_search import find_phrases
from responder.phrases import read_phrases
from responder.sample import cases
from tests.factories.mutations import mutated
from tests.factories.rules import TAXONOMY

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
CATALOGUES = read_catalogues()
_KEY = re.compile(r"""\bt\(\s*'([a-z0-9.-]+)'\s*[,)]""")
_CHOICE = re.compile(r"""\bt\(\s*'([a-z0-9.-]+)' if [^)]*? else '([a-z0-9.-]+)'""")


def words(language="zh-CN", now=NOW):
    taxonomy = Taxonomy(fields={}, defaults={})
    zone = ZoneInfo("Asia/Shanghai")
    return Words(language=language, catalogue=CATALOGUES[language], taxonomy=taxonomy, zone=zone, now=now)


def test_both_languages_say_the_same_things():
    """Each key stands in both catalogues, with the same places to fill and with words in each."""
    zh, en = (CATALOGUES[language] for language in LANGUAGES)
    assert set(zh) == set(en)
    for key in zh:
        assert zh[key].strip() and en[key].strip(), key
        assert sorted(re.findall(r"\{\w+\}", zh[key])) == sorted(re.findall(r"\{\w+\}", en[key])), key


@pytest.mark.parametrize(
    ("zone", "written"), [("Asia/Shanghai", "UTC+8"), ("America/St_Johns", "UTC−3:30"), ("Etc/UTC", "UTC+0")]
)
def test_the_desks_clock_is_named_by_its_distance_from_utc(zone, written):
    """Beside its name, for who sits elsewhere."""
    one = replace(words(), zone=ZoneInfo(zone), now=datetime(2026, 1, 5, tzinfo=UTC))
    assert one.offset == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice_in_a_catalogue(language):
    """A second entry would silently win."""
    pairs = json.loads((TRANSLATIONS / f"{language}.json").read_text(), object_pairs_hook=list)
    assert len(pairs) == len({key for key, _ in pairs})


def test_what_one_chooses_from_begins_with_a_capital():
    """In English; a list in which some do and some do not looks unfinished."""
    groups = (
        "answer.then.",
        "record.outcome.",
        "analysis.reasonable.",
        "analysis.way.",
        "prefers.",
        "keys.",
        "task.kind.",
    )
    chosen = {
        key: text for key, text in CATALOGUES["en"].items() if key.startswith(groups) and not key.endswith("hint")
    }
    assert len(chosen) > 35 and [key for key, text in chosen.items() if not text[0].isupper()] == []


def test_every_word_a_template_asks_for_exists():
    """Keys that templates write out are in the catalogue."""
    asked = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        asked |= set(_KEY.findall(text)) | {key for pair in _CHOICE.findall(text) for key in pair}
    assert len(asked) > 120
    assert asked - set(CATALOGUES["en"]) == set()


def test_every_domain_value_has_its_words():
    """States, clocks, kinds and the console's own choices can all be said."""
    needed = {
        *(f"state.{value}" for value in State),
        *(f"clock.{value}" for value in Clock),
        *(f"promise.{value}" for value in PromiseState),
        *(f"stage.{value}" for value in Stage),
        *(f"letter.kind.{value}" for value in LetterKind),
        *(f"letter.state.{value}" for value in (*LetterState, "all")),
        *(f"letter.{value}" for value in ACTIONS),
        *(f"letters.case.{case.key or 'plain'}" for case in cases(("acknowledgement", "answer"))),
        *(f"action.letter.{value}" for value in ACTIONS),
        *(f"notice.{value}" for value in NoticeEvent),
        *(f"copy.state.{value}" for value in (*CopyState, "all")),
        *(f"by.{value}" for value in By),
        *(f"field.{value}" for value in DECIDED_FIELDS),
        *(f"role.{value}" for value in Role),
        *(f"filter.state.{value or 'all'}" for value in queue.STATES),
        *(f"contact.reason.{value}" for value in actions.REASONS),
    }
    assert needed - set(CATALOGUES["zh-CN"]) == set()


def test_the_words_are_those_of_the_glossary():
    """The labels that the whole product uses are used here."""
    zh = CATALOGUES["zh-CN"]
    assert (zh["queue.title"], zh["suggestion.title"], zh["reasons.title"]) == ("待办工单", "系统预判", "判定依据")
    assert (zh["trail.title"], zh["log.title"], zh["due.soon"]) == ("来信轨迹", "操作日志", "即将超时")
    everything = "".join(zh.values())
    assert not [word for word in ("逾期", "违约", "置信度", "回测") if word in everything]


def test_customers_are_told_nothing_vague():
    """On their pages and in the shipped letters: agents are warned of such words, and so are we."""
    vague = [one for one in read_phrases()[0] if one.id in ("vague", "impossible", "blame")]
    said = {f"{language}.{key}": text for pages in (CUSTOMER_WORDS, PORTAL_WORDS)
            for language, words in pages.items() for key, text in words.items()}  # fmt: skip
    found = [
        (where, text[one.at : one.to])
        for where, text in (said | shipped_letters()).items()
        for one in find_phrases(text, vague)
    ]
    assert found == [] and len(said) > 100


def test_a_due_time_is_soon_late_or_fine():
    """The last quarter of a short time, or the last half hour of a long one, is soon."""
    say, day = words(), timedelta(days=1)
    assert say.due(None, NOW).level == "none"
    assert say.due(NOW + timedelta(hours=5), NOW - day).level == "fine"
    assert say.due(NOW + timedelta(minutes=29), NOW - day).level == "soon"
    assert say.due(NOW + timedelta(minutes=10), NOW).level == "fine"
    assert say.due(NOW + timedelta(minutes=3), NOW - timedelta(minutes=12)).level == "soon"
    assert say.due(NOW - timedelta(seconds=1), NOW - day).level == "over"


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [(0, "1分钟", "1 min"), (59, "59分钟", "59 min"), (60, "1小时", "1 h"), (135, "2小时15分", "2 h 15 min"),
     (1500, "1天1小时", "1 d 1 h"), (10000, "6天", "6 d")],
)  # fmt: skip
def test_a_length_is_said_in_its_biggest_units(minutes, zh, en):
    """One unit, or two where the second still matters."""
    assert words().span(timedelta(minutes=minutes)) == zh
    assert words("en").span(timedelta(minutes=minutes)) == en


def test_a_clock_time_names_its_day():
    """Today and its neighbours by name, other days by date, other years with the year; in the desk's zone."""
    say, en = words(), words("en")
    assert say.clock(NOW) == "今天 10:00"
    assert say.clock(NOW + timedelta(hours=15)) == "明天 01:00"
    assert en.clock(NOW - timedelta(hours=11)) == "yesterday 23:00"
    assert say.clock(NOW + timedelta(days=9)) == "3月14日 10:00"
    assert en.clock(NOW + timedelta(days=400)) == "9 Apr 2027 10:00"
    assert say.full(NOW) == "2026-03-05 10:00:00 +0800"


def test_nothing_is_a_hundred_percent_sure():
    """把握 is rounded and stays below 100."""
    assert (words().percent(0.874), words().percent(0.9999)) == ("87 %", "99 %")
    assert (words().share(0.874), words().share(1.0)) == ("87 %", "100 %"), "what was counted is told as it is"


def test_codes_are_said_in_words():
    """The longest known beginning is translated; an unknown code is shown as it is."""
    say = words("en")
    assert say.because("reply:signed-id: hy.1.2@x") == "answers our letter"
    assert say.because("reply-to-open-ticket").startswith("a reply to an open ticket")
    assert say.because("automatic:bounce: RFC 3464") == "a bounce"
    assert say.because("something-new: x") == "something-new: x"
    assert say.code("action", "ticket.undo") == "Undone"


@pytest.mark.slow
def test_what_is_wrong_with_a_mail_is_said_in_words():
    """Whatever damaged mails have: no reader sees a code."""
    parser, chance = InProcessParser(["service@example.com"]), random.Random(11)
    whole = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "mails").glob("*.eml"))]
    damaged = [mutated(chance.choice(whole), chance, whole) for _ in range(300)]
    damaged += [b"To: " + b"a@b.cn, " * 3_000 + b"\r\n\r\nx"]
    found = {defect for one in parser.parse([*whole, *damaged]) if one.mail for defect in one.mail.defects}
    codes = {defect.partition(":")[0] for defect in without_protections(found)}
    assert len(codes) > 15
    assert not [one for one in sorted(codes) for language in LANGUAGES if words(language).code("defect", one) == one]


def test_the_wished_language_is_found():
    """The first wish that we speak wins; Chinese without one."""
    assert language_for("", "fr, en;q=0.5") == "en"
    assert language_for("zh-TW") == "zh-CN"
    assert language_for("", "fr") == "zh-CN"


@pytest.mark.parametrize(
    ("said", "zh", "en"),
    [
        ("examples 6 ok", "6 个例子通过", "6 examples pass"),
        (
            "examples 4 ok; 30 d: 1 of 53 mails change, 2 of 9 later moments",
            "4 个例子通过，最近 30 天 53 封来信中会改变 1 封，以后的 9 个时刻中改变 2 个",
            "4 examples pass; 1 of 53 mails of 30 days change; 2 of 9 later moments",
        ),
        ("by hand", "by hand", "by hand"),
    ],
)
def test_what_was_checked_is_said_in_the_reader_s_language(said, zh, en):
    """The record keeps one form; words of another one stay as they are."""
    assert (words().checked(said), words("en").checked(said)) == (zh, en)


@pytest.mark.parametrize(
    ("what", "value", "zh", "en"),
    [
        ("urgency_at_least", "紧急", "紧急", "Urgent"),
        ("notify", "lead", "主管", "lead"),
        ("ask", "order_number", "订单号", "order number"),
        ("notify", "@anna", "@anna", "@anna"),
        ("tag", "lead", "lead", "lead"),
    ],
)
def test_what_a_rule_sets_is_said(what, value, zh, en):
    """A tag that somebody calls so stays as he wrote it."""
    spoken = (replace(words(language), taxonomy=TAXONOMY) for language in ("zh-CN", "en"))
    assert tuple(one.set_value(what, value) for one in spoken) == (zh, en)

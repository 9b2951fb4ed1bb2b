"""The arithmetic of a ticket's clocks: what was chosen, told and extended, from when, and what was counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.domain.bundle import BundleFiles
from core.domain.clock import Counting
from core.domain.keys import KeyRing
from core.domain.people import Role, User
from core.domain.promise import Clock
from huiying.flows.arithmetic import Arithmetic, arithmetic, explain_promises, notes
from huiying.flows.compile import compile_desk
from huiying.flows.extend import UNDO, Verdict, ask_extension, decide_extension
from huiying.flows.urge import urge
from responder.explain import explain
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
ZHAO = User(id=2, name="zhao", role=Role.LEAD)
SHANGHAI = ZoneInfo("Asia/Shanghai")
CHOOSE = "choose:\n  - {when: {type: 问题反馈}, policy: rapid-7x24}\n"
MakeOffice = Callable[[str], Office]


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=SHANGHAI)


@pytest.fixture
def office_with(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> MakeOffice:
    def make(policy: str) -> Office:
        desk, problems = compile_desk(BundleFiles(files={**shipped_files().files, "sla/policy.yaml": policy}))
        assert desk is not None and not problems
        return Office(worker_context(sqlite_store, keys, clock, desk=desk))

    return make


def shown(office: Office, number: str, clock: Clock, language: str = "zh-CN") -> Arithmetic:
    detail = office.ticket(number)
    newest = max((p for p in detail.promises if p.clock is clock), key=lambda p: p.id)
    return arithmetic(office.ctx, detail, language)[newest.id]


def counted(one: Arithmetic) -> list[tuple[str, str, str]]:
    return [
        (f"{p.from_.astimezone(SHANGHAI):%m-%d %H:%M}", f"{p.to.astimezone(SHANGHAI):%m-%d %H:%M}", p.why)
        for p in one.intervals
        if p.counting in (Counting.COUNTS, Counting.EXTENDED)
    ]


def test_a_choice_is_named_with_what_it_chose(office_with: MakeOffice, clock: FixedClock) -> None:
    """Friday 19:00, a problem report on the rapid policy: 2 hours by night, and by which entry it got that policy."""
    office, clock.at = office_with(CHOOSE), at("2026-03-06 19:00")
    [row] = office.bring(a_mail())
    zh, en = (shown(office, row.number, Clock.FIRST_RESPONSE, language) for language in ("zh-CN", "en"))
    assert zh.chosen == "由 sla/policy.yaml 按 type 问题反馈 选出：方案 rapid-7x24"
    assert en.chosen == "chosen by sla/policy.yaml for type Problem report: policy rapid-7x24"
    assert zh.because == "rapid-7x24：优先级 中 → 2 小时" and en.because == "rapid-7x24: priority Medium → 2 hours"
    assert counted(zh) == [("03-06 19:00", "03-06 21:00", "自然时间，昼夜连续计时")]
    assert (zh.counted, en.counted) == ("共计 2 小时", "2 h counted")


def test_nothing_is_said_of_the_general_policy(office_with: MakeOffice, clock: FixedClock) -> None:
    """Thursday 17:30 on the standard policy: 30 minutes on Thursday, 90 on Friday, told as it is due."""
    office, clock.at = office_with("policy: standard\n"), at("2026-03-05 17:30")
    [row] = office.bring(a_mail())
    one = shown(office, row.number, Clock.FIRST_RESPONSE)
    assert (one.chosen, one.told, one.extended) == ("", "", ())
    assert counted(one) == [("03-05 17:30", "03-05 18:00", "工作时间"), ("03-06 09:00", "03-06 10:30", "工作时间")]
    assert one.counted == "共计 2 小时"
    assert one.words == "周四 03-05 17:30–18:00 计 30 分钟；周五 03-06 09:00–10:30 计 1 小时 30 分钟"


def test_a_told_time_at_night_says_why_it_is_another(office_with: MakeOffice, clock: FixedClock) -> None:
    """``planned``, 24 natural hours from Friday 18:50: nobody works on Saturday, Monday 09:00 was told."""
    office, clock.at = office_with("policy: planned\n"), at("2026-03-06 18:50")
    [row] = office.bring(a_mail())
    promise = next(p for p in office.ticket(row.number).promises if p.clock is Clock.FIRST_RESPONSE)
    assert (promise.due, promise.told) == (at("2026-03-07 18:50"), at("2026-03-09 09:00"))
    assert shown(office, row.number, Clock.FIRST_RESPONSE).told == "03-07 18:50 无人值班，告知的是下一个上班时刻"
    english = shown(office, row.number, Clock.FIRST_RESPONSE, "en")
    assert english.told == "nobody is on duty at 03-07 18:50; the next working time was named"


def test_an_extension_is_told_apart_from_what_was_counted(office_with: MakeOffice, clock: FixedClock) -> None:
    """3 working days from Thursday 10:00 end on Tuesday 10:00; the lead adds until Wednesday 10:00, over a lunch."""
    office, clock.at = office_with("policy: standard\n"), at("2026-03-05 10:00")
    [row] = office.bring(a_mail())
    promise = next(p for p in office.ticket(row.number).promises if p.clock is Clock.RESOLUTION)
    assert promise.due == at("2026-03-10 10:00")
    asked = ask_extension(office.ctx, row.number, LI, promise.id, at("2026-03-11 10:00"), "等配件到货")
    decide_extension(office.ctx, row.number, ZHAO, asked.id, Verdict(approved=True))
    clock.at += UNDO
    office.work()
    zh, en = (shown(office, row.number, Clock.RESOLUTION, language) for language in ("zh-CN", "en"))
    assert zh.extended == ("03-05 10:00 由 li 申请延期，zhao 批准：03-10 10:00 → 03-11 10:00",)
    assert en.extended == ("03-05 10:00: li asked for an extension, zhao approved: 03-10 10:00 → 03-11 10:00",)
    assert en.because == "standard: urgency Important → 3 working days; extended: 等配件到货"
    assert zh.counted == "共计 24 小时"
    assert counted(zh)[-4:] == [
        ("03-10 09:00", "03-10 10:00", "工作时间"),
        ("03-10 10:00", "03-10 12:00", "延期，工作时间"),
        ("03-10 13:00", "03-10 18:00", "延期，工作时间"),
        ("03-11 09:00", "03-11 10:00", "延期，工作时间"),
    ]
    assert zh.intervals[-1].to == at("2026-03-11 10:00")


def test_every_clock_speaks_english(office_with: MakeOffice, clock: FixedClock) -> None:
    """Stored in Chinese, shown in the reader's language, the clocks that began later too."""
    office, clock.at = office_with("policy: standard\n"), at("2026-03-05 17:50")
    [row] = office.bring(a_mail())
    urge(office.ctx, row.number, LI)
    sums = arithmetic(office.ctx, office.ticket(row.number), "en")
    assert {one.because for one in sums.values()} == {
        "standard: automatic → 1 minute",
        "standard: priority Medium → 2 working hours",
        "standard: ordinary ticket, since arrival → 3 working days",
        "standard: urgency Important → 3 working days",
        "standard: urged, priority High → 30 working minutes",
    }


def test_the_command_tells_the_same(office_with: MakeOffice, clock: FixedClock) -> None:
    """Plain values with local instants and the notes in order."""
    office, clock.at = office_with(CHOOSE), at("2026-03-06 19:00")
    [row] = office.bring(a_mail())
    whole = explain_promises(office.ctx, office.ticket(row.number), "zh-CN")
    first = next(one for one in whole["clocks"] if one["clock"] == "first_response")
    assert first["due"] == first["told"] == "2026-03-06T21:00:00+08:00" and first["state"] == "running"
    assert first["notes"] == ["由 sla/policy.yaml 按 type 问题反馈 选出：方案 rapid-7x24", "共计 2 小时"]
    assert first["notes"] == notes(shown(office, row.number, Clock.FIRST_RESPONSE))
    assert [(part["counts"], part["counting"]) for part in first["intervals"]] == [(True, "counts")]
    update = next(one for one in whole["clocks"] if one["clock"] == "next_update")
    assert {(part["counts"], part["counting"]) for part in update["intervals"]} <= {(True, "counts"), (False, "idle")}
    told = explain(office.ctx.desk().policy, office.ctx.desk().calendar, received=clock())["clocks"][0]["intervals"][0]
    assert {key: type(value) for key, value in told.items()}.items() <= {
        key: type(value) for key, value in first["intervals"][0].items()
    }.items()
    assert first["arithmetic"] == "周五 03-06 19:00–21:00 计 2 小时"

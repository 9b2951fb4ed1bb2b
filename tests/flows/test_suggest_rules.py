"""Suggested rules: found in what agents decided, sound, on trial, with masked examples from the mails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from core.domain.bundle import BundleFiles
from core.domain.decision import Facts
from core.domain.mail import Address
from core.domain.suggestion import NO_SUGGESTION
from core.domain.ticket import Message
from core.domain.views import DecidedMail
from core.text.segment import Segmenter
from huiying.flows.compile import compile_desk
from huiying.flows.suggest_rules import SUGGESTED, accept, as_json, suggest_rules
from rules.drafting import add_entry
from tests.factories.pipeline import SEGMENTER, desk_with_mailbox

AT = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
OTHERS = ("会员积分可以转让吗", "套餐升级后什么时候生效", "想了解合同模板", "安装师傅几点到", "账单在哪里下载")


def a_mail(number: int, text: str, agent: str) -> DecidedMail:
    message = Message(
        id=number,
        ticket_id=number,
        at=AT,
        subject="来信",
        reply=text,
        text=text,
        sender=Address(name="欧阳明", address=f"c{number % 30}@example.cn"),
    )
    facts, agents = Facts(received=AT), (("type", agent), ("urgency", "常规"))
    return DecidedMail(
        id=number, number=f"N{number}", message=message, facts=facts, suggestion=NO_SUGGESTION, agents=agents
    )


def stored(mails: Sequence[DecidedMail]) -> Any:
    """A store that has decided just these mails."""

    @contextmanager
    def read() -> Iterator[Any]:
        views = SimpleNamespace(
            decided_count=lambda since, until: len(mails),
            decided_ids=lambda since, until, after, limit: tuple(m.id for m in mails if m.id > after)[:limit],
            decided=lambda ids: tuple(mail for mail in mails if mail.id in ids),
        )
        yield SimpleNamespace(views=views)

    return SimpleNamespace(read=read)


@pytest.fixture
def segmenter() -> Segmenter:
    return SEGMENTER


def parcels() -> list[DecidedMail]:
    """Lost parcels that agents call complaints, among other mail."""
    lost = "欧阳明反映包裹在驿站不见踪影已经第{n}天，手机 13812345678，盼复"
    here = "包裹到了驿站，第{n}格，取件码在哪里看"
    found = [a_mail(n, lost.format(n=n), "投诉") for n in range(1, 17)]
    found += [a_mail(n, here.format(n=n), "咨询") for n in range(17, 41)]
    return found + [a_mail(n, OTHERS[n % 5], "咨询") for n in range(41, 101)]


@pytest.mark.slow
def test_words_that_agents_go_by_become_a_rule_on_trial(segmenter: Segmenter) -> None:
    """With its counts, its YAML, a near miss, and excerpts without name or phone."""
    desk = desk_with_mailbox()
    (one,) = suggest_rules(stored(parcels()), desk, AT, AT + timedelta(days=1), segmenter)
    told = as_json(one)
    assert (told["field"], told["value"], told["mails"], told["agreed"], told["fixes"]) == ("type", "投诉", 16, 16, 16)
    assert sum(told["instead"].values()) == 16 and "投诉" not in told["instead"]
    assert told["chance"] < 0.01
    assert told["precision"]["low"] > 0.75
    assert "status: trial" in told["yaml"]
    assert "expect: nothing" in told["yaml"]
    assert len(told["examples"]) == 2
    assert "13812345678" not in told["yaml"]
    assert "欧阳明" not in told["yaml"]


def test_an_accepted_one_is_added_behind_what_stands_there(segmenter: Segmenter) -> None:
    """The configuration is sound, comments stay, and the same is not suggested again."""
    desk = desk_with_mailbox()
    (one,) = suggest_rules(stored(parcels()), desk, AT, AT + timedelta(days=1), segmenter)
    files = BundleFiles(files={**desk.files.files, SUGGESTED: "# 由客服修正得出\nrules:\n"})
    taken = accept(files, one)
    assert taken.files[SUGGESTED].startswith("# 由客服修正得出\nrules:\n")
    after, problems = compile_desk(taken)
    assert after is not None
    assert not problems
    rule = next(rule for rule in after.book.rules if rule.id == one.id)
    assert rule.status == "trial"
    assert suggest_rules(stored(parcels()), after, AT, AT + timedelta(days=1), segmenter) == ()
    assert add_entry("", "x") == "rules:\nx"


def test_without_a_pattern_nothing_is_suggested(segmenter: Segmenter) -> None:
    """Agents confirm what the desk says, or decide without regard to the words."""
    desk = desk_with_mailbox()
    mixed = [a_mail(n, OTHERS[n % 5], ("咨询", "投诉", "服务需求")[n * 7 % 3]) for n in range(1, 90)]
    assert suggest_rules(stored(mixed), desk, AT, AT + timedelta(days=1), segmenter) == ()
    assert suggest_rules(stored([]), desk, AT, AT + timedelta(days=1), segmenter) == ()

"""Agents are asked first where their word teaches most."""

from __future__ import annotations

from datetime import UTC, datetime

from core.domain.views import QueueRow
from huiying.flows.teach import telling

NOW = datetime(2026, 3, 5, tzinfo=UTC)


def unlike(row):
    return {row.number: 1.0}


def a_row(number, type_, confidence, customer="", confirmed=False, stub=False):
    return QueueRow(
        id=number,
        number=str(number),
        state="new",
        subject="",
        snippet="",
        customer=customer or f"c{number}",
        level="普通",
        received=NOW,
        fields=(("type", type_),),
        decided_by=(),
        type_confidence=confidence,
        accepted=False,
        next_due=None,
        next_clock="",
        messages=1,
        stub=stub,
        confirmed=confirmed,
        touched=0,
        version=1,
    )


def test_the_least_certain_of_each_type_come_first():
    """Types take turns, so that ten alike messages are not asked for."""
    rows = [a_row(1, "咨询", 0.4), a_row(2, "咨询", 0.3), a_row(3, "投诉", 0.6), a_row(4, "投诉", 0.9)]
    assert [row.id for row in telling(rows, 3, unlike)] == [2, 3, 1]


def test_what_teaches_nothing_is_left_out():
    """Confirmed ones, stubs, those that the model was silent about, and a customer's second message."""
    rows = [
        a_row(1, "咨询", 0.4, confirmed=True),
        a_row(2, "咨询", 0.4, stub=True),
        a_row(3, "咨询", None),
        a_row(4, "咨询", 0.5, customer="li"),
        a_row(5, "投诉", 0.6, customer="li"),
    ]
    assert [row.id for row in telling(rows, 10, unlike)] == [4]
    assert telling([], 10, unlike) == ()


def test_two_messages_about_one_matter_are_asked_about_once():
    """Of rows whose telling words are the same the less certain one teaches for both."""
    rows = [a_row(1, "咨询", 0.4), a_row(2, "投诉", 0.3), a_row(3, "咨询", 0.5)]
    words = {1: {"退款": 0.8, "发票": 0.6}, 2: {"退款": 0.6, "发票": 0.8}, 3: {"登录": 1.0}}
    assert [row.id for row in telling(rows, 10, lambda row: words[row.id])] == [2, 3]

"""Past tickets that agents have decided stand beside a new one that is like them; weeks are counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huiying.app.workers.learner import Learner
from huiying.flows.correct import confirm, correct, undo
from huiying.flows.drift import SETTLED, count_weeks
from huiying.flows.explain import explain
from huiying.flows.labels import labels
from huiying.flows.precedents import remember_labels
from tests.factories.pipeline import Office, a_mail

FAULTS = (
    "云盘同步失败，提示证书过期",
    "升级以后云盘同步失败",
    "云盘同步一直失败，证书过期了",
    "云盘同步失败怎么办，证书过期",
)


def bring(office: Office, *bodies: str) -> list[str]:
    mails = [
        a_mail(subject="求助", body=body, sender=f"c <c{i}@example.cn>", mid=f"p{i}-{len(body)}@e.cn")
        for i, body in enumerate(bodies)
    ]
    return [row.number for row in office.bring(*mails)]


@pytest.mark.slow
def test_three_past_tickets_stand_beside_a_new_one(office: Office) -> None:
    """With what agents made of them; one about another matter, one that nobody looked at and one whose word was taken
    back do not."""
    *numbers, other, unseen, undone, new = bring(
        office,
        *FAULTS,
        "发票抬头开错了",
        "云盘同步失败，证书过期？",
        "云盘同步失败，证书也过期",
        "请看看，云盘同步失败，提示证书过期",
    )
    for number in (*numbers, other, undone):
        correct(office.ctx, number, {"type": "投诉"}, "li")
    undo(office.ctx, undone, "li")
    alike = explain(office.ctx, new)["alike"]
    assert len(alike) == 3
    assert {one["number"] for one in alike} <= set(numbers)
    assert all(one["fields"]["type"] == "投诉" and 0.2 <= one["likeness"] <= 1 for one in alike)
    assert [one["likeness"] for one in alike] == sorted((one["likeness"] for one in alike), reverse=True)
    assert {"同步", "证书"} & set(alike[0]["words"])
    assert unseen not in {one["number"] for one in alike}


def test_a_ticket_without_words_has_none(office: Office) -> None:
    """An empty mail is like nothing."""
    (number,) = bring(office, "")
    assert explain(office.ctx, number)["alike"] == []


def test_a_week_is_counted_once(office: Office, clock) -> None:
    """Suggestions by the time of the mail, agents' words by theirs; what was counted is not counted again."""
    one, two, _ = bring(office, *FAULTS[:3])
    confirm(office.ctx, one, "li")
    correct(office.ctx, two, {"type": "投诉", "urgency": "紧急"}, "li")
    assert count_weeks(office.ctx) == 0
    clock.advance(minutes=SETTLED.seconds // 60 + 1)
    learner = Learner(office.ctx, lambda lesson: b"")
    assert learner.count() == 5
    with office.ctx.store.read() as tx:
        (week,) = tx.weeks.newest(5)
    assert week.suggested == 3 and week.week == "2026-W10"
    assert 0 < week.judged <= 4 and week.agreed < week.judged
    assert learner.count() == 0
    clock.advance(minutes=6)
    undo(office.ctx, two, "li")
    clock.advance(minutes=6)
    assert learner.count() == 1
    with office.ctx.store.read() as tx:
        assert tx.weeks.newest(5) == (week,)


def test_another_worker_that_counts_is_left_alone(office: Office, clock) -> None:
    """Two would count everything twice."""
    bring(office, FAULTS[0])
    clock.advance(minutes=5)
    with office.ctx.store.write() as tx:
        other = tx.workers.register("test", 2, 1.0)
        assert tx.workers.lease("weeks", other.id, timedelta(minutes=2).total_seconds())
    assert count_weeks(office.ctx) == 0


def test_labels_of_before_are_remembered_with_the_next_fit(office: Office) -> None:
    """Those that were imported, or given before past tickets were looked at; each once."""
    old, new = bring(office, FAULTS[0], FAULTS[3])
    correct(office.ctx, old, {"type": "投诉"}, "li")
    ticket_id = office.ticket(old).ticket.id
    with office.ctx.store.write() as tx:
        tx.precedents.put(ticket_id, {})
    assert explain(office.ctx, new)["alike"] == []
    with office.ctx.store.read() as tx:
        found = labels(office.ctx, tx)
    assert remember_labels(office.ctx, found) == 1
    assert [one["number"] for one in explain(office.ctx, new)["alike"]] == [old]
    assert remember_labels(office.ctx, found) == 0

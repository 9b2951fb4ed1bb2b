"""What rules ask about beside the text is kept with the decision, and what they set reaches the ticket."""

from __future__ import annotations

from core.domain.bundle import BundleFiles
from core.domain.keys import KeyRing
from huiying.flows.compile import compile_desk
from rules.decide import redecide
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock

RULE = """
rules:
  - id: flagged
    title: 发件人标了高优先级
    when: {headers: {name: x-priority, contains_any: ['1']}, hours: {weekday: thu, between: '09:00-12:00'}}
    then: {owner: wang, urgency_at_least: 重要}
    examples:
      - {text: 你好, at: 2026-03-05 10:00, headers: {X-Priority: '1'}, expect: {owner: wang, urgency: 重要}}
      - {text: 你好, at: 2026-03-06 10:00, headers: {X-Priority: '1'}, expect: nothing}
"""


def test_a_header_and_the_hour_lead_to_an_owner(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """The header stands among the stored facts, the ticket has its owner, and the decision is recomputed from them."""
    desk, problems = compile_desk(BundleFiles(files={**shipped_files().files, "rules/10-mine.yaml": RULE}))
    assert desk is not None
    assert not problems
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
    row, other = office.bring(
        a_mail(headers=("X-Priority: 1 (Highest)", "X-Mailer: Foxmail")), a_mail(mid="m2@example.cn", body="没有标记")
    )
    detail = office.ticket(row.number)
    stored = detail.decisions[0].decision
    assert stored.facts.headers == (("x-priority", "1 (Highest)"),)
    assert detail.ticket.assignee == "wang"
    assert detail.ticket.decided_by["urgency"] == "rule"
    assert office.ticket(other.number).ticket.assignee == ""
    message = detail.messages[0]
    assert redecide(desk.book, message, stored) == stored

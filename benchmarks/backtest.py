"""Measures a backtest: a generated store of decided mails and of what became of them (four promises, a claim, an answer
or a wait, for every third a correction, a warning and a reply), tried by the shipped book with seven more rules, one of
them for each later occasion.

Run: ``python -m benchmarks.backtest [--mails 100000] [--home DIR] [--arrival]``; prints one JSON object. With
``--home`` the store is kept there and used again; ``--arrival`` leaves the later rules out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.bundle import BundleFiles
from core.domain.correction import Correction, CorrectionKind
from core.domain.decision import By, Decision, Facts
from core.domain.filing import AuditEntry, Filing, Verdict, VerdictKind
from core.domain.mail import Address, RawMail
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.suggestion import Evidence, FieldSuggestion, Suggestion
from core.domain.ticket import Customer, Message, State, Ticket
from core.settings.folder import read_folder
from huiying.app.backtesting import run_backtest
from huiying.app.bootstrap import App, open_app
from huiying.app.cli.progress import Progress
from huiying.app.clock import now
from huiying.app.home import Home, init_home
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from huiying.flows.publish import publish
from rules.decide import decide

SEED = Path(__file__).parents[1] / "classifier" / "seed"
BATCH = 100
Letters = Sequence[tuple[str, str, str]]
_RULES = """
rules:
  - id: bench-refund
    title: 退款
    when: {text: {contains_any: [退款, refund*], contains_none: [谢谢]}}
    then: {type: 投诉}
    examples: [{text: 我要退款, expect: {type: 投诉}}, {text: 你好, expect: nothing}]
  - id: bench-delivery
    title: 快递
    when: {any: [{text: [快递, 物流, delivery]}, {order_number: yes}]}
    then: {topic: 订单/物流, urgency_at_least: 重要}
    examples: [{text: 快递没到, expect: {urgency: 重要}}, {text: 你好, expect: nothing}]
  - id: bench-trial
    title: 发票
    status: trial
    when: {text: [发票, invoice]}
    then: {type: 服务需求}
    examples: [{text: 发票, expect: {type: 服务需求}}, {text: 你好, expect: nothing}]
"""
_LATER = """
  - id: bench-reply
    title: 又说退款
    run_on: reply
    when: {own: [退款, refund*]}
    then: {urgency_at_least: 重要, notify: lead}
    examples: [{text: 退款, expect: {urgency: 重要}}, {text: 你好, expect: nothing}]
  - id: bench-change
    title: 改判投诉
    run_on: change
    when: {ticket: {type: 投诉}}
    then: {gravity: 重大}
    examples: [{fields: {type: 投诉}, expect: {gravity: 重大}}, {fields: {type: 咨询}, expect: nothing}]
  - id: bench-clock
    title: 快到时了
    run_on: clock
    when: {clock: {name: first_response, is: warned}, ticket: {state: new}}
    then: {notify: lead}
    examples:
      - {clock: {name: first_response, is: warned}, state: new, expect: {notify: lead}}
      - {clock: {name: first_response, is: overdue}, state: new, expect: nothing}
  - id: bench-after
    title: 三天没有回音
    after: {state: waiting_customer, time: 3 天}
    when: {not: {customer: {level: VIP}}}
    then: {tags: [没有回音]}
    examples: [{text: 你好, expect: {tags: 没有回音}}, {level: VIP, expect: nothing}]
"""


def _letters() -> Letters:
    found: list[tuple[str, str, str]] = []
    for path in sorted(SEED.glob("letters.*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append((row["subject"], row["body"], row["type"]))
    return found


def _message(
    dice: random.Random, letters: Sequence[tuple[str, str, str]], id_: int, at: datetime
) -> tuple[Message, str]:
    """Four letters of one kind joined to about 500 characters, with one of them as the quotation below."""
    subject, body, type_ = dice.choice(letters)
    more = [dice.choice(letters)[1] for _ in range(5)]
    own = "\n".join((body, *more[:3]))
    message = Message(
        id=id_,
        ticket_id=0,
        at=at,
        message_id=f"{id_}@example.cn",
        sender=Address(name="王芳", address=f"c{id_ % 5000}@example.cn"),
        recipients=(Address(address="service@example.com"),),
        subject=subject,
        reply=own,
        text="\n> ".join((own, *more[3:])),
        html="<p>" + "</p><p>".join((own, *more)) + "</p>",
        language="zh-Hans",
    )
    return message, type_


def _decided(desk: Desk, message: Message, type_: str, dice: random.Random) -> Decision:
    words = tuple(Evidence(term=word, weight=dice.random()) for word in ("退款", "没有", "请问", "系统", "快递", "急"))
    fields = {
        name: FieldSuggestion(value=value, confidence=0.4 + dice.random() / 2, evidence=words)
        for name, value in (("type", type_), ("urgency", "常规"), ("emotion", "一般"), ("topic", "其他"))
    }
    facts = Facts(received=message.at, mailbox="service", known_sender=True)
    suggestion = Suggestion(model="bench", fields=fields)
    return decide(
        taxonomy=desk.taxonomy,
        facts=facts,
        first=desk.book.first_pass(message, facts),
        second=(),
        suggestion=suggestion,
        bundle=desk.bundle,
    )


def _filings(app: App, desk: Desk, count: int, seed: int) -> Iterator[Filing]:
    """Of the last thirty days, the oldest first."""
    dice, letters = random.Random(seed), _letters()
    ids = app.store.ids
    for number in range(count):
        at = now() - timedelta(days=30) * (1 - number / count) - timedelta(hours=1)
        message, type_ = _message(dice, letters, ids(), at)
        decision = _decided(desk, message, type_, dice)
        by = {name: choice.by.value for name, choice in decision.choices.items()}
        fields = {name: choice.value for name, choice in decision.choices.items()}
        if dice.random() < 0.3:
            by, fields = {**by, "type": By.AGENT.value}, {**fields, "type": type_}
        state = dice.choice((State.OPEN, State.WAITING_CUSTOMER))
        ticket = Ticket(id=ids(), number=f"B{number:07d}", state=state, received=at, fields=fields, decided_by=by)
        yield Filing(
            ledger_id=0,
            claim=app.context.worker,
            verdict=Verdict(kind=VerdictKind.NEW, because="new"),
            customer=Customer(id=ids()),
            ticket=ticket,
            message=replace(message, ticket_id=ticket.id),
            decision=decision,
            promises=tuple(_promise(ids(), ticket, clock) for clock in _CLOCKS),
            audit=tuple(_trail(app, ticket)),
        )


_CLOCKS = (Clock.ACKNOWLEDGEMENT, Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION)


def _promise(id_: int, ticket: Ticket, clock: Clock) -> Promise:
    due = ticket.received + timedelta(hours=4)
    return Promise(
        id=id_, ticket_id=ticket.id, clock=clock, cause=f"arrival:{ticket.id}", started=ticket.received, due=due,
        state=PromiseState.KEPT, ended=due, because="10:00 + 4 小时", policy="standard", calendar="cn",
    )  # fmt: skip


def _trail(app: App, ticket: Ticket) -> Iterator[AuditEntry]:
    """It was created, claimed after an hour, and answered two hours later."""
    lines = (("ticket.created", 0, ""), ("ticket.claimed", 1, "open"), ("ticket.answered", 3, ticket.state.value))
    for action, hours, state in lines:
        details = (("state", state),) if state else ()
        yield _line(app, ticket, action, hours, details)


def _line(app: App, ticket: Ticket, action: str, hours: float, details: tuple[tuple[str, str], ...]) -> AuditEntry:
    at = ticket.received + timedelta(hours=hours)
    return AuditEntry(
        id=app.store.ids(), at=at, actor="li", action=action, subject=f"ticket:{ticket.id}", details=details
    )


def _live_on(app: App, tx: Transaction, filings: Sequence[Filing]) -> None:
    """Every third ticket is corrected, its clock warns, and its customer writes once more."""
    for filing in filings[::3]:
        ticket, message = filing.ticket, filing.message
        assert ticket is not None and message is not None
        before, by, after = (("type", ticket.fields["type"]),), (("type", "model"),), (("type", "投诉"),)
        tx.corrections.add(
            Correction(
                id=app.store.ids(), ticket_id=ticket.id, message_id=message.id, kind=CorrectionKind.CORRECT,
                at=ticket.received + timedelta(hours=2), agent="li", before=before, before_by=by, after=after,
            )
        )  # fmt: skip
        tx.audit.add((_line(app, ticket, "promise.warned", 0.5, (("clock", "first_response"),)),))
        again = replace(message, id=app.store.ids(), at=ticket.received + timedelta(hours=4), message_id="")
        tx.tickets.add_message(again)


def _fill(app: App, desk: Desk, count: int, seed: int) -> None:
    filings = _filings(app, desk, count, seed)
    progress = Progress("filling")
    for done in range(0, count, BATCH):
        raws = [
            RawMail(
                source="files", mailbox="service", folder=f"{done + n}", uidvalidity=0, uid=0, arrived=now(),
                data=f"Subject: {done + n}\r\n\r\n".encode(),
            )
            for n in range(min(BATCH, count - done))
        ]  # fmt: skip
        with app.store.write() as tx:
            tx.ledger.keep(raws, now(), old_before_uid=0, after="seen")
        with app.store.write() as tx:
            claimed = tx.ledger.claim(app.context.worker, BATCH)
        batch = [replace(filing, ledger_id=entry.id) for entry, filing in zip(claimed, filings, strict=False)]
        with app.store.write() as tx:
            tx.tickets.file(batch, now())
            _live_on(app, tx, batch)
        progress(done + len(batch), count)


_WHOSE = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _cpu() -> float:
    """Processor time of this process and its ended children."""
    return sum(os.times()[:4])


def measure(mails: int, home: Path, seed: int, *, later: bool = True) -> dict[str, object]:
    fresh = not home.exists() or not any(home.iterdir())
    where = init_home(home) if fresh else Home(home)
    app = open_app(where, os.environ, works=True)
    try:
        files = read_folder(where.config)
        if fresh:
            _, desk = publish(app.context, files, author="bench", reason="")
            _fill(app, desk, mails, seed)
        other, problems = compile_desk(
            BundleFiles(files={**files.files, "rules/20-bench.yaml": _RULES + _LATER * later})
        )
        assert other is not None and not problems, problems
        until = now()
        began, spent = time.perf_counter(), _cpu()
        found = run_backtest(app, other, datetime(2025, 1, 1, tzinfo=UTC), until, Progress("backtest"))
        seconds, cpu = time.perf_counter() - began, _cpu() - spent
    finally:
        app.close()
    return {
        "mails": found.mails,
        "rules": len(other.book.rules),
        "changed": found.changed,
        "later_moments": sum(found.occasions.values()),
        "later_changed": found.later_changed,
        "seconds": round(seconds, 1),
        "cpu_ms_a_mail": round(1000 * cpu / max(1, found.mails), 2),
        "mails_a_second": round(found.mails / seconds),
        "minutes_for_100_000": round(100_000 / found.mails * seconds / 60, 1),
        "peak_mb": round(max(resource.getrusage(who).ru_maxrss for who in _WHOSE) / 1024),
        "cores": os.cpu_count(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--arrival", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = given.home or Path(scratch) / "home"
        print(json.dumps(measure(given.mails, home, given.seed, later=not given.arrival)))


if __name__ == "__main__":
    main()

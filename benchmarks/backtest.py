"""Measures a backtest: a generated store of decided mails, tried by the shipped book with three more rules.

Run: ``python -m benchmarks.backtest [--mails 100000] [--home DIR]``; prints one JSON object. With ``--home`` the store
is kept there and used again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.bundle import BundleFiles
from core.domain.decision import By, Decision, Facts
from core.domain.filing import Filing, Verdict, VerdictKind
from core.domain.mail import Address, RawMail
from core.domain.suggestion import Evidence, FieldSuggestion, Suggestion
from core.domain.ticket import Customer, Message, Ticket
from core.settings.folder import read_folder
from huiying.app.backtesting import run_backtest
from huiying.app.bootstrap import App, open_app
from huiying.app.cli.progress import Progress
from huiying.app.clock import now
from huiying.app.home import Home, init_home
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
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
    dice, letters, at = random.Random(seed), _letters(), now() - timedelta(hours=1)
    ids = app.store.ids
    for number in range(count):
        message, type_ = _message(dice, letters, ids(), at)
        decision = _decided(desk, message, type_, dice)
        by = {name: choice.by.value for name, choice in decision.choices.items()}
        fields = {name: choice.value for name, choice in decision.choices.items()}
        if dice.random() < 0.3:
            by, fields = {**by, "type": By.AGENT.value}, {**fields, "type": type_}
        ticket = Ticket(id=ids(), number=f"B{number:07d}", received=at, fields=fields, decided_by=by)
        yield Filing(
            ledger_id=0,
            claim=app.context.worker,
            verdict=Verdict(kind=VerdictKind.NEW, because="new"),
            customer=Customer(id=ids()),
            ticket=ticket,
            message=replace(message, ticket_id=ticket.id),
            decision=decision,
        )


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
        progress(done + len(batch), count)


def _cpu() -> float:
    """Processor time of this process and its ended children."""
    return sum(os.times()[:4])


def measure(mails: int, home: Path, seed: int) -> dict[str, object]:
    fresh = not home.exists() or not any(home.iterdir())
    where = init_home(home) if fresh else Home(home)
    app = open_app(where, os.environ, works=True)
    try:
        files = read_folder(where.config)
        if fresh:
            _, desk = publish(app.context, files, author="bench", reason="")
            _fill(app, desk, mails, seed)
        other, problems = compile_desk(BundleFiles(files={**files.files, "rules/20-bench.yaml": _RULES}))
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
        "seconds": round(seconds, 1),
        "cpu_ms_a_mail": round(1000 * cpu / max(1, found.mails), 2),
        "mails_a_second": round(found.mails / seconds),
        "cores": os.cpu_count(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(measure(given.mails, given.home or Path(scratch) / "home", given.seed)))


if __name__ == "__main__":
    main()

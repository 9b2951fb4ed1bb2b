"""Proposes rules from what agents have decided: finds the words they go by and drafts a rule on trial for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from core.domain.bundle import BundleFiles
from core.domain.views import DecidedMail
from core.text.segment import Segmenter
from huiying.flows.backtest import OnProgress, chunks_of, count_mails
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from huiying.flows.ports import Store
from rules.drafting import Draft, add_entry, draft, rule_file
from rules.evidence import wilson
from rules.mining import Finding, Labelled, mine
from rules.replaying import COMPARED, decide_again, value_of

MOST_MAILS = 5_000
"""The latest mails that agents have decided; a search in so many takes seconds."""
SUGGESTED = "rules/90-suggested.yaml"
"""The file that accepted suggestions are added to."""


def suggest_rules(
    store: Store,
    desk: Desk,
    since: datetime,
    until: datetime,
    segmenter: Segmenter,
    *,
    on_progress: OnProgress = lambda done, of: None,
) -> tuple[Draft, ...]:
    """The drafts, most useful first; each is a rule that this desk accepts, whose examples pass. Writes nothing."""
    mails = tuple(_judged(store, since, until, on_progress))[-MOST_MAILS:]
    labelled = [_labelled(desk, mail) for mail in mails]
    drafts = (_draft(finding, mails) for finding in mine(labelled, segmenter.words, segmenter.rarity))
    known = {rule.id for rule in desk.book.rules}
    return tuple(one for one in drafts if one.id not in known and _is_sound(desk, one))


def as_json(one: Draft) -> dict[str, Any]:
    """A suggestion as the command prints it."""
    finding = one.finding
    low, high = wilson(finding.agreed, finding.mails)
    return {
        "id": one.id,
        "field": finding.field,
        "value": finding.value,
        "words": list(finding.words),
        "mails": finding.mails,
        "agreed": finding.agreed,
        "precision": {"share": round(finding.agreed / finding.mails, 4), "low": round(low, 4), "high": round(high, 4)},
        "fixes": finding.fixes,
        "breaks": finding.breaks,
        "instead": dict(finding.instead),
        "chance": finding.chance,
        "examples": list(one.examples),
        "yaml": rule_file([one]),
    }


def accept(files: BundleFiles, one: Draft) -> BundleFiles:
    """The configuration with that suggestion on trial."""
    return BundleFiles(files={**files.files, SUGGESTED: add_entry(files.files.get(SUGGESTED, ""), one.entry)})


def _judged(store: Store, since: datetime, until: datetime, on_progress: OnProgress) -> Iterator[DecidedMail]:
    """The mails of that time of which an agent has decided something, oldest first."""
    done, total = 0, count_mails(store, since, until)
    for chunk in chunks_of(store, since, until):
        with store.read() as tx:
            found = tx.views.decided(chunk)
        yield from (mail for mail in found if mail.agents)
        done += len(chunk)
        on_progress(done, max(total, done))


def _labelled(desk: Desk, mail: DecidedMail) -> Labelled:
    decision = decide_again(desk.book, mail)
    message = mail.message
    return Labelled(
        text=f"{message.subject}\n{message.reply or message.text}",
        customer=message.sender.key if message.sender else "",
        agents={name: value for name, value in mail.agents if name in COMPARED},
        decided={name: value_of(decision, name) for name, _ in mail.agents},
    )


def _draft(finding: Finding, mails: Sequence[DecidedMail]) -> Draft:
    members = [mails[place].message for place in finding.members]
    others = [mail.message for mail in mails if dict(mail.agents).get(finding.field, finding.value) != finding.value]
    return draft(finding, members, others)


def _is_sound(desk: Desk, one: Draft) -> bool:
    _, problems = compile_desk(accept(desk.files, one))
    return not problems

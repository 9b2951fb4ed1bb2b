"""Makes tickets of kept mails: claim, parse, prepare, file; a mail that kills us is set apart (DESIGN 3.2)."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from core.domain.errors import Conflict, Unavailable
from core.domain.ledger import LedgerEntry, Stage
from core.domain.mail import ParsedMail, ParsedOrNot, Unparsable
from huiying.flows.context import Context
from huiying.flows.file import file_prepared
from huiying.flows.prepare import Prepared, only_begun, prepare, stub
from ingest.scan import unparsable

BATCH = 20
DEATHS = 3
"""So many deaths while a mail was claimed quarantine it."""
ROUNDS = 5
"""How often a mail whose verdict changed meanwhile is decided again in one turn."""
NOBODYS_MAIL = "From: nobody@invalid\r\nMessage-ID: <warm-up@invalid>\r\n\r\n您好，请问什么时候发货？\r\n".encode()

Work = tuple[LedgerEntry, ParsedOrNot]


def triage(ctx: Context, limit: int = BATCH) -> int:
    """Files up to ``limit`` kept mails; how many were claimed. Call it until it answers 0.

    The claim is committed before the work: after a death its mails come back one by one.
    """
    with ctx.store.write() as tx:
        entries = tx.ledger.claim(ctx.worker, limit)
    if not entries:
        return 0
    try:
        _work(ctx, entries)
    except Unavailable:
        _give_back(ctx, entries)
        raise
    for stage in ("filed", "letters", "changed"):
        ctx.wake.ring(stage)
    if entries[0].attempts > 1:
        ctx.wake.ring("kept")  # it was tried alone: others may wait behind it
    return len(entries)


def warm_up(ctx: Context) -> None:
    """Understands a mail that nobody sent, so that the first real one waits for nothing to be loaded, and a process
    that ends while it starts has claimed none."""
    at = ctx.now()
    entry = LedgerEntry(
        id=0, source="", mailbox="", folder="", uidvalidity=0, uid=0, sha256="", size=0, arrived=at, kept_at=at
    )
    prepare(ctx, ctx.desk(), [(entry, answer) for answer in ctx.parser.parse([NOBODYS_MAIL])])


def begin_again(ctx: Context) -> int:
    """After the database was gone: mails that this worker still holds are given back without blame; how many."""
    with ctx.store.write() as tx:
        return tx.ledger.release(ctx.worker)


def _work(ctx: Context, entries: Sequence[LedgerEntry]) -> None:
    desk = ctx.desk()
    raws, unreadable = _raws(ctx, entries)
    for entry, trace in unreadable:
        answer = ParsedOrNot(failure=Unparsable(because="the stored bytes cannot be read"))
        _file_all(ctx, [stub(ctx, desk, entry, answer, shunt=trace)])
    deadly = [entry for entry in entries if entry.id in raws and entry.attempts > DEATHS]
    sound = [entry for entry in entries if entry.id in raws and entry.attempts <= DEATHS]
    for entry in deadly:
        because = f"{DEATHS} processes died on it"
        answer = ParsedOrNot(failure=unparsable(raws[entry.id], because))
        _file_all(ctx, [stub(ctx, desk, entry, answer, quarantine=because)])
    answers = ctx.parser.parse([raws[entry.id] for entry in sound])
    work = [
        (entry, answer if len(raws[entry.id]) >= entry.size else only_begun(answer, entry.size))
        for entry, answer in zip(sound, answers, strict=True)
    ]
    work, waiting = _apart(work)
    _file_all(ctx, prepare(ctx, desk, work), waiting)


def _apart(work: Sequence[Work]) -> tuple[list[Work], list[Work]]:
    """The mails that are understood now, and those that name one of them: filed first, it decides whose they are."""
    now: list[Work] = []
    waiting: list[Work] = []
    seen: set[str] = set()
    for one in work:
        names = _names(one[1].mail) if one[1].mail else set()
        (waiting if names & seen else now).append(one)
        seen |= names
    return now, waiting


def _raws(ctx: Context, entries: Sequence[LedgerEntry]) -> tuple[dict[int, bytes], list[tuple[LedgerEntry, str]]]:
    """The mails' bytes by ledger id, and the mails whose bytes cannot be read, with the traceback: all together, or one
    by one where one mail's damaged row must not stop the others."""
    try:
        with ctx.store.read() as tx:
            return tx.ledger.raws([entry.id for entry in entries]), []
    except Unavailable:  # the database is gone, or another machine sealed with a key that is not here yet: they wait
        raise
    except Exception:  # noqa: BLE001  as above
        if len(entries) == 1:
            return {}, [(entries[0], traceback.format_exc())]
    parts = [_raws(ctx, [entry]) for entry in entries]
    return {id_: data for raws, _ in parts for id_, data in raws.items()}, [each for _, bad in parts for each in bad]


def _file_all(ctx: Context, prepared: Sequence[Prepared], waiting: Sequence[Work] = ()) -> None:
    """Files in waves of unrelated mails, those that wait for the first after it; those whose verdict changed under the
    lock are prepared again."""
    desk = ctx.desk()
    rest = list(prepared)
    for _ in range(ROUNDS + len(prepared) + len(waiting)):
        if not rest:
            return
        wave, later = _unrelated(rest)
        again = _file_wave(ctx, wave)
        anew = [(p.entry, ParsedOrNot(mail=p.mail)) for p in (*again, *later) if not p.stub]
        fresh, waiting = prepare(ctx, desk, [*anew, *waiting]), ()
        rest = [*fresh, *(p for p in (*again, *later) if p.stub)]
    _give_back(ctx, [p.entry for p in rest])


def _unrelated(prepared: Sequence[Prepared]) -> tuple[list[Prepared], list[Prepared]]:
    """Splits a batch so that no two mails of the first part name each other or are one: each sees what others file."""
    wave: list[Prepared] = []
    later: list[Prepared] = []
    seen: set[str] = set()
    for p in prepared:
        names = _names(p.mail)
        if p.verdict.ticket_id:
            names.add(f"ticket:{p.verdict.ticket_id}")
        (later if names & seen else wave).append(p)
        seen |= names
    return wave, later


def _names(mail: ParsedMail) -> set[str]:
    """By what a mail and those that it belongs to are known."""
    names = {name for name in (mail.message_id, *mail.named_ids) if name}
    return names | {f"content:{mail.content_key}"} if mail.content_key else names


def _file_wave(ctx: Context, wave: Sequence[Prepared]) -> tuple[Prepared, ...]:
    """Files a wave in one transaction; when that fails, each mail in one of its own."""
    try:
        return file_prepared(ctx, wave)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001  whatever one mail does, the others of its wave go on
        if len(wave) > 1:
            return tuple(p for one in wave for p in _file_one(ctx, one))
        return _file_one(ctx, wave[0])


def _file_one(ctx: Context, prepared: Prepared) -> tuple[Prepared, ...]:
    try:
        return file_prepared(ctx, [prepared])
    except Unavailable:
        raise
    except Conflict:
        return (prepared,)
    except Exception:  # noqa: BLE001  our bug: kept with its traceback
        _shunt(ctx, prepared, traceback.format_exc())
        return ()


def _shunt(ctx: Context, prepared: Prepared, trace: str) -> None:
    """Our bug: the mail still gets its stub ticket; if even that fails, the ledger row says so."""
    answer = ParsedOrNot(
        failure=Unparsable(because="shunted", subject=prepared.mail.subject, sender=prepared.mail.sender)
    )
    try:
        file_prepared(ctx, [stub(ctx, ctx.desk(), prepared.entry, answer, shunt=trace)])
    except Unavailable:
        raise
    except Conflict:
        _give_back(ctx, [prepared.entry])
    except Exception:  # noqa: BLE001  see the next line
        # Nothing may stop the queue: the row keeps the first trace, and `replay` brings it back.
        with ctx.store.write() as tx:
            tx.ledger.set_stage(prepared.entry.id, Stage.SHUNTED, "file", trace)


def _give_back(ctx: Context, entries: Sequence[LedgerEntry]) -> None:
    """Unclaims without blame what is still ours: the trouble was ours or the database's, not the mails'."""
    with ctx.store.write() as tx:
        tx.ledger.unclaim([entry.id for entry in entries], forgive=True, worker=ctx.worker)

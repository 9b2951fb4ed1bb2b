"""Tells people of the desk what happened: finds who is meant, then sends each copy once, like a letter."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.domain.errors import BadTemplate, Unavailable
from core.domain.letter import Outcome
from core.domain.notice import (
    PERSONAL,
    Audience,
    ChannelKind,
    ClaimedCopy,
    CopyState,
    HookAnswer,
    HookMessage,
    Notice,
    NoticeChannel,
    NoticeCopy,
    NoticeEvent,
    NotifySettings,
    Quiet,
)
from core.domain.people import Role, User
from core.domain.task import TaskState
from core.domain.ticket import OPEN_STATES, Ticket
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from responder.notice_mail import notice_mail
from responder.notice_words import NoticeText, notice_text

BATCH = 50
ATTEMPTS = 10
"""Tries before a copy is given up: about a day."""
_OF_CLOCKS = (NoticeEvent.WARNED, NoticeEvent.OVERDUE, NoticeEvent.ESCALATED, NoticeEvent.ASKED)
_OF_TASKS = {NoticeEvent.TASK: TaskState.OPEN, NoticeEvent.GIFT: TaskState.ASKED}
"""In which state a task still needs somebody's look."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=4)

_log = logging.getLogger("huiying.notify")


def notify(ctx: Context, limit: int = BATCH) -> int:
    """Spreads new notices and sends copies that are due; how many of both."""
    with ctx.store.read() as tx:
        if not tx.notices.pending(ctx.now()):
            return 0
    return _spread(ctx, limit) + _send_due(ctx, limit)


def begin_again(ctx: Context) -> int:
    """After the database was gone: copies that this worker still holds are given back; how many."""
    with ctx.store.write() as tx:
        return tx.notices.release(ctx.worker)


def try_channel(ctx: Context, channel: str, person: str) -> HookAnswer:
    """Tells something harmless by one channel at once, beside all books; what the other side answered."""
    now, id_ = ctx.now(), ctx.ids()
    details = (("says", "试发 · a test"),)
    notice = Notice(id=id_, event=NoticeEvent.RULE, key="", at=now, subject="test:1", details=details)
    copy = NoticeCopy(id=id_, notice_id=id_, channel=channel, person=person, due=now)
    return _sent(ctx, ClaimedCopy(copy=copy, notice=notice, attempts=1))


def _spread(ctx: Context, limit: int) -> int:
    desk, now = ctx.desk(), ctx.now()
    with ctx.store.write() as tx:
        fresh = tx.notices.unspread(limit)
        users = tuple(user for user in tx.people.users() if not user.disabled)
        copies = [copy for each in fresh for copy in _copies(ctx, desk, tx, users, each, now)]
        if fresh:
            tx.notices.spread(fresh, copies, now)
    ctx.wake.ring("changed")
    return len(fresh)


def _copies(
    ctx: Context, desk: Desk, tx: Transaction, users: Sequence[User], notice: Notice, now: datetime
) -> list[NoticeCopy]:
    """One copy for each person and personal channel, and one for each channel of a group."""
    route = desk.notify.routes[notice.event]
    ticket = tx.tickets.get(notice.ticket_id) if notice.ticket_id else None
    to = notice.to or route.to
    people = _people(desk.notify, ticket, users, to, but=dict(notice.details).get("author", ""))
    wanted: list[tuple[NoticeChannel, str]] = []
    for name in dict.fromkeys((*route.by, *(word[1:] for word in to if word.startswith("#")))):
        channel = desk.notify.channels.get(name)
        if channel is not None and channel.kind in PERSONAL:
            wanted += [(channel, one) for one in people if _reaches(desk.notify, channel, one)]
        elif channel is not None:
            wanted.append((channel, ""))
    zone = desk.calendar.zone
    return [
        NoticeCopy(
            id=ctx.ids(),
            notice_id=notice.id,
            channel=channel.name,
            person=person,
            due=now if route.at_once else after_quiet(now, zone, _quiet_of(desk.notify, channel, person)),
            state=CopyState.SENT if channel.kind is ChannelKind.CONSOLE else CopyState.QUEUED,
        )
        for channel, person in wanted
    ]


def _people(
    settings: NotifySettings, ticket: Ticket | None, users: Sequence[User], to: Iterable[str], *, but: str
) -> list[str]:
    """The sign-in names that the audiences mean, each once; whoever caused it need not be told."""
    found: dict[str, None] = {}
    for word in to:
        if word.startswith("@"):
            names = [user.name for user in users if user.name == word[1:]]
        else:
            names = _audience(settings, ticket, users, word)
        found |= dict.fromkeys(names)
    return [name for name in found if name != but]


def _audience(settings: NotifySettings, ticket: Ticket | None, users: Sequence[User], word: str) -> list[str]:
    """A ticket that nobody owns is the team's, a team that nobody is in is every agent's, and without a lead
    it is the admin's: a notice always finds somebody while there is anybody."""
    if word == Audience.OWNER:
        owner = [user.name for user in users if ticket is not None and user.name == ticket.assignee]
        return owner or _audience(settings, ticket, users, Audience.TEAM)
    if word == Audience.TEAM:
        team = ticket.fields.get("team", "") if ticket else ""
        members = {one.name for one in settings.people.values() if team and team in one.teams}
        agents = [user.name for user in users if user.name in members] or _of_role(users, Role.AGENT)
        return agents or _audience(settings, ticket, users, Audience.LEAD)
    if word == Audience.LEAD:
        return _of_role(users, Role.LEAD) or _of_role(users, Role.ADMIN)
    return _of_role(users, Role.ADMIN) if word == Audience.ADMIN else []


def _of_role(users: Sequence[User], role: Role) -> list[str]:
    return [user.name for user in users if user.role is role]


def _reaches(settings: NotifySettings, channel: NoticeChannel, name: str) -> bool:
    """Whether that channel reaches that person: the console always does."""
    person = settings.people.get(name)
    if channel.kind is ChannelKind.CONSOLE:
        return True
    return person is not None and bool(person.mail) and (not person.by or channel.name in person.by)


def _quiet_of(settings: NotifySettings, channel: NoticeChannel, person: str) -> Quiet | None:
    known = settings.people.get(person)
    return (known.quiet if known else None) or channel.quiet or settings.quiet


def after_quiet(now: datetime, zone: str, quiet: Quiet | None) -> datetime:
    """``now``, or the end of the quiet hours that it falls into."""
    local = now.astimezone(ZoneInfo(zone))
    if quiet is None or not quiet.holds(local.time()):
        return now
    day = local.date() if local.time() < quiet.ends else local.date() + timedelta(days=1)
    return datetime.combine(day, quiet.ends, tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)


def _send_due(ctx: Context, limit: int) -> int:
    with ctx.store.write() as tx:
        claimed = tx.notices.claim(ctx.worker, ctx.now(), limit)
    for each in claimed:
        if _is_over(ctx, each.notice) or _left(ctx, each.copy.person):
            _drop(ctx, each)
            continue
        answer = _sent(ctx, each)
        state, pause = _after(answer, each.attempts)
        now = ctx.now()
        with ctx.store.write() as tx:
            tx.notices.complete(
                each.copy.id,
                ctx.worker,
                state,
                now,
                code=answer.code,
                answer=answer.text,
                next_try=now + pause if pause else None,
                uncertain=answer.outcome is Outcome.UNCERTAIN,
            )
        if state is CopyState.FAILED:
            _log.warning("A notice was given up.", extra={"action": "notice.failed", "copy": each.copy.id})
    return len(claimed)


def _is_over(ctx: Context, notice: Notice) -> bool:
    """Whether nobody need be woken for it any more: the ticket ended, or the task, while it waited for the morning."""
    if notice.event in _OF_TASKS:
        with ctx.store.read() as tx:
            task = tx.tasks.get(int(notice.subject.partition(":")[2]))
        return task is None or task.state is not _OF_TASKS[notice.event]
    if notice.event not in _OF_CLOCKS or not notice.ticket_id:
        return False
    with ctx.store.read() as tx:
        ticket = tx.tickets.get(notice.ticket_id)
    return ticket is None or ticket.state not in OPEN_STATES


def _left(ctx: Context, person: str) -> bool:
    """Whether somebody was disabled while his notice waited: what it says is no longer for him."""
    if not person:
        return False
    with ctx.store.read() as tx:
        user = tx.people.user(person)
    return user is not None and user.disabled


def _drop(ctx: Context, claimed: ClaimedCopy) -> None:
    with ctx.store.write() as tx:
        tx.notices.complete(claimed.copy.id, ctx.worker, CopyState.DROPPED, ctx.now())


def _after(answer: HookAnswer, attempts: int) -> tuple[CopyState, timedelta | None]:
    if answer.outcome is Outcome.SENT:
        return CopyState.SENT, None
    if answer.outcome is Outcome.REFUSED or attempts >= ATTEMPTS:
        return CopyState.FAILED, None
    return CopyState.QUEUED, min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)


def _sent(ctx: Context, claimed: ClaimedCopy) -> HookAnswer:
    """One copy by its channel; whatever goes wrong with it is its own affair, and visible."""
    desk = ctx.desk()
    channel = desk.notify.channels.get(claimed.copy.channel)
    if channel is None:
        return HookAnswer(outcome=Outcome.REFUSED, text=f"没有渠道 {claimed.copy.channel} (no such channel)")
    try:
        if channel.kind is ChannelKind.MAIL:
            return _by_mail(ctx, desk, channel, claimed)
        return ctx.hooks.send(channel, _hook_message(ctx, desk, channel, claimed))
    except (Unavailable, BadTemplate) as error:
        outcome = Outcome.REFUSED if isinstance(error, BadTemplate) else Outcome.DEFERRED
        return HookAnswer(outcome=outcome, text=error.message)
    except Exception as error:  # noqa: BLE001  our bug costs this one notice, visibly, and no other
        _log.exception("A notice could not be sent.", extra={"action": "notice.error", "copy": claimed.copy.id})
        return HookAnswer(outcome=Outcome.REFUSED, text=type(error).__name__)


def _by_mail(ctx: Context, desk: Desk, channel: NoticeChannel, claimed: ClaimedCopy) -> HookAnswer:
    box, person = desk.mailbox(channel.mailbox), desk.notify.people.get(claimed.copy.person)
    if box is None or person is None or not person.mail:
        return HookAnswer(outcome=Outcome.REFUSED, text="此人没有邮件地址 (this person has no mail address)")
    with ctx.store.read() as tx:
        user = tx.people.user(person.name)
    text = _text(ctx, desk, claimed.notice, user.language if user else channel.language)
    message_id = ctx.signer.message_id(0, claimed.copy.id, box.address.rpartition("@")[2] or "localhost")
    mail = notice_mail(
        text, copy_id=claimed.copy.id, to=person.mail, box=box, at=claimed.notice.at, message_id=message_id
    )
    [delivery] = ctx.transport.send([mail])
    return HookAnswer(outcome=delivery.outcome, code=delivery.code, text=delivery.answer)


def _hook_message(ctx: Context, desk: Desk, channel: NoticeChannel, claimed: ClaimedCopy) -> HookMessage:
    notice = claimed.notice
    text = _text(ctx, desk, notice, channel.language)
    body = {
        "id": str(claimed.copy.id),
        "event": notice.event.value,
        "at": notice.at.isoformat(),
        "subject": notice.subject,
        "number": _number(ctx, notice),
        "title": text.title,
        "text": text.text,
        "link": text.link,
        "details": dict(notice.details),
    }
    return HookMessage(
        id=str(claimed.copy.id),
        at=ctx.now(),
        title=text.title,
        text=text.text,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    )


def _text(ctx: Context, desk: Desk, notice: Notice, language: str) -> NoticeText:
    return notice_text(notice, _number(ctx, notice), desk.calendar, language, desk.notify.console)


def _number(ctx: Context, notice: Notice) -> str:
    if not notice.ticket_id:
        return ""
    with ctx.store.read() as tx:
        ticket = tx.tickets.get(notice.ticket_id)
    return ticket.number if ticket else ""

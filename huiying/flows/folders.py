"""Which folders of a mailbox are read, and each of them read once: the first, its sisters, and what was sent."""

from __future__ import annotations

import logging
from dataclasses import replace

from core.domain.errors import MailboxUnavailable
from core.domain.ledger import AfterFiling
from core.domain.settings import AUTO, NONE, MailboxSettings
from huiying.flows.context import Context
from huiying.flows.mailbox import MailboxConnection
from huiying.flows.receive import NOBODY, Watch, receive

OF_ONE_FOLDER = ("folder-missing", "refused")
"""Troubles that concern one folder only: the others are read nevertheless."""

_log = logging.getLogger("huiying.folders")


def sisters(box: MailboxSettings, connection: MailboxConnection) -> tuple[MailboxSettings, ...]:
    """The mailbox once for each folder besides its first one, what was sent last. Nothing is done to sent mail on the
    server. Raises ``MailboxUnavailable``."""
    others = [replace(box, folder=name) for name in box.folders if name != box.folder]
    sent = _marked(box, connection) if box.sent_folder == AUTO else box.sent_folder
    if not sent or sent == NONE or sent in (box.folder, *box.folders):
        return tuple(others)
    return (*others, replace(box, folder=sent, sent_folder=sent, after=AfterFiling.NOTHING, move_to=""))


def _marked(box: MailboxSettings, connection: MailboxConnection) -> str:
    """A server that refuses to list its folders has no folder of sent mail for us; its mail is read nevertheless."""
    try:
        return connection.sent_folder()
    except MailboxUnavailable as error:
        if error.code not in OF_ONE_FOLDER:
            raise
        _log.warning("Mailbox %s does not list its folders: %s", box.name, error.message)
        return ""


def read_sister(
    ctx: Context, sister: MailboxSettings, connection: MailboxConnection, watch: Watch = NOBODY
) -> tuple[int, MailboxUnavailable | None]:
    """Reads one of them; how many mails were kept, and what is wrong with this folder alone. Other troubles are
    raised."""
    trouble = can_select(connection, sister)
    return (0, trouble) if trouble else (receive(ctx, sister, connection, watch), None)


def can_select(connection: MailboxConnection, sister: MailboxSettings) -> MailboxUnavailable | None:
    """Goes to that folder; what is wrong with it, if that concerns no other."""
    try:
        connection.select(sister)
    except MailboxUnavailable as error:
        if error.code not in OF_ONE_FOLDER:
            raise
        _log.warning("A folder of mailbox %s cannot be read: %s", sister.name, error.message)
        return error
    return None


def read_all(ctx: Context, box: MailboxSettings, connection: MailboxConnection) -> int:
    """Every folder once; how many mails were kept. A folder that cannot be read raises when all were tried."""
    kept = receive(ctx, box, connection)
    trouble: MailboxUnavailable | None = None
    for sister in sisters(box, connection):
        count, error = read_sister(ctx, sister, connection)
        kept, trouble = kept + count, trouble or error
    connection.select(box)
    if trouble is not None:
        raise trouble
    return kept

"""Opens configured mailboxes, with password or token, and does there what a command or a page asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.domain.errors import BadInput, MailboxUnavailable
from core.domain.settings import MailboxSettings, ServerSettings
from huiying.app.bootstrap import App
from huiying.flows.fetch_whole import fetch_whole, mailbox_of_begun
from huiying.flows.folders import can_select, sisters
from huiying.flows.reconcile import Reconciled, reconcile

if TYPE_CHECKING:
    from ingest.sources.imap import ImapMailbox


def open_box(app: App, box: MailboxSettings) -> ImapMailbox:
    """A connection with the folder selected. Raises ``Unavailable`` in words when that is not possible now."""
    # imapclient: only a process that reads mailboxes needs it.
    from ingest.sources.imap_open import open_mailbox

    if not box.is_polled:
        raise BadInput(f"邮箱 {box.name} 不从服务器收信 (imap: none)")
    box = replace(box, imap=at_home(app, box.imap))
    secret = app.secret(box.imap)
    try:
        return open_mailbox(box, secret)
    except MailboxUnavailable as error:
        if not box.imap.token_of or error.code != "login-refused":
            raise
        # It may have been withdrawn before its time.
        app.tokens.refused(box.imap.token_of, secret)
        return open_mailbox(box, app.secret(box.imap))


def certificate_of(app: App, server: ServerSettings) -> datetime | None:
    """When the certificate of an outgoing server ends; None without TLS. Raises ``TransportUnavailable``."""
    from responder.transports.probe import certificate_end

    return certificate_end(at_home(app, server))


class MailServers:
    """What people ask of mail servers besides the regular reading; conforms to ``console.context.MailServers``. Each
    call opens a connection of its own and may take as long as the network does."""

    def __init__(self, app: App) -> None:
        self._app = app

    def fetch(self, ledger_id: int, actor: str) -> int:
        """The whole of a mail that was too large; its size."""
        box = mailbox_of_begun(self._app.context, ledger_id)
        with closing(open_box(self._app, box)) as connection:
            return fetch_whole(self._app.context, connection, ledger_id, actor)

    def reconcile(self, box: MailboxSettings, *, repair: bool) -> Iterator[Reconciled]:
        """Each folder of a mailbox compared with the ledger; one that cannot be read raises after the others."""
        ctx, trouble = self._app.context, None
        with closing(open_box(self._app, box)) as connection:
            yield reconcile(ctx, box, connection, repair=repair)
            for sister in sisters(box, connection):
                error = can_select(connection, sister)
                trouble = trouble or error
                if error is None:
                    yield reconcile(ctx, sister, connection, repair=repair)
        if trouble is not None:
            raise trouble


def at_home(app: App, server: ServerSettings) -> ServerSettings:
    """The same server with the path of its certificates made whole."""
    return replace(server, ca_file=str(app.home.path / server.ca_file)) if server.ca_file else server

"""Opens configured mailboxes: finds password or token, and tries once more when a token was refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.domain.errors import BadInput, MailboxUnavailable
from core.domain.settings import MailboxSettings, ServerSettings
from huiying.app.bootstrap import App

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


def at_home(app: App, server: ServerSettings) -> ServerSettings:
    """The same server with the path of its certificates made whole."""
    return replace(server, ca_file=str(app.home.path / server.ca_file)) if server.ca_file else server

"""Opens a mailbox: connects, secures the line, signs in by password or token, says who we are, selects the folder."""

from __future__ import annotations

import socket
import ssl

from imapclient import IMAPClient

from core.domain.settings import MailboxSettings, Tls
from ingest.sources.imap import ImapMailbox, shut
from ingest.sources.imap_problems import translated

_WHO_WE_ARE = {"name": "huiying", "version": "0.1", "vendor": "huiying"}


def open_mailbox(box: MailboxSettings, secret: str, *, timeout: float = 30.0, largest: int = 0) -> ImapMailbox:
    """Connects, logs in and selects the folder. Raises ``MailboxUnavailable`` with a code that says which of these
    failed. ``secret`` is the password, or the access token of a server with ``token_of``; ``timeout`` (seconds) bounds
    every read and write; ``largest`` (bytes) is the mailbox's own unless given."""
    with translated(box):
        trust = _trust(box)
        client = IMAPClient(
            box.imap.host, port=box.imap.port, ssl=box.imap.tls is Tls.TLS, ssl_context=trust, timeout=timeout
        )
    try:
        with translated(box):
            return _selected(client, box, secret, trust, largest or box.largest_mb << 20)
    except BaseException:
        shut(client)
        raise


def _trust(box: MailboxSettings) -> ssl.SSLContext | None:
    """The system's certificates, or those that the mailbox names instead; the host's name is always checked."""
    if box.imap.tls is Tls.NONE:
        return None
    return ssl.create_default_context(cafile=box.imap.ca_file or None)


def _selected(
    client: IMAPClient, box: MailboxSettings, secret: str, trust: ssl.SSLContext | None, largest: int
) -> ImapMailbox:
    client.normalise_times = False
    # It writes each answer out, mails and all, for a debug log that nobody reads: two thirds of what fetching takes.
    client._imap.debug = 0
    # Without it each SEARCH and APPEND of some servers (pymap) waits 40 ms for a delayed acknowledgement.
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if box.imap.tls is Tls.STARTTLS:
        client.starttls(trust)
    _sign_in(client, box, secret)
    if client.has_capability("ID"):
        # 163, 126 and 188 answer SELECT with "Unsafe Login" to clients that do not introduce themselves.
        client.id_(_WHO_WE_ARE)
    mailbox = ImapMailbox(client, box, largest)
    try:
        mailbox.select(box)
    except BaseException:
        mailbox.close()
        raise
    return mailbox


def _sign_in(client: IMAPClient, box: MailboxSettings, secret: str) -> None:
    if not box.imap.token_of:
        client.login(box.imap.user, secret)
    elif client.has_capability("AUTH=XOAUTH2") or not client.has_capability("AUTH=OAUTHBEARER"):
        client.oauth2_login(box.imap.user, secret)
    else:
        client.oauthbearer_login(box.imap.user, secret)

"""Says what is wrong with a mailbox: every failure of a connection as one error with a stable code and clear words."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from core.domain.errors import MailboxUnavailable
from core.domain.settings import MailboxSettings

RECONNECT = "reconnect"
"""The connection broke or got out of step: connect again and search; nothing is wrong with the settings."""

_MISSING = ("nonexist", "doesn't exist", "does not exist", "unknown mailbox", "trycreate", "mailbox not found")
_WORDS = {
    RECONNECT: ("连接中断，将重新连接", "the connection was lost and will be made again", ""),
    "login-refused": (
        "登录被拒绝：用户名或密码（授权码）不对",
        "the server refused the login: user name or password is wrong",
        "163、QQ 等邮箱要用客户端授权码 · 163, QQ and others want an app password",
    ),
    "unreachable": ("连不上服务器", "the server cannot be reached", "imap.host, imap.port"),
    "timeout": ("服务器在时限内没有回答", "the server did not answer in time", ""),
    "tls": (
        "安全连接失败",
        "no secure connection could be made",
        "imap.tls: none | starttls | tls; ca_file: 自建 CA 的证书 · of your own CA",
    ),
    "folder-missing": ("没有这个邮件夹", "there is no such folder", "folder, move_to"),
    "refused": ("服务器拒绝了命令", "the server refused a command", ""),
}


def problem(code: str, where: str, detail: str = "") -> MailboxUnavailable:
    """The error of that code; ``where`` names the mailbox, ``detail`` is the server's own word."""
    chinese, english, hint = _WORDS[code]
    tail = f" ({detail[:200]})" if detail else ""
    error = MailboxUnavailable(f"{where}: {chinese} · {english}{tail}", hint=hint)
    error.code = code
    return error


def missing_folder(where: str) -> MailboxUnavailable:
    return problem("folder-missing", where)


@contextmanager
def translated(box: MailboxSettings) -> Iterator[None]:
    """Whatever imapclient, imaplib, ssl or the socket raise inside becomes ``MailboxUnavailable``."""
    where = f"{box.name} ({box.imap.host}:{box.imap.port})"
    try:
        yield
    except MailboxUnavailable:
        raise
    except (IMAPClientError, OSError, ValueError, KeyError, IndexError, AssertionError) as failure:
        # ValueError and its like: an answer that imapclient could not read, a line split in two packets among them.
        raise problem(code_of(failure), where, _said(failure)) from failure


def code_of(failure: BaseException) -> str:
    """The stable code of a failure; the order matters, for these classes inherit from each other."""
    said = str(failure).lower()
    if isinstance(failure, LoginError) and isinstance(failure.__context__, IMAPClientAbortError):
        return RECONNECT
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (LoginError, "login-refused"),
        (CapabilityError, "tls" if "starttls" in said else "refused"),
        (IMAPClientAbortError, RECONNECT),
        (ssl.SSLError, "tls"),
        (TimeoutError, "timeout"),
        ((socket.gaierror, ConnectionRefusedError), "unreachable"),
        (FileNotFoundError, "tls"),
        ((ConnectionResetError, ConnectionAbortedError, BrokenPipeError), RECONNECT),
    )
    for kind, code in kinds:
        if isinstance(failure, kind):
            return code
    if isinstance(failure, IMAPClientError):
        if any(word in said for word in _MISSING):
            return "folder-missing"
        return RECONNECT if "unexpected" in said else "refused"
    return "unreachable" if isinstance(failure, OSError) else RECONNECT


def _said(failure: BaseException) -> str:
    text = " ".join(str(failure).split())
    return text if len(text) > 1 else type(failure).__name__

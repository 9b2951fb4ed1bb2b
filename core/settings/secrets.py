"""Finds a server's password or an application's secret in the environment or a file; neither is ever configuration."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from core.domain.errors import Unavailable
from core.domain.settings import OAuthSettings, ServerSettings


class PasswordMissing(Unavailable):
    """The password is neither in the environment nor in a file."""

    code = "password-missing"


def password_of(server: ServerSettings, *, environ: Mapping[str, str], home: Path) -> str:
    """The password of a login, without the line's end; '' for a server without login.

    Raises ``PasswordMissing`` with the name of the variable or file that was looked at.
    """
    if not server.user:
        return ""
    return secret_from(server.password_env, server.password_file, environ, home)


def client_secret_of(oauth: OAuthSettings, *, environ: Mapping[str, str], home: Path) -> str:
    """The secret of an application, '' for a public one. Raises as ``password_of``."""
    if not (oauth.secret_env or oauth.secret_file):
        return ""
    return secret_from(oauth.secret_env, oauth.secret_file, environ, home)


def secret_from(variable: str, file: str, environ: Mapping[str, str], home: Path) -> str:
    """What the variable holds, or else the file, without the line's end. Raises ``PasswordMissing``."""
    if not variable:
        return _from_file(home / Path(file).expanduser())
    password = environ.get(variable, "")
    if not password:
        raise PasswordMissing(
            f"环境变量 {variable} 没有设置 (the environment variable {variable} is not set)",
            hint=f"export {variable}=…",
        )
    return password


def _from_file(path: Path) -> str:
    try:
        password = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise PasswordMissing(f"读不到密码文件 {path}：{reason} (cannot read the password file)") from None
    if not password:
        raise PasswordMissing(f"密码文件 {path} 是空的 (the password file is empty)")
    return password


def is_open_to_others(path: Path) -> bool:
    """Whether more people than need it may read a secret's file: anybody, or the group where the file is ours. One that
    somebody else owns is often ours to read by its group alone. False where there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return False
    reads = stat.S_IRGRP | stat.S_IROTH if found.st_uid == os.geteuid() else stat.S_IROTH
    return bool(found.st_mode & reads)

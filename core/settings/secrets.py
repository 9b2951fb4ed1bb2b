"""Finds a server's password in the environment or in a file; it is never part of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.domain.errors import Unavailable
from core.domain.settings import ServerSettings


class PasswordMissing(Unavailable):
    """The password is neither in the environment nor in a file."""

    code = "password-missing"


def password_of(server: ServerSettings, *, environ: Mapping[str, str], home: Path) -> str:
    """The password of a login, without the line's end; '' for a server without login.

    Raises ``PasswordMissing`` with the name of the variable or file that was looked at.
    """
    if not server.user:
        return ""
    if server.password_env:
        password = environ.get(server.password_env, "")
        if not password:
            raise PasswordMissing(
                f"环境变量 {server.password_env} 没有设置 (the environment variable {server.password_env} is not set)",
                hint=f"export {server.password_env}=…",
            )
        return password
    return _from_file(home / Path(server.password_file).expanduser())


def _from_file(path: Path) -> str:
    try:
        password = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise PasswordMissing(f"读不到密码文件 {path}：{reason} (cannot read the password file)") from None
    if not password:
        raise PasswordMissing(f"密码文件 {path} 是空的 (the password file is empty)")
    return password

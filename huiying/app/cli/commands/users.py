"""Commands about people: user add, role, password, list."""

from __future__ import annotations

import sys
from dataclasses import replace
from getpass import getpass

import typer

from core.domain.errors import BadInput, NotFound, WrongUsage
from core.domain.filing import AuditEntry
from core.domain.people import Role, User
from huiying.app.bootstrap import App
from huiying.app.cli.console import emit
from huiying.app.cli.state import call_of
from huiying.app.clock import now

app = typer.Typer(help="用户 · People who sign in.", no_args_is_help=True)
SHORTEST = 10

_STDIN = typer.Option(False, "--password-stdin", help="从标准输入读密码 · read the password from stdin")


@app.command()
def add(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME"),
    role: Role = typer.Option(Role.AGENT, help="角色 · role"),
    display: str = typer.Option("", help="显示的名字 · shown name"),
    language: str = typer.Option("zh-CN", help="zh-CN | en"),
    password_stdin: bool = _STDIN,
) -> None:
    """新增用户 · Add a user."""
    if language not in ("zh-CN", "en"):
        raise WrongUsage("--language zh-CN | en")
    with call_of(ctx).app() as opened:
        with opened.store.read() as tx:
            if tx.people.user(name.lower()):
                raise BadInput(f"用户 {name} 已存在 (exists already)")
        user = User(
            id=opened.context.ids(),
            name=name.lower(),
            display=display or name,
            role=role,
            language=language,
            password_hash=_hash(_password(password_stdin)),
        )
        save(opened, user, "user.add")
    emit({"user": user.name, "role": user.role.value})


@app.command()
def role(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME"),
    new: Role = typer.Argument(..., metavar="ROLE"),
) -> None:
    """改变角色 · Change a user's role."""
    with call_of(ctx).app() as opened:
        save(opened, replace(_found(opened, name), role=new), "user.role")
    emit({"user": name.lower(), "role": new.value})


@app.command()
def password(
    ctx: typer.Context, name: str = typer.Argument(..., metavar="NAME"), password_stdin: bool = _STDIN
) -> None:
    """设置新密码 · Set a new password."""
    with call_of(ctx).app() as opened:
        user = _found(opened, name)
        save(opened, replace(user, password_hash=_hash(_password(password_stdin))), "user.password")
    emit({"user": name.lower()})


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """用户列表 · All users."""
    with call_of(ctx).app() as opened, opened.store.read() as tx:
        for user in tx.people.users():
            emit({"user": user.name, "display": user.display, "role": user.role.value, "disabled": user.disabled})


def save(opened: App, user: User, action: str) -> None:
    """Writes a user with its line in the audit trail."""
    entry = AuditEntry(
        id=opened.context.ids(), at=now(), actor="command-line", action=action, subject=f"user:{user.id}"
    )
    with opened.store.write() as tx:
        tx.people.save(user)
        tx.audit.add((entry,))


def _found(opened: App, name: str) -> User:
    with opened.store.read() as tx:
        user = tx.people.user(name.lower())
    if user is None:
        raise NotFound(f"没有用户 {name} (no such user)")
    return user


def _password(from_stdin: bool) -> str:
    if from_stdin or not sys.stdin.isatty():
        word = sys.stdin.readline().rstrip("\r\n")
    else:
        word = getpass("密码 password: ")
        if word != getpass("再输一次 again: "):
            raise BadInput("两次输入不同 (the two differ)")
    if len(word) < SHORTEST:
        raise BadInput(f"密码至少 {SHORTEST} 个字符 (at least {SHORTEST} characters)")
    return word


def _hash(word: str) -> str:
    from huiying.console.passwords import Argon2Passwords  # argon2: only when a password is set

    return Argon2Passwords().hash(word)

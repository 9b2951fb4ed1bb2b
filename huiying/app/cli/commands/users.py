"""Commands about people: user add, role, password, second-factor, disable, enable, list."""

from __future__ import annotations

import re
import sys
from getpass import getpass, getuser

import typer

from core.domain.errors import BadInput, NotFound, WrongUsage
from core.domain.filing import AuditEntry
from core.domain.people import Actor, Role, User
from core.domain.seen import seen
from huiying.app.bootstrap import App
from huiying.app.cli.console import emit
from huiying.app.cli.state import call_of
from huiying.flows import admit
from huiying.flows import second_factor as flow

app = typer.Typer(help="用户 · People who sign in.", no_args_is_help=True)
_NAME = re.compile(r"[\w.@+-]{1,64}")
"""No colon: the trail writes ``operator:LOGIN`` for whoever operates the machine."""

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
    if not _NAME.fullmatch(name):
        raise WrongUsage("用户名由字母、数字和 . _ @ + - 组成，最多 64 个 (a name is letters, digits and . _ @ + -)")
    with call_of(ctx).app() as opened:
        with opened.store.read() as tx:
            if tx.people.user(name.lower()):
                raise BadInput(f"用户 {name} 已存在 (exists already)")
        user = User(
            id=opened.context.ids(),
            name=name.lower(),
            display=seen(display) or name,
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
    """改变角色，该用户须重新登录 · Change a user's role; what he has open ends."""
    with call_of(ctx).app() as opened:
        admit.give_role(opened.context, name.lower(), new, operator())
    emit({"user": name.lower(), "role": new.value})


@app.command()
def password(
    ctx: typer.Context, name: str = typer.Argument(..., metavar="NAME"), password_stdin: bool = _STDIN
) -> None:
    """设置新密码，该用户须重新登录 · Set a new password; what the user has open ends."""
    with call_of(ctx).app() as opened:
        _require(opened, name)
        admit.give_password(opened.context, name.lower(), _hash(_password(password_stdin)), operator())
    emit({"user": name.lower()})


@app.command()
def disable(ctx: typer.Context, name: str = typer.Argument(..., metavar="NAME")) -> None:
    """禁用用户，已打开的页面立即失效 · Let a user in no more; what he has open ends at once."""
    with call_of(ctx).app() as opened:
        admit.disable(opened.context, name.lower(), operator())
    emit({"user": name.lower(), "disabled": True})


@app.command()
def enable(ctx: typer.Context, name: str = typer.Argument(..., metavar="NAME")) -> None:
    """启用被禁用的用户 · Let a disabled user in again."""
    with call_of(ctx).app() as opened:
        admit.enable(opened.context, name.lower(), operator())
    emit({"user": name.lower(), "disabled": False})


@app.command("second-factor")
def second_factor(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME"),
    reset: bool = typer.Option(
        False,
        "--reset",
        help="重置：手机和备用码都丢了，先只用密码登录 · the telephone is lost: by password alone again",
    ),
) -> None:
    """两步验证是否开启 · Whether a user has a second factor; --reset takes it away, and what he has open ends."""
    with call_of(ctx).app() as opened:
        taken = reset and flow.reset(opened.context, name.lower(), operator())
        with opened.store.read() as tx:
            user = tx.people.user(name.lower())
            if user is None:
                raise NotFound(f"没有用户 {name} (no such user)")
            factor, left = tx.sign_ins.factor(user.id), tx.sign_ins.codes_left(user.id)
    answer = {"user": user.name, "second_factor": factor.is_on, "recovery_codes": left}
    emit(answer | ({"reset": taken} if reset else {}))


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """用户列表 · All users, with their second factor and the time of their last sign-in."""
    with call_of(ctx).app() as opened, opened.store.read() as tx:
        last, secured = tx.people.last_sign_ins(), tx.sign_ins.with_factor()
        for user in tx.people.users():
            row: dict[str, object] = {"user": user.name, "display": user.display, "role": user.role.value}
            at = last.get(user.id)
            row |= {"disabled": user.disabled, "second_factor": user.id in secured}
            emit(row | {"last_sign_in": at.isoformat() if at else None})


def save(opened: App, user: User, action: str) -> None:
    """Writes a new user, or the demo's, with its line in the audit trail."""
    context = opened.context
    entry = AuditEntry(id=context.ids(), at=context.now(), actor=operator(), action=action, subject=f"user:{user.id}")
    with opened.store.write() as tx:
        tx.people.save(user)
        tx.audit.add((entry,))


def operator() -> str:
    """Whoever operates the machine, for the audit trail."""
    return Actor.operator(getuser()).signature


def _require(opened: App, name: str) -> None:
    with opened.store.read() as tx:
        if tx.people.user(name.lower()) is None:
            raise NotFound(f"没有用户 {name} (no such user)")


def _password(from_stdin: bool) -> str:
    if from_stdin or not sys.stdin.isatty():
        word = sys.stdin.readline().rstrip("\r\n")
    else:
        word = getpass("密码 password: ")
        if word != getpass("再输一次 again: "):
            raise BadInput("两次输入不同 (the two differ)")
    admit.require_length(word)
    return word


def _hash(word: str) -> str:
    from huiying.console.passwords import Argon2Passwords  # argon2: only when a password is set

    return Argon2Passwords().hash(word)

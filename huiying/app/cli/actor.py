"""Who gives a command: a person who proves it with the password, or the operator of this machine."""

from __future__ import annotations

import os
import sys
from getpass import getpass, getuser

import typer

from core.domain.errors import BadInput, NotPermitted, WrongUsage
from core.domain.people import Actor, Permission, Role, User
from huiying.app.bootstrap import App

AS = typer.Option("", "--as", help="以谁的名义 · in whose name (default: the operator of this machine)")
PASSWORD = typer.Option("", "--password-env", metavar="VARIABLE", help="装着此人密码的环境变量 · where the password is")


def actor_of(app: App, name: str, password_env: str, wanted: Permission = Permission.WORK_TICKETS) -> Actor:
    """``--as NAME`` alone is a claim, noted beside the operator's login: on a terminal the password is asked for, else
    ``--password-env`` names the variable that holds it. Raises ``NotPermitted`` when it is wrong, and when that
    person's role has not what is ``wanted``."""
    if not name:
        if password_env:
            raise WrongUsage("--password-env 要和 --as 一起用 (goes with --as)")
        return Actor.operator(getuser())
    if not password_env and not sys.stdin.isatty():
        return Actor.operator(getuser(), claims=name)
    with app.store.read() as tx:
        user = tx.people.user(name.lower())
    word = _given(password_env)
    if user is None or not _is_theirs(user, word):
        raise NotPermitted(f"{name} 的密码不对，或没有此人 (no such person, or not the password)")
    if not user.may(wanted):
        raise NotPermitted(f"{name} 没有这个权限：{wanted.value} (the role does not allow it)")
    return Actor.person(user)


def user_of(opened: App, name: str, password_env: str, wanted: Permission = Permission.WORK_TICKETS) -> User:
    """Whose right counts: a person's own role; the operator of the machine may do what an admin may."""
    opened.desks.refresh()
    actor = actor_of(opened, name, password_env, wanted)
    if actor.is_person:
        with opened.store.read() as tx:
            found = tx.people.user(actor.name)
        if found is not None:
            return found
    return User(id=0, name=actor.name, role=Role.ADMIN)


def _given(password_env: str) -> str:
    if not password_env:
        return getpass("密码 password: ")
    word = os.environ.get(password_env, "")
    if not word:
        raise BadInput(f"环境变量 {password_env} 没有设置 (the environment variable is not set)")
    return word


def _is_theirs(user: User, word: str) -> bool:
    from huiying.console.passwords import Argon2Passwords  # argon2: only when a password is checked

    return Argon2Passwords().verify(word, user.password_hash)[0]

"""The console in front of a desk, its users, and a browser that signs in."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from core.domain.people import Role, User
from core.domain.views import QueueFilter
from huiying.console.app import ConsoleContext, create_app
from huiying.console.context import CustomerLetter, Folder, HealthReport, MailServers
from huiying.console.passwords import Argon2Passwords
from huiying.flows.context import Context
from huiying.flows.health import health

PASSWORD = "correct horse battery"
QUICK = Argon2Passwords(rounds=1, memory_kib=64, lanes=1)
"""As slow as production would make every test."""

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


def add_user(context: Context, name: str, role: Role = Role.AGENT, language: str = "zh-CN", display: str = "") -> User:
    user = User(
        id=context.ids(), name=name, display=display, role=role, language=language, password_hash=QUICK.hash(PASSWORD)
    )
    with context.store.write() as tx:
        tx.people.save(user)
    return user


def a_console(
    context: Context,
    *,
    shutdown: threading.Event | None = None,
    inbox: Callable[[], Sequence[CustomerLetter]] | None = None,
    report: Callable[[], HealthReport] | None = None,
    folder: Folder | None = None,
    servers: MailServers | None = None,
    metrics_token: Callable[[], str] = str,
    take_up: Callable[[], object] | None = None,
) -> FastAPI:
    return create_app(
        ConsoleContext(
            context=context,
            passwords=QUICK,
            shutdown=shutdown or threading.Event(),
            version="0.1.0",
            health=report or (lambda: health(context)),
            inbox=inbox,
            folder=folder,
            servers=servers,
            metrics_token=metrics_token,
            take_up=take_up,
        )
    )


def numbers(context: Context) -> list[str]:
    """The numbers of the open tickets by their next due time."""
    with context.store.read() as tx:
        return [row.number for row in tx.views.queue(QueueFilter(), "", 50).rows]


def number_of(context: Context, words: str) -> str:
    """The number of the open ticket whose subject has those words."""
    with context.store.read() as tx:
        return next(row.number for row in tx.views.queue(QueueFilter(), "", 50).rows if words in row.subject)


class Browser:
    """A browser without scripts: keeps cookies, and sends the token that the last page gave it."""

    def __init__(self, app: FastAPI) -> None:
        self.client = TestClient(app, raise_server_exceptions=False)
        self.token = ""

    def sign_in(self, name: str, password: str = PASSWORD) -> Response:
        answer = self.client.post("/sign-in", data={"name": name, "password": password})
        return self._seen(answer)

    def get(self, address: str, **headers: str) -> Response:
        return self._seen(self.client.get(address, headers=headers))

    def post(
        self, address: str, *, token: str | None = None, headers: dict[str, str] | None = None, **form: str
    ) -> Response:
        """A form's POST; does not follow redirects."""
        data = {**form, "csrf": self.token if token is None else token}
        return self.client.post(address, data=data, headers=headers, follow_redirects=False)

    def htmx(self, address: str, **form: str) -> Response:
        headers = {"HX-Request": "true", "X-CSRF-Token": self.token}
        return self.client.post(address, data=form, headers=headers, follow_redirects=False)

    def _seen(self, answer: Response) -> Response:
        if found := _TOKEN.search(answer.text):
            self.token = found[1]
        return answer

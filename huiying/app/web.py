"""Serves the console by uvicorn in a thread; streams end at once when the process stops."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import uvicorn

from core.domain.errors import PortTaken, Unavailable
from core.settings.folder import ConfigFolder
from huiying import __version__
from huiying.app.backtesting import run_backtest
from huiying.app.bootstrap import App
from huiying.app.mailboxes import MailServers
from huiying.console.app import create_app
from huiying.console.context import ConsoleContext, CustomerLetter
from huiying.console.passwords import Argon2Passwords
from huiying.flows.health import Health, health

GRACE_S = 3


class Web:
    """The console on one address. ``listen`` binds at once, so that a taken port is a clear error."""

    def __init__(
        self,
        app: App,
        host: str,
        port: int,
        stop: threading.Event,
        *,
        check: Callable[[], Health] | None = None,
        inbox: Callable[[], Sequence[CustomerLetter]] | None = None,
    ) -> None:
        self._stop = stop
        self._socket = _listen(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        console = ConsoleContext(
            context=app.context,
            passwords=Argon2Passwords(),
            shutdown=stop,
            version=__version__,
            health=check or (lambda: health(app.context)),
            inbox=inbox,
            backtest=partial(run_backtest, app),
            folder=ConfigFolder(app.home.config),
            take_up=app.desks.refresh,
            metrics_token=app.metrics_token,
            servers=MailServers(app),
        )
        config = uvicorn.Config(
            create_app(console),
            log_config=None,
            access_log=False,
            # A refused upgrade would be logged with its address, and signed links carry in it what lets a customer in.
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            lifespan="on",
        )
        self._server = uvicorn.Server(config)

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  shown, not bound
        return f"http://{host}:{self.port}"

    def run(self) -> None:
        """The thread's whole life: serves until the process stops."""
        watcher = threading.Thread(target=self._end_with_process, name="web-stop", daemon=True)
        watcher.start()
        self._server.run(sockets=[self._socket])
        if not self._stop.is_set():
            raise Unavailable("控制台意外结束 (the console ended by itself)")

    def ready(self, seconds: float) -> bool:
        """Waits until the console answers."""
        deadline = time.monotonic() + seconds
        while not self._server.started and time.monotonic() < deadline and not self._stop.is_set():
            time.sleep(0.01)
        return self._server.started

    def _end_with_process(self) -> None:
        self._stop.wait()
        self._server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"无法监听 {host}:{port}：{error.strerror} (cannot listen there)", hint="--port PORT"
        ) from error
    return listener

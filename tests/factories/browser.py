"""A console behind a real server, and a browser that is signed in to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from tests.factories.console import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def serving(app: FastAPI, shutdown: threading.Event) -> Iterator[str]:
    """The console behind a real server on a free port; it must stop although browsers hold streams."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    shutdown.set()
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def sign_in(chromium: Browser, address: str, troubles: list[str], name: str = "li", width: int = 1280) -> Page:
    height, scale = (800, 1) if width > 500 else (844, 2)
    page = chromium.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(address)
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/queue")
    return page

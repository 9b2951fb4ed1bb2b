"""A browser that is signed in to the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.factories.console import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


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

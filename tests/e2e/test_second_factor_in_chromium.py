"""Two-step verification in a real browser, by keyboard: set up, asked for, and switched off."""

from __future__ import annotations

import os

import pyotp
import pytest

from core.domain.keys import KeyRing
from core.domain.people import Role
from store.open import SqlStore
from tests.factories.browser import sign_in
from tests.factories.console import PASSWORD, add_user
from tests.factories.pipeline import Office, worker_context
from tests.fakes.fixed_clock import FixedClock

try:
    from playwright.sync_api import Browser, Page, expect
except ImportError:
    if os.environ.get("HUIYING_TEST_ALL") == "1":
        raise
    pytest.skip("playwright is not installed", allow_module_level=True)

SHOTS = os.environ.get("HUIYING_SCREENSHOTS", "")
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    return Office(worker_context(sqlite_store, keys, clock))


def _shoot(page: Page, name: str) -> None:
    assert page.evaluate(FITS), name
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize(("name", "language", "width"), [("ada", "zh-CN", 1280), ("eve", "en", 390)])
def test_the_whole_way(
    chromium: Browser, address: str, office: Office, clock: FixedClock, name: str, language: str, width: int
) -> None:
    """A picture is shown and a secret, a code confirms; signing in asks for one; a recovery code switches it off."""
    troubles: list[str] = []
    add_user(office.ctx, name, Role.ADMIN, language)
    page = sign_in(chromium, address, troubles, name, width)
    page.emulate_media(color_scheme="dark" if width == 390 else "light")
    page.goto(f"{address}/account")
    _shoot(page, f"account-{language}-{width}")
    page.focus("form[action='/account/second-factor/begin'] button")
    page.keyboard.press("Enter")
    picture = page.locator(".qr-box svg")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None and box["width"] == box["height"] > 180
    phone = pyotp.TOTP((page.text_content("#secret") or "").replace(" ", ""))
    _shoot(page, f"set-up-{language}-{width}")
    page.fill("#one-time", phone.at(clock()))
    page.press("#one-time", "Enter")
    codes = page.input_value("#codes").split()
    assert len(codes) == 10
    _shoot(page, f"recovery-codes-{language}-{width}")
    page.click(".btn-primary")
    _shoot(page, f"account-on-{language}-{width}")
    clock.advance(seconds=30)

    page.context.clear_cookies()
    page.goto(f"{address}/outbox")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.locator("#one-time")).to_be_focused()
    _shoot(page, f"code-{language}-{width}")
    page.keyboard.type(phone.at(clock()))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/outbox")

    page.goto(f"{address}/account")
    form = page.locator("form[action='/account/second-factor/change']")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("[name=code]").fill(codes[0])
    form.locator("[formaction$=off]").press("Enter")
    expect(page.locator("form[action='/account/second-factor/begin']")).to_be_visible()
    page.close()
    assert troubles == []

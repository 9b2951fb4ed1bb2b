"""The agent's short form and the customers' pages in a real browser, wide and narrow, in all languages."""

from __future__ import annotations

import os

import pytest

from core.domain.api_token import is_whole
from core.domain.keys import KeyRing
from core.domain.people import Role
from responder.wording import LANGUAGES
from store.open import SqlStore
from tests.factories.browser import sign_in
from tests.factories.console import add_user
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
    context = worker_context(sqlite_store, keys, clock)
    add_user(context, "li", display="李敏")
    return Office(context)


def _shoot(page: Page, name: str) -> None:
    assert page.evaluate(FITS), name
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_call_is_logged_by_keyboard(chromium: Browser, address: str, width: int) -> None:
    """A few fields, Enter on the button, and the number stands there as a link."""
    troubles: list[str] = []
    page = sign_in(chromium, address, troubles, "li", width)
    page.goto(f"{address}/log")
    expect(page.locator("input[name=channel][value=phone]")).to_be_checked()
    page.fill("input[name=name]", "王女士")
    page.fill("textarea[name=text]", "咖啡机漏水，订单 88231")
    _shoot(page, f"log-{width}")
    page.focus(".btn-primary")
    page.keyboard.press("Enter")
    expect(page.locator(".alert-ok a")).to_have_text("20260305001")
    assert troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_customer_writes_and_sees_how_it_stands(
    chromium: Browser, address: str, office: Office, clock: FixedClock, language: str, width: int
) -> None:
    """Without scripts of ours, in his language, and the button urges."""
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{address}/help?lang={language}")
    _shoot(page, f"portal-{language}-{width}")
    page.fill("input[name=address] >> nth=0", "wang@example.cn")
    page.fill("textarea[name=text]", "咖啡机漏水")
    clock.advance(seconds=30)
    page.click(".btn-primary")
    expect(page.locator(".alert-ok b")).to_have_text("20260305001")
    _shoot(page, f"portal-done-{language}-{width}")
    page.click(".btn-primary")
    expect(page.locator(".portal-step")).to_be_visible()
    clock.advance(seconds=30)
    _shoot(page, f"portal-standing-{language}-{width}")
    page.click("form[action*=urge] button")
    expect(page.locator(".alert-ok")).to_be_visible()
    expect(page.locator("form[action*=urge]")).to_have_count(0)
    page.close()
    assert office.totals()["tickets"] == 1


def test_the_page_of_users_fits(chromium: Browser, address: str, office: Office) -> None:
    """An admin disables by a click, on a wide and on a narrow screen, in both languages."""
    troubles: list[str] = []
    for name, language, width in (("ada", "zh-CN", 1280), ("eve", "en", 390)):
        add_user(office.ctx, name, Role.ADMIN, language)
        page = sign_in(chromium, address, troubles, name=name, width=width)
        page.goto(f"{address}/users")
        _shoot(page, f"users-{language}-{width}")
        page.locator("form[action='/users/li/disable'] button").click()
        expect(page.locator("form[action='/users/li/enable'] button")).to_be_visible()
        page.locator("form[action='/users/li/enable'] button").click()
        expect(page.locator("form[action='/users/li/disable'] button")).to_be_visible()
        page.close()
    assert not troubles


def test_a_token_is_made_copied_and_removed(chromium: Browser, address: str, office: Office) -> None:
    """By keyboard, light and dark; what is copied is the token, without TLS too; removing asks first."""
    troubles: list[str] = []
    field = ".log-form input[name=name]"
    for name, language, width in (("ada", "zh-CN", 1280), ("eve", "en", 390)):
        add_user(office.ctx, name, Role.ADMIN, language)
        page = sign_in(chromium, address, troubles, name=name, width=width)
        page.emulate_media(color_scheme="dark" if width == 390 else "light")
        if width == 390:
            page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.goto(f"{address}/tokens")
        _shoot(page, f"tokens-empty-{language}-{width}")
        page.fill(field, "portal" if width > 390 else "x" * 64)
        page.press(field, "Enter")
        secret = page.input_value("#secret")
        assert is_whole(secret)
        _shoot(page, f"tokens-{language}-{width}")
        page.focus("[data-copy]")
        page.keyboard.press("Enter")
        expect(page.locator(".toast-line")).to_be_visible()
        page.focus(field)
        page.keyboard.press("Control+V")
        assert page.input_value(field) == secret[:64]
        page.once("dialog", lambda asked: asked.dismiss())
        page.click("form[action='/tokens/remove'] button")
        page.once("dialog", lambda asked: asked.accept())
        page.click("form[action='/tokens/remove'] button")
        expect(page.locator("form[action='/tokens/remove']")).to_have_count(0)
        page.close()
    assert not troubles

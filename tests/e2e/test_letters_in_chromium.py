"""Every letter in every language in a real browser, as wide as a desk's window and as narrow as a telephone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.domain.bundle import BundleFiles
from core.domain.keys import KeyRing
from core.domain.people import Role
from huiying.app.desks import Desks
from huiying.flows.compile import compile_desk
from huiying.flows.gallery import Picture, gallery
from huiying.flows.publish import publish
from responder.wording import LANGUAGES
from store.open import SqlStore
from tests.factories.browser import sign_in
from tests.factories.console import a_console, add_user
from tests.factories.letters import LOGO
from tests.factories.pipeline import desk_with_mailbox, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.web_server import serving

try:
    from playwright.sync_api import Browser, Page, expect
except ImportError:
    if os.environ.get("HUIYING_TEST_ALL") == "1":
        raise
    pytest.skip("playwright is not installed", allow_module_level=True)

SHOTS = os.environ.get("HUIYING_SCREENSHOTS", "")
"""A folder: where given, a picture of each letter is taken into it."""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def pictures() -> tuple[Picture, ...]:
    """The shipped letters with a logo and a hotline, as a company has them."""
    files = dict(shipped_files().files)
    files |= {
        "replies/logo.png": LOGO,
        "replies/wording.yaml": "logo: replies/logo.png\nhotline: 400-800-8888\nportal: https://help.example.com\n",
    }
    desk, problems = compile_desk(BundleFiles(files=files))
    assert desk is not None and not problems
    return tuple(gallery(desk))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [640, 360])
def test_every_letter_fits_its_window_and_fetches_nothing(
    chromium: Browser, pictures: tuple[Picture, ...], language: str, width: int
) -> None:
    """Nothing is cut off, the logo is there, the button leads to the ticket's page, and no server hears of it."""
    asked: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.on("request", lambda request: asked.append(request.url))
    for one in pictures:
        if one.language == language:
            _show(page, one)
            assert page.evaluate(FITS), f"{one.slug} is wider than {width}"
            assert page.evaluate("[...document.images].every(each => each.naturalWidth > 0)")
            assert all(link.startswith("https://help.example.com/") for link in _links(page))
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{one.slug}-{width}.png", full_page=True)
    page.close()
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == []


def _show(page: Page, one: Picture) -> None:
    logo = one.words.logo
    assert logo is not None and f"cid:{logo.cid}" in one.words.html
    page.set_content(one.words.shown_html())


def _links(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...document.links].map(each => each.href)")
    return found


@pytest.fixture
def address(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Iterator[str]:
    """The console with its configuration published and an admin who reads Chinese, one who reads English."""
    context = worker_context(sqlite_store, keys, clock)
    desks = Desks(context.store)
    context = replace(context, desk=lambda: desks.refresh() or desk_with_mailbox(), desk_of=desks.of)
    add_user(context, "root", Role.ADMIN)
    add_user(context, "amy", Role.ADMIN, "en")
    publish(context, shipped_files(), author="setup", reason="first")
    shutdown = threading.Event()
    with serving(a_console(context, shutdown=shutdown), shutdown) as found:
        yield found


@pytest.mark.parametrize(("name", "width"), [("root", 1280), ("amy", 390)])
def test_a_letter_is_edited_beside_its_picture(chromium: Browser, address: str, name: str, width: int) -> None:
    """What is typed is checked and shown; a mistake is marked at its line; published, it stands in the list."""
    troubles: list[str] = []
    page = sign_in(chromium, address, troubles, name, width)
    page.goto(f"{address}/letters")
    _shoot(page, f"letters-{name}")
    page.goto(f"{address}/letters/edit?file=replies/news.zh-CN.j2")
    frame = page.frame_locator("iframe[name=letter-frame]")
    expect(frame.locator("body")).to_contain_text("王女士，您好！")
    text = page.input_value("#code")
    page.fill("#code", text.replace("有了新的进展", "很快有进展 {{ nmber }}"))
    expect(page.locator("#gutter .is-bad")).to_have_text("8")
    page.fill("#code", text.replace("有了新的进展", "尽快有进展"))
    expect(page.locator("#gutter .is-hint")).to_have_text("8")
    expect(frame.locator("body")).to_contain_text("尽快有进展")
    _shoot(page, f"letters-edit-{name}")
    page.fill("input[name=reason]", "a test")
    page.click(".btn-primary")
    page.wait_for_url("**/letters")
    expect(page.locator("main")).to_contain_text("a test")
    page.goto(f"{address}/letters/read/news/zh-CN")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("尽快有进展")
    _shoot(page, f"letters-read-{name}")
    assert page.evaluate(FITS)
    assert troubles == []


def _shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(300)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)

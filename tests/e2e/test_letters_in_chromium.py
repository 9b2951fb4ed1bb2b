"""Every letter in every language in a real browser, as wide as a desk's window and as narrow as a telephone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.bundle import BundleFiles
from huiying.flows.compile import compile_desk
from huiying.flows.gallery import Picture, gallery
from responder.wording import LANGUAGES
from tests.factories.letters import LOGO
from tests.factories.pipeline import shipped_files
from tests.fakes.requirement import require_or_skip

try:
    from playwright.sync_api import Browser, Page, sync_playwright
except ImportError:
    if os.environ.get("HUIYING_TEST_ALL") == "1":
        raise
    pytest.skip("playwright is not installed", allow_module_level=True)

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SHOTS = os.environ.get("HUIYING_SCREENSHOTS", "")
"""A folder: where given, a picture of each letter is taken into it."""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        require_or_skip("there is no Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic"])
        yield browser
        browser.close()


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
    page.set_content(one.words.html.replace(f"cid:{logo.cid}", logo.as_data()))


def _links(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...document.links].map(each => each.href)")
    return found

"""The browser that shows pages to the tests: Debian's Chromium, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.fakes.requirement import find_program, require_or_skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    program = find_program("chromium")
    if program is None:
        require_or_skip("there is no Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()

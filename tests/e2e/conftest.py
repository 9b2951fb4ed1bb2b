"""What the tests of the whole thing begin with: a home, and Debian's Chromium without a window."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from huiying.app.cli import run
from tests.fakes.requirement import find_program, require_or_skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.factories.pipeline import Office

ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``init`` makes it; tests work in copies."""
    home = tmp_path_factory.mktemp("new") / "home"
    assert run(["init", str(home)]) == 0
    return home


@pytest.fixture(scope="session")
def published_home(new_home: Path) -> Path:
    """The same, its configuration published once."""
    home = new_home.with_name("published")
    shutil.copytree(new_home, home)
    assert run(["config", "publish", "--home", str(home), "--reason", "first"]) == 0
    return home


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


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Where the console of the test's own office answers."""
    from tests.factories.console import a_console
    from tests.fakes.web_server import serving

    shutdown = threading.Event()
    with serving(a_console(office.ctx, shutdown=shutdown), shutdown) as found:
        yield found

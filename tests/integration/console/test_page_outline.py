"""What somebody who hears a page instead of seeing it finds his way by."""

from __future__ import annotations

import re

import pytest

from core.domain.people import Role
from tests.factories.console import add_user, numbers

PAGES = (
    "queue",
    "tasks",
    "board",
    "outbox",
    "spam",
    "silent",
    "letters",
    "models",
    "health",
    "notices",
    "care",
    "calendar",
)


@pytest.fixture
def admin(office, browser):
    add_user(office.ctx, "eva", Role.ADMIN)
    return browser("eva")


def test_every_page_has_one_title_and_named_columns(admin, busy):
    """Lists and letters, too; no heading of a column is silent, and the health line is a place with a name."""
    number = numbers(busy.ctx)[0]
    busy.work()
    letter = busy.letters()[0].id
    paths = (*PAGES, "reports", f"tickets/{number}", f"outbox/{letter}")
    pages = {path: admin.get(f"/{path}").text for path in paths}
    assert {path: len(re.findall("<h1[ >]", page)) for path, page in pages.items()} == dict.fromkeys(pages, 1)
    assert [path for path, page in pages.items() if re.search(r"<th[^>]*></th>", page)] == []
    assert all(re.search('<section id="strip" aria-label="[^"]', page) for page in pages.values())
    navs = {path: re.findall(r"<nav [^>]*", page) for path, page in pages.items()}
    named = {path: re.findall('aria-label="([^"]+)"', "".join(found)) for path, found in navs.items()}
    assert {path for path in pages if len(set(named[path])) != len(navs[path])} == set()
    assert [path for path, page in pages.items() if '<div class="scroll-x"><table class="numbers"' in page] == []

"""Log lines: one a record, no address in them, and nothing that a stranger wrote can pass for a line of ours."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path

import pytest

from huiying.app.logs import OneLine

GUIDES = Path(__file__).parents[3] / "docs" / "how-to"


def line(message: str, **fields: str) -> str:
    record = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": message, **fields})
    return OneLine().format(record)


def test_a_strangers_line_feed_is_no_new_line() -> None:
    """In the message and in its fields; what is readable stays."""
    said = line("Failed\nforged", path="/a\r\n12:00:00 INFO huiying.rules 全部\u2028x")
    assert said.count("\n") == 0 and "\\n12:00:00" in said and "\\u2028" in said and "全部" in said


def test_addresses_are_cut_out_however_long_the_line() -> None:
    """A word of a hundred thousand letters costs next to nothing."""
    assert line("From wang.fang+a@mail.example.cn to b@c.cn").endswith("From [address] to [address]")
    begun = time.process_time()
    line("x" * 100_000)
    assert time.process_time() - begun < 2.0


@pytest.mark.slow
def test_the_guides_let_every_public_page_through() -> None:
    """What a letter links to is reachable through the web server of the guide, in both languages."""
    from huiying.console.app import PARTS  # half a second that no other of these tests needs

    public = {"/help", "/r/1", "/stop/1", "/static/a/b.css"}
    paths = {getattr(route, "path", "").partition("{")[0] for part in PARTS for route in part.router.routes}
    assert {"/help", "/r/", "/stop/"} <= paths
    for guide in ("customers-pages.md", "customers-pages.zh-CN.md"):
        text = (GUIDES / guide).read_text("utf-8")
        pattern = re.search(r"location ~ (\S+) \{", text)
        assert pattern is not None and all(re.match(pattern[1], path) for path in public)
        assert "X-Forwarded-For" in text and "X-Forwarded-Proto" in text

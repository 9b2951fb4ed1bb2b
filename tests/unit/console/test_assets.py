"""Files are served under names that change with their content."""

from __future__ import annotations

import re

import pytest
from starlette.requests import Request

from huiying.console.assets import STATIC, asset_response, read_assets

TEMPLATES = STATIC.parent / "templates"


def _request(encoding=""):
    return Request({"type": "http", "method": "GET", "path": "/", "headers": [(b"accept-encoding", encoding.encode())]})


def test_a_file_may_be_kept_for_ever_and_comes_zipped(tmp_path):
    """The address holds the content's hash; another hash is not answered, so that no cache mixes versions."""
    (tmp_path / "a.css").write_text("b { color: red }" * 50)
    asset = read_assets(tmp_path)["a.css"]
    answer = asset_response(asset, _request("br, gzip"), asset.digest)
    assert "immutable" in answer.headers["cache-control"] and answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < len(asset.data)
    assert asset_response(asset, _request(), asset.digest).body == asset.data
    assert asset_response(asset, _request(), "0" * 12).status_code == 404
    (tmp_path / "a.css").write_text("b { color: blue }")
    assert read_assets(tmp_path)["a.css"].address != asset.address


def test_what_is_vendored_has_its_licence_beside_it():
    """Each third party's file comes with the text of its licence."""
    vendor = STATIC / "vendor"
    licences = {path.name.removesuffix(".LICENSE.txt") for path in vendor.glob("*.LICENSE.txt")}
    files = {path.name.partition("-")[0] for path in vendor.iterdir() if not path.name.endswith(".txt")}
    assert files <= licences and "tabler-icons" in licences


def test_every_block_of_the_style_sheet_is_closed():
    """An open one swallows all that comes after it."""
    text = (STATIC / "console.css").read_text("utf-8")
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        depth += line.count("{") - line.count("}")
        assert not (line.startswith("/* ──") and depth), f"line {number}: a block above is open"
    assert depth == 0


def test_the_style_sheet_closes_what_it_opens():
    """One brace too few hides every rule behind it on wide screens, and no page complains."""
    text = (STATIC / "console.css").read_text("utf-8")
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_from_every_ground(theme):
    """Four and a half to one, as WCAG 2.2 asks of small text (1.4.3), on each ground that words stand on."""
    tokens = _tokens(theme)
    grounds = ("ground", "paper", "paper-2", "line-2", "accent-soft")
    pairs = [(ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in grounds]
    pairs += [("ink", mark) for mark in ("mark-for", "mark-rule", "mark-against")]
    pairs += [(name, f"{name}-soft") for name in ("red", "amber", "green", "violet")]
    pairs += [
        ("accent-ink", "accent-soft"),
        ("accent-ink", "paper"),
        ("on-fill", "accent-fill"),
        ("on-fill", "red-fill"),
    ]
    weak = {pair: found for pair in pairs if (found := _contrast(*(tokens[name] for name in pair))) < 4.5}
    assert weak == {}


def _tokens(theme):
    """What the style sheet names its colours; what dark leaves out is as in light."""
    text = (STATIC / "console.css").read_text("utf-8")
    head = ':root, [data-bs-theme="light"] {' if theme == "light" else '\n[data-bs-theme="dark"] {'
    given = text.partition(head)[2].partition("\n}")[0]
    found = (_tokens("light") if theme == "dark" else {}) | dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", given))
    return {
        name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
        for name, value in found.items()
    }


def _contrast(one, other):
    """WCAG's ratio of the lighter to the darker."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return round((lighter + 0.05) / (darker + 0.05), 2)


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_no_field_hides_a_form_from_htmx():
    """It asks an element for its ``form``: a field of that name would answer for it, and nothing could be sent."""
    pages = [path for path in TEMPLATES.rglob("*.html") if 'name="form"' in path.read_text("utf-8")]
    assert pages == [] and len(list(TEMPLATES.rglob("*.html"))) > 50

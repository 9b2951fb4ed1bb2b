"""Files are served under names that change with their content."""

from __future__ import annotations

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


def test_no_field_hides_a_form_from_htmx():
    """It asks an element for its ``form``: a field of that name would answer for it, and nothing could be sent."""
    pages = [path for path in TEMPLATES.rglob("*.html") if 'name="form"' in path.read_text("utf-8")]
    assert pages == [] and len(list(TEMPLATES.rglob("*.html"))) > 50

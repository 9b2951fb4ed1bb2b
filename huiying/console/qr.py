"""Draws a QR code as SVG, without anything that the content security policy forbids."""

from __future__ import annotations

from markupsafe import Markup


def qr(text: str) -> Markup:
    """Dark on light, with the quiet zone that scanners need, also where the page is dark."""
    import segno  # its tables take as long as a page: only where a code is drawn

    drawn = segno.make(text, error="m", micro=False)
    return Markup(drawn.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704  segno's own markup: modules of the code, no word of the text

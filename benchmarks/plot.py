"""Draws figures as small plots above each other, each from zero to its own highest, as an SVG for the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

_WIDTH, _HEIGHT, _GAP = 640, 70, 26


def draw(series: Mapping[str, Sequence[float]], places: Sequence[float], foot: str, path: Path) -> None:
    """A line for each name; ``places`` (0 to 1, from left to right) say where its values stand."""
    rows = [_row(number, name, values, places) for number, (name, values) in enumerate(series.items())]
    tall = len(rows) * (_HEIGHT + _GAP) + _GAP
    style = 'font-family="sans-serif" font-size="13"'
    body = "\n".join(rows)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + 20} {tall}" {style}>\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n'
        f'<text x="10" y="{tall - 8}">{foot}</text>\n</svg>\n',
        encoding="utf-8",
    )


def _row(number: int, name: str, values: Sequence[float], places: Sequence[float]) -> str:
    top, base = max([*values, 1e-9]), number * (_HEIGHT + _GAP) + _GAP + _HEIGHT
    points = [(10 + _WIDTH * x, base - _HEIGHT * y / top) for x, y in zip(places, values, strict=True)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    few = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#206bc4"/>' for x, y in points if len(points) < 12)
    return (
        f'<text x="10" y="{base - _HEIGHT - 6}">{name}: {values[0]:.1f} … {values[-1]:.1f}, highest {top:.1f}</text>'
        f'<line x1="10" y1="{base}" x2="{_WIDTH + 10}" y2="{base}" stroke="#adb5bd"/>'
        f'<polyline points="{line}" fill="none" stroke="#206bc4" stroke-width="1.5"/>{few}'
    )

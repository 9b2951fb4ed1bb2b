"""Draws the plots of the pages about models and figures as SVG; the numbers behind each stand in a table beside it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM = 266, 180, 34, 16, 22
_FRAME = Markup(
    '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">'
    '<rect class="plot-area" x="{}" y="4" width="{}" height="{}"/>{}{}</svg>'
)
_TICK = Markup('<text class="plot-tick" x="{}" y="{}" text-anchor="{}">{}</text>')
_DOT = Markup('<circle class="plot-dot" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"><title>{}</title></circle>')
_PATH = Markup('<polyline class="plot-line" points="{}"/>')
_PILLAR = Markup(
    '<rect class="plot-pillar-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {} {}</title></rect>'
)
_DIAGONAL = Markup('<line class="plot-guide" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

Point = Sequence[float]


def reliability_plot(bins: Sequence[Point], label: str) -> Markup:
    """Confidence to the right, accuracy upwards, a dot a bin as large as its rows: on the line the model is honest."""
    total = max((rows for _, _, rows in bins), default=1)
    dots = [
        _DOT.format(*_place(sure, right), 2 + 5 * (rows / total) ** 0.5, f"{sure:.0%} → {right:.0%} ({rows:.0f})")
        for sure, right, rows in bins
    ]
    line = _PATH.format(" ".join("{:.1f},{:.1f}".format(*_place(sure, right)) for sure, right, _ in bins))
    return _plot(label, _DIAGONAL.format(*_place(0, 0), *_place(1, 1)) + line + Markup("").join(dots))


def acceptance_plot(steps: Sequence[Point], label: str) -> Markup:
    """The share that goes without an agent to the right, its accuracy upwards."""
    line = _PATH.format(" ".join("{:.1f},{:.1f}".format(*_place(share, right)) for _, share, right in steps))
    dots = [
        _DOT.format(*_place(share, right), 2.5, f"≥ {sure:.2f}: {share:.0%}, {right:.0%}")
        for sure, share, right in steps
    ]
    guide = _DIAGONAL.format(*_place(0, 0.95), *_place(1, 0.95))
    return _plot(label, guide + line + Markup("").join(dots))


def curve_plot(points: Sequence[tuple[str, float | None]], label: str) -> Markup:
    """Shares from the oldest to the newest, each at its own mark; a gap where there is none."""
    last = max(len(points) - 1, 1)
    shown = [(i / last, name, share) for i, (name, share) in enumerate(points) if share is not None]
    line = _PATH.format(" ".join("{:.1f},{:.1f}".format(*_place(right, share)) for right, _, share in shown))
    dots = [_DOT.format(*_place(right, share), 2.5, f"{name}: {share:.0%}") for right, name, share in shown]
    every = max(1, -(-len(points) // _MOST_MARKS))
    marks = [(i / last, name) for i, (name, _) in enumerate(points) if i % every == 0]
    return _plot(label, line + Markup("").join(dots), marks)


def score_plot(points: Sequence[tuple[str, float]], label: str, best: int) -> Markup:
    """Scores of 1 to ``best`` from the oldest to the newest, each at its own mark."""
    last = max(len(points) - 1, 1)
    shown = [(i / last, name, score) for i, (name, score) in enumerate(points)]
    places = [_place(right, (score - 1) / (best - 1)) for right, _, score in shown]
    line = _PATH.format(" ".join("{:.1f},{:.1f}".format(*place) for place in places))
    dots = [
        _DOT.format(*place, 2.5, f"{name}: {score:.1f}") for place, (_, name, score) in zip(places, shown, strict=True)
    ]
    every = max(1, -(-len(points) // _MOST_MARKS))
    marks = [(right, name) for i, (right, name, _) in enumerate(shown) if i % every == 0]
    heights = [((mark - 1) / (best - 1), str(mark)) for mark in range(1, best + 1)]
    return _plot(label, line + Markup("").join(dots), marks, heights)


def bars_plot(points: Sequence[tuple[str, int, int]], label: str, names: tuple[str, str]) -> Markup:
    """Two counts at each mark, side by side; the same scale for all."""
    top = _round_top(max((count for _, *counts in points for count in counts), default=0))
    room = 1 / max(len(points), 1)
    bars = [
        _PILLAR.format(
            which, *_pillar((place + 0.15 + 0.35 * which) * room, 0.33 * room, count / top), name, names[which], count
        )
        for place, (name, *counts) in enumerate(points)
        for which, count in enumerate(counts)
    ]
    every = max(1, -(-len(points) // _MOST_MARKS))
    marks = [((place + 0.5) * room, name) for place, (name, *_) in enumerate(points) if place % every == 0]
    heights = [(share, f"{top * share:.0f}") for share in (0.0, 0.5, 1.0)]
    return _plot(label, Markup("").join(bars), marks, heights)


def _pillar(right: float, wide: float, high: float) -> tuple[float, float, float, float]:
    """Where a bar begins, how wide and how high it is."""
    left, upper = _place(right, high)
    return left, upper, wide * (WIDTH - LEFT - RIGHT), _place(0, 0)[1] - upper


def _round_top(most: int) -> int:
    """The next 2, 4 or 10 × 10ⁿ: its half is a whole number."""
    tens: int = 10 ** (len(str(most)) - 1)
    return next(step * tens for step in (2, 4, 10) if step * tens >= most)


_MOST_MARKS = 4
_SHARES = tuple((tick, f"{tick:.0%}") for tick in _TICKS)


def _plot(
    label: str,
    inside: Markup,
    marks: Sequence[tuple[float, str]] = _SHARES,
    heights: Sequence[tuple[float, str]] = _SHARES,
) -> Markup:
    ticks = [
        *(_TICK.format(_place(at, 0)[0], HEIGHT - 8, "middle", name) for at, name in marks),
        *(_TICK.format(LEFT - 4, _place(0, at)[1] + 3, "end", name) for at, name in heights),
    ]
    area = (WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - 4)
    return _FRAME.format(WIDTH, HEIGHT, label, LEFT, *area, Markup("").join(ticks), inside)


def _place(right: float, up: float) -> tuple[float, float]:
    """Shares as a point of the picture."""
    return LEFT + right * (WIDTH - LEFT - RIGHT), 4 + (1 - up) * (HEIGHT - BOTTOM - 4)

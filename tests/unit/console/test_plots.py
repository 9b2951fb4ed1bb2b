"""Plots are drawn by the server; nobody's words become markup in them."""

from __future__ import annotations

import re

import pytest

from huiying.console.plots import bars_plot, score_plot


@pytest.mark.parametrize(
    ("most", "scale"), [(0, ["0", "1", "2"]), (3, ["0", "2", "4"]), (7, ["0", "5", "10"]), (273, ["0", "200", "400"])]
)
def test_the_scale_is_of_whole_numbers(most: int, scale: list[str]) -> None:
    """Its half, too; nothing stands out of the picture."""
    plot = bars_plot([("a", most, 0), ("b", 0, most)], "plot", ("in", "out"))
    assert re.findall(r'text-anchor="end">(\d+)<', plot) == scale
    assert all(float(y) >= 4 for y in re.findall(r'plot-pillar-\d" x="[\d.]+" y="([\d.]+)"', plot))


def test_each_pair_of_bars_says_what_it_is() -> None:
    """Side by side, with words for whoever points at one; none of them is markup."""
    plot = bars_plot([("<b>", 1, 2)], "<i>", ("in", "out"))
    assert plot.count("plot-pillar-0") == plot.count("plot-pillar-1") == 1
    assert "&lt;b&gt;: in 1" in plot and "&lt;b&gt;: out 2" in plot and "<b>" not in plot and "<i>" not in plot


def test_scores_stand_on_their_own_scale() -> None:
    """1 to 5, each dot at its height."""
    plot = score_plot([("2026H1", 1), ("2026H2", 5)], "plot", 5)
    assert re.findall(r'text-anchor="end">(\d+)<', plot) == ["1", "2", "3", "4", "5"]
    assert [float(y) for y in re.findall(r'cy="([\d.]+)"', plot)] == [158, 4]
    assert "2026H2: 5.0" in plot


def test_nothing_is_a_picture_without_bars() -> None:
    """And no division by nothing."""
    assert "plot-pillar" not in bars_plot([], "plot", ("in", "out"))

"""The small pieces of markup that templates repeat: icons, bars, and the hidden token of a form."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

_ICON = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>')
_BAR = Markup(
    '<svg class="bar {}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
    '<rect class="bar-all" width="100" height="4" rx="2"/><rect class="bar-part" width="{}" height="4" rx="2"/></svg>'
)
_TOKEN = Markup('<input type="hidden" name="csrf" value="{}">')


def icons(sprite: str) -> Callable[[str], Markup]:
    """Draws an icon of the sprite at that address, by its name."""
    return lambda name: _ICON.format(sprite, name)


def bar(share: int, kind: str = "") -> Markup:
    """A thin bar, ``share`` percent of it filled."""
    return _BAR.format(kind, max(0, min(100, share)))


def tokens(csrf: str) -> Callable[[], Markup]:
    """The field that proves that a form was ours."""
    return lambda: _TOKEN.format(csrf)

"""Reads from a mail's styles what may hide text: which rules there are, whom they mean and which of them wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ingest.colours import background_of, colour_of

Value: TypeAlias = bool | int | str | None
"""Whether it hides, or a colour; None is a colour that nobody knows."""

_LONGEST = 200_000
_LONGEST_VALUE = 500
_MOST_RULES = 1_000
_MOST_STEPS = 300_000
"""Looks at rules and ancestors in one mail; what is not decided by then is shown."""
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_ZERO = re.compile(r"[+-]?(?:0+(?:\.0*)?|\.0+)(?:px|pt|em|rem|ex|%|cm|mm|in|vh)?")
_RELATIVE = re.compile(r".*(?:em|ex|%|er)|inherit|unset")
_OTHER_SCREEN = re.compile(r"\bprint\b|\bspeech\b|\baural\b|\bbraille\b|\btty\b|\bdark\b|\bnot\s+(?:all|screen)\b")
_EVERY_SCREEN = re.compile(r"\s*(?:only\s+)?(?:all|screen)?\s*")
_COMPOUND = re.compile(r"(\*|[a-z][\w-]*)?((?:[.#][\w-]+)*)")
_MOMENTARY = re.compile(r":(?:hover|active|focus|visited|checked|target|:?before|:?after|:?first-l)")
_NO_RULES = re.compile(r"@(?:font-face|page|(?:-[a-z]+-)?keyframes|counter|property)")


@dataclass(frozen=True, slots=True)
class Compound:
    """``td.note#first``: what an element must be."""

    tag: str
    names: frozenset[str]

    def fits(self, tag: str, names: frozenset[str]) -> bool:
        return self.tag in ("", "*", tag) and self.names <= names


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector with what it says; ``sure`` when it holds on every screen and its selector is wholly understood."""

    target: Compound
    above: tuple[Compound, ...]
    says: Mapping[str, tuple[Value, bool]]
    sure: bool
    weight: tuple[int, int, int]


@dataclass(slots=True)
class Element:
    """What selectors ask of an element, and where it stands."""

    tag: str
    names: frozenset[str]
    above: Element | None


def declarations(style: str) -> dict[str, tuple[Value, bool]]:
    """What a style says of showing and of colours, each with whether it is ``!important``."""
    found: dict[str, tuple[Value, bool]] = {}
    for one in style.lower().split(";"):
        name, colon, value = one.partition(":")
        value, important, _ = value[:_LONGEST_VALUE].partition("!")
        read = _READ.get(name.strip())
        if colon and read is not None and value.strip():
            key, decide = read
            decided = decide(value.strip())
            if decided != "" and (important or not found.get(key, (None, False))[1]):
                found[key] = (decided, bool(important))
    return found


def _font_size(value: str) -> Value:
    if _ZERO.fullmatch(value):
        return True
    return "" if _RELATIVE.fullmatch(value) else False


def _visibility(value: str) -> Value:
    return "" if value in ("inherit", "unset") else value in ("hidden", "collapse")


_READ: dict[str, tuple[str, Callable[[str], Value]]] = {
    "display": ("display", lambda value: value == "none"),
    "visibility": ("visibility", _visibility),
    "mso-hide": ("mso-hide", lambda value: value == "all"),
    "font-size": ("font-size", _font_size),
    "max-height": ("max-height", lambda value: _ZERO.fullmatch(value) is not None),
    "overflow": ("overflow", lambda value: value == "hidden"),
    "overflow-y": ("overflow", lambda value: value == "hidden"),
    "color": ("color", colour_of),
    "background": ("background", background_of),
    "background-color": ("background", background_of),
    "background-image": ("background", lambda value: "" if value in ("none", "inherit") else None),
}


class Styles:
    """The rules of a mail's ``<style>`` blocks that say anything about showing, found by what they mean."""

    def __init__(self, blocks: Iterable[tuple[str, str]], *, are_all: bool = True) -> None:
        """``blocks``: text and media of each block, in the mail's order; not ``are_all`` when more lies elsewhere."""
        self.are_all = are_all
        self._by_name: dict[str, list[Rule]] = {}
        self._steps = _MOST_STEPS
        for rule in _first(_rules(blocks)):
            key = min(rule.target.names, default=rule.target.tag or "*")
            self._by_name.setdefault(key, []).append(rule)

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def of(self, element: Element) -> list[Rule]:
        """The rules that mean this element."""
        if self._steps < 0:
            return []
        found = [rule for rule in self._perhaps(element) if self._stands_below(element, rule.above)]
        return found if self._steps >= 0 else []

    def _perhaps(self, element: Element) -> Iterator[Rule]:
        for key in ("*", element.tag, *element.names):
            rules = self._by_name.get(key, ())
            self._steps -= len(rules)
            yield from (rule for rule in rules if rule.target.fits(element.tag, element.names))

    def _stands_below(self, element: Element, wanted: tuple[Compound, ...]) -> bool:
        left, above = len(wanted), element.above
        while left and above is not None:
            self._steps -= 1
            if self._steps < 0:
                return False
            left -= wanted[left - 1].fits(above.tag, above.names)
            above = above.above
        return not left


def _first(rules: Iterator[Rule]) -> Iterator[Rule]:
    return (rule for rule, _ in zip(rules, range(_MOST_RULES), strict=False))


def _rules(blocks: Iterable[tuple[str, str]]) -> Iterator[Rule]:
    order, room = 0, _LONGEST
    for css, media in blocks:
        for selectors, body, sure in _blocks(_COMMENT.sub(" ", css[:room]).lower(), _holds(media.lower())):
            says = declarations(body)
            for selector in selectors.split(",") if says else ():
                order += 1
                rule = _rule(selector.strip(), says, order, sure=sure)
                if rule is not None:
                    yield rule
        room = max(0, room - len(css))


def _blocks(css: str, sure: bool | None) -> Iterator[tuple[str, str, bool]]:
    """Selectors, declarations and whether they hold on every screen; blocks that hold on none are left out."""
    around: list[bool | None] = [sure]
    begun, selectors = 0, ""
    for brace in _BRACE.finditer(css):
        words, begun = css[begun : brace.start()], brace.end()
        if brace[0] == "{":
            selectors = words.rpartition(";")[2].strip()
            around.append(_within(around[-1], selectors))
        elif len(around) > 1:
            holds = around.pop()
            if selectors and not selectors.startswith("@") and holds is not None:
                yield selectors, words, holds
            selectors = ""


def _within(outer: bool | None, prelude: str) -> bool | None:
    if outer is None or not prelude.startswith("@"):
        return outer
    if _NO_RULES.match(prelude):
        return None
    inner = _holds(prelude[6:]) if prelude.startswith("@media") else False
    return inner if outer or inner is None else False


def _holds(media: str) -> bool | None:
    """True on every screen, False on some, None on none: paper, and the dark, where authors repeat what is seen."""
    asked = media.split(",")
    if any(_EVERY_SCREEN.fullmatch(one) for one in asked):
        return True
    return None if all(_OTHER_SCREEN.search(one) for one in asked) else False


def _rule(selector: str, says: Mapping[str, tuple[Value, bool]], order: int, *, sure: bool) -> Rule | None:
    """A selector that is not wholly understood may mean more elements than it does, and then is not ``sure``."""
    if not selector or len(selector) > 500 or _MOMENTARY.search(selector):
        return None
    words = selector.replace(">", " ").split()
    compounds = [found for found in map(_compound, words) if found]
    is_understood = len(compounds) == len(words) and ">" not in selector
    target = compounds[-1] if is_understood else _beginning(words[-1])
    names = [name for one in compounds for name in one.names]
    ids = sum(name.startswith("#") for name in names)
    tags = sum(one.tag not in ("", "*") for one in compounds)
    weight = (ids, len(names) - ids, tags * 10 * _LONGEST + order)
    return Rule(target, tuple(compounds[:-1]) if is_understood else (), says, sure and is_understood, weight)


def _beginning(word: str) -> Compound:
    """``td.note`` of ``td.note:not(.x)``: at least what it means."""
    found = _COMPOUND.match(word)
    return (_compound(found[0]) if found else None) or Compound("*", frozenset())


def _compound(word: str) -> Compound | None:
    found = _COMPOUND.fullmatch(word)
    return Compound(found[1] or "", frozenset(re.findall(r"[.#][\w-]+", found[2]))) if found and word else None

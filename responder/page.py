"""Makes the HTML part of a letter from its plain text, so that both always say the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files

from jinja2 import Template

from responder.logo import Logo
from responder.template import html_environment

FOOTER_MARK = "--"
_FACT = re.compile(r"([^\s：:，。,（(！!？?][^：:\n，。（(！!？?]{0,19})(?:：|: )\s*(\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph; a list of facts when every line is ``label：value``; a button, or a quiet line, that leads to
    ``address``."""

    kind: str
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    address: str = ""


@cache
def load_frame() -> Template:
    """The built-in HTML frame; everything put into it is escaped. Nobody can change it: it is compiled once."""
    source = (package_files("responder") / "builtin" / "letters" / "frame.html.j2").read_text("utf-8")
    return html_environment().from_string(source)


def render_page(
    frame: Template,
    *,
    text: str,
    title: str,
    language: str,
    links: Collection[str] = (),
    quiet: str = "",
    prose: Collection[str] = (),
    logo: Logo | None = None,
    team: str = "",
) -> str:
    """The page of a plain text: its blocks, and what stands below the signature mark as footer. A line that leads to
    one of ``links`` becomes a button, one to ``quiet`` a small link, nothing else a link; what an agent wrote
    (``prose``) is never a list of facts."""
    body, _, footer = text.partition(f"\n{FOOTER_MARK}\n")
    lines = tuple(line.strip() for line in footer.splitlines() if line.strip())
    written = frozenset(line.strip() for each in prose for line in each.splitlines() if line.strip())
    return frame.render(
        blocks=tuple(_blocks(body, links, quiet, written)),
        footer=lines,
        title=title,
        language=language,
        logo=logo,
        team=team,
    )


def _blocks(text: str, links: Collection[str], quiet: str, written: frozenset[str]) -> Iterator[Block]:
    for part in re.split(r"\n\s*\n", text):
        lines = tuple(line.strip() for line in part.splitlines() if line.strip())
        if not lines:
            continue
        facts = tuple((found[1].strip(), found[2].strip()) for line in lines if (found := _FACT.fullmatch(line)))
        if len(lines) == len(facts) == 1 and facts[0][1] in links:
            yield Block(kind="button", lines=(facts[0][0],), address=facts[0][1])
        elif len(lines) == len(facts) == 1 and quiet and facts[0][1] == quiet:
            yield Block(kind="quiet", lines=(facts[0][0],), address=quiet)
        elif len(facts) == len(lines) and not any(each in line for line in lines for each in written):
            yield Block(kind="facts", facts=facts)
        else:
            yield Block(kind="text", lines=lines)

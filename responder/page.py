"""Makes the HTML part of a letter from its plain text, so that both always say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files as package_files

from jinja2 import Template

from responder.template import html_environment

FOOTER_MARK = "--"
_LINK = re.compile(r"https?://[^\s<>\"]{1,300}/r/[0-9a-z.]{30,80}")
"""The one page that a letter leads to; nothing else that looks like an address becomes a link."""
_FACT = re.compile(r"([^\s：:][^：:\n]{0,19})(?:：|: )\s*(\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, a list of facts when every line is ``label：value``, or a link on a line of its own."""

    kind: str
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def load_frame() -> Template:
    """The built-in HTML frame; everything put into it is escaped."""
    source = (package_files("responder") / "builtin" / "letters" / "frame.html.j2").read_text("utf-8")
    return html_environment().from_string(source)


def render_page(frame: Template, *, text: str, title: str, language: str) -> str:
    """The page of a plain text: its blocks, and what stands below the signature mark as footer."""
    body, _, footer = text.partition(f"\n{FOOTER_MARK}\n")
    lines = tuple(line.strip() for line in footer.splitlines() if line.strip())
    return frame.render(blocks=tuple(_blocks(body)), footer=lines, title=title, language=language)


def _blocks(text: str) -> Iterator[Block]:
    for part in re.split(r"\n\s*\n", text):
        lines = tuple(line.strip() for line in part.splitlines() if line.strip())
        if not lines:
            continue
        facts = tuple((found[1].strip(), found[2].strip()) for line in lines if (found := _FACT.fullmatch(line)))
        if len(lines) == 1 and _LINK.fullmatch(lines[0]):
            yield Block(kind="link", lines=lines)
        elif len(facts) == len(lines):
            yield Block(kind="facts", facts=facts)
        else:
            yield Block(kind="text", lines=lines)

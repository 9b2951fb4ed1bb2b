"""Writes the reference of all commands from the program itself: ``python -m huiying.app.cli.reference > FILE``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huiying.app.cli.commands import program

HEAD = """# Commands

`huiying` (in a checkout: `./run`). `--home DIR` (or `HUIYING_HOME`) and `--json` may stand before or after the
command. stdout carries the answer only; everything else goes to stderr.
Exit 0 done, 1 a negative answer or bad data, 2 wrong usage,
3 could not try: try later. This page is generated from the program.
"""


def commands_page() -> str:
    """The page as Markdown."""
    return HEAD + "".join(_described("huiying", program()))


def _described(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401  typer's own classes are not public
    for name, child in sorted(getattr(command, "commands", {}).items()):
        words = " ".join(_usage(child.params))
        yield f"\n## `{path} {name}{' ' + words if words else ''}`\n\n{(child.help or '').strip()}\n"
        rows = [_row(param) for param in child.params if param.name != "help"]
        if rows:
            yield "\n| | |\n|---|---|\n" + "\n".join(rows) + "\n"
        yield from _described(f"{path} {name}", child)


def _usage(params: list[Any]) -> Iterator[str]:
    for param in params:
        if param.param_type_name == "argument":
            yield (param.metavar or str(param.name)).upper() if param.required else f"[{_bare(param)}]"


def _bare(param: Any) -> str:  # noqa: ANN401  as above
    return (param.metavar or str(param.name)).strip("[]").upper()


def _row(param: Any) -> str:  # noqa: ANN401  as above
    names = ", ".join(f"`{name}`" for name in param.opts) if param.param_type_name == "option" else f"`{_bare(param)}`"
    needed = " **required**" if param.required else ""
    help_ = (getattr(param, "help", "") or "").replace("|", "\\|")
    return f"| {names}{needed} | {help_} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(commands_page())

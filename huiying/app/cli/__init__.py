"""The command line: a contract that others test against (DESIGN 4)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from core.domain.errors import HuiyingError
from huiying.app.cli.console import compact, say
from huiying.app.cli.state import Call


def main(argv: Sequence[str] | None = None) -> None:
    """Runs one command and exits: 0 done, 1 a negative answer or bad data, 2 wrong usage, 3 try later."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """The same as a function: the exit code."""
    from huiying.app.cli.commands import program

    call, rest = _take_common(list(argv))
    try:
        code = program()(rest, prog_name="huiying", standalone_mode=False, obj=call)
        return code if isinstance(code, int) else 0
    except typer.Exit as done:
        return done.exit_code
    except typer.TyperException as error:
        _show_usage(error)
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except HuiyingError as error:
        _tell(error, call)
        return error.exit_code
    except BrokenPipeError:
        # The reader went away (such as `head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _show_usage(error: typer.TyperException) -> None:
    """The message with the command's usage, where typer can show it."""
    show = getattr(error, "show", None)
    if callable(show):
        show(sys.stderr)
    else:
        say(f"huiying: {error.message}")


def _tell(error: HuiyingError, call: Call) -> None:
    say(f"huiying: {error.message}")
    if error.hint:
        say(f"        → {error.hint}")
    if call.json:
        say(compact({"error": error.message, "code": error.code, "hint": error.hint}))


def _take_common(argv: list[str]) -> tuple[Call, list[str]]:
    """Takes ``--home DIR`` and ``--json`` from wherever they stand before a ``--``."""
    call = Call()
    end = argv.index("--") if "--" in argv else len(argv)
    rest: list[str] = []
    words = iter(argv[:end])
    for word in words:
        if word == "--json":
            call.json = True
        elif word.startswith("--home="):
            call.home = word.partition("=")[2]
        elif word == "--home":
            call.home = next(words, "")
        else:
            rest.append(word)
    return call, rest + argv[end:]

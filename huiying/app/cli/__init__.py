"""The command line: a contract that others test against (DESIGN 4)."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from core.domain.errors import BadInput, HuiyingError, Unavailable, WrongUsage
from huiying.app.cli.console import compact, mend_streams, say
from huiying.app.cli.state import Call

TRACEBACK = "HUIYING_TRACEBACK"
_WRONG_PATH = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


def main(argv: Sequence[str] | None = None) -> None:
    """Runs one command and exits: 0 done, 1 a negative answer or bad data, 2 wrong usage, 3 try later."""
    mend_streams()
    try:
        code = run(sys.argv[1:] if argv is None else argv)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        code = _tell_fault(error)
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """The same as a function: the exit code. What is not meant to happen is raised."""
    from huiying.app.cli.commands import program

    call, rest = _take_common(list(argv))
    try:
        if call.home == "":
            raise WrongUsage("--home DIR：缺少工作目录 (the folder is missing)")
        # Not called as a whole: typer would take a reader that went away for a failure.
        with program().make_context("huiying", rest, obj=call) as context:
            code = program().invoke(context)
        return code if isinstance(code, int) else 0
    except typer.Exit as done:
        return done.exit_code
    except typer.TyperException as error:
        _show_usage(error)
        return 2
    except (typer.Abort, KeyboardInterrupt, EOFError):
        return 130
    except HuiyingError as error:
        return _tell(error, call)
    except BrokenPipeError:
        # The reader went away (such as `head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        return _tell(_of_the_system(error), call)


def _of_the_system(error: OSError) -> HuiyingError:
    """A path that is wrong is bad input; a full disk and the like may be tried again."""
    kind = BadInput if isinstance(error, _WRONG_PATH) else Unavailable
    place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
    return kind(f"{place}{error.strerror or error}")


def _tell_fault(error: Exception) -> int:
    """Our own fault, in one line with the place: a traceback helps whoever mends it, not whoever meets it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    say(f"huiying: 程序出错 (a fault of the program): {type(error).__name__}: {error}")
    say(f"        {place.filename}:{place.lineno}")
    say(f"        → {TRACEBACK}=1 huiying …：显示详情，请附在报告里 (shows all of it, for the report)")
    return 1


def _show_usage(error: typer.TyperException) -> None:
    """The message with the command's usage, where typer can show it."""
    show = getattr(error, "show", None)
    if callable(show):
        show(sys.stderr)
    else:
        say(f"huiying: {error.message}")


def _tell(error: HuiyingError, call: Call) -> int:
    say(f"huiying: {error.message}")
    if error.hint:
        say(f"        → {error.hint}")
    if call.json:
        say(compact({"error": error.message, "code": error.code, "hint": error.hint}))
    return error.exit_code


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

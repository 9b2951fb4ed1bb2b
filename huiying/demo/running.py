"""Decides how a second command finds a running demo: a file in its home, and a pointer in the user's own folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from core.domain.errors import NotFound
from huiying.demo.home import write_private

_FILE = "demo.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDemo:
    """What a running demo tells about itself; ``drop`` is the SMTP port that takes your own mail in."""

    home: str
    address: str
    console: str
    imap: tuple[str, int]
    smtp: tuple[str, int]
    drop: tuple[str, int]
    pid: int


def announce(demo: RunningDemo, environ: Mapping[str, str]) -> None:
    """Writes ``demo.json`` into the home and the pointer; the newest demo of a user is the one that is found."""
    write_private(Path(demo.home) / _FILE, json.dumps(asdict(demo), ensure_ascii=False) + "\n")
    pointer = _pointer(environ)
    pointer.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(pointer, json.dumps({"home": demo.home}, ensure_ascii=False) + "\n")


def withdraw(demo: RunningDemo, environ: Mapping[str, str]) -> None:
    """Removes both files, the pointer only if it still names this demo."""
    pointer = _pointer(environ)
    if _home_in(pointer) == demo.home:
        pointer.unlink(missing_ok=True)
    (Path(demo.home) / _FILE).unlink(missing_ok=True)


def find_running(home: Path | None, environ: Mapping[str, str]) -> RunningDemo:
    """The demo of that home, without one that of HUIYING_HOME if one runs there, else the user's newest; ``NotFound``
    when none says that it runs."""
    where = str(home) if home is not None else _meant(environ)
    try:
        told = json.loads((Path(where) / _FILE).read_text(encoding="utf-8"))
        return RunningDemo(
            home=told["home"],
            address=told["address"],
            console=told["console"],
            imap=(told["imap"][0], told["imap"][1]),
            smtp=(told["smtp"][0], told["smtp"][1]),
            drop=(told["drop"][0], told["drop"][1]),
            pid=told["pid"],
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise NotFound(
            "没有正在运行的演示。No running demo was found.", hint="先运行 / first run: huiying demo"
        ) from error


def _meant(environ: Mapping[str, str]) -> str:
    named = environ.get("HUIYING_HOME", "")
    return named if named and (Path(named) / _FILE).is_file() else _home_in(_pointer(environ))


def _pointer(environ: Mapping[str, str]) -> Path:
    """``$XDG_RUNTIME_DIR``, else ``$XDG_CACHE_HOME``, else ``~/.cache`` (XDG Base Directory Specification)."""
    base = environ.get("XDG_RUNTIME_DIR") or environ.get("XDG_CACHE_HOME")
    folder = Path(base) if base else Path(environ.get("HOME") or Path.home()) / ".cache"
    return folder / "huiying" / _FILE


def _home_in(pointer: Path) -> str:
    try:
        told = json.loads(pointer.read_text(encoding="utf-8"))
        return str(told["home"])
    except (OSError, ValueError, KeyError, TypeError):
        return "/nonexistent"

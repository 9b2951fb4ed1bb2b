"""How commands speak: answers on stdout, everything else on stderr (DESIGN 4)."""

from __future__ import annotations

import io
import json
import os
import re
import sys

_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def mend_streams() -> None:
    """Whoever starts us without a standard stream gets an empty one, so that no file we open is taken for it; and what
    the locale cannot write is replaced."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def emit(value: object) -> None:
    """One compact JSON object on a line of its own: UTF-8 whatever the locale, nothing that breaks a line."""
    write_line(compact(value))


def compact(value: object) -> str:
    """JSON without spaces; control characters and Unicode line ends escaped, lone surrogates replaced."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    text = _SURROGATES.sub("\ufffd", text)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def write_line(text: str) -> None:
    """One line of the answer."""
    out = sys.stdout.buffer if hasattr(sys.stdout, "buffer") else None
    if out is None:
        sys.stdout.write(text + "\n")
        return
    sys.stdout.flush()
    out.write(text.encode("utf-8", "replace") + b"\n")
    out.flush()


def say(text: str) -> None:
    """A word to the person at the terminal; never part of the answer."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _plain(value: object) -> object:
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"no JSON for {type(value).__name__}")

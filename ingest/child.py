"""The parse worker: reads length-prefixed mails from stdin, writes length-prefixed JSON to stdout, within hard limits.

Started by ``ingest.workers`` through exec, with an environment that holds no secret. Its first frame is its
settings. It dies with its parent: by a signal from the kernel while busy, at the end of stdin while idle.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from typing import BinaryIO

from core.domain.mail import ParsedOrNot
from ingest.limits import ParseOptions
from ingest.parse import parse_mail
from ingest.scan import unparsable
from ingest.wire import to_bytes

LENGTH = struct.Struct(">Q")
READY = b"ready"
_PR_SET_PDEATHSIG = 1
_MOST_FILES = 64

Parse = Callable[[bytes, ParseOptions], ParsedOrNot]


def main(parse: Parse = parse_mail) -> None:
    """Serves mails until stdin ends."""
    die_with_parent()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not get between the frames.
    os.dup2(2, 1)
    settings = json.loads(read_frame(source) or b"{}")
    limit_memory(int(settings["memory_bytes"]))
    options = ParseOptions(own_addresses=tuple(settings["own_addresses"]))
    write_frame(sink, READY)
    _warm_up(source)
    while (data := read_frame(source)) is not None:
        limit_cpu(int(settings["cpu_seconds"]))
        write_frame(sink, _answer(parse, data, options, int(settings["most_json"])))


def _answer(parse: Parse, data: bytes, options: ParseOptions, most: int) -> bytes:
    try:
        answer = to_bytes(parse(data, options))
    except MemoryError:
        return to_bytes(ParsedOrNot(failure=unparsable(data, "the parser needed more memory than it may have")))
    if len(answer) > most:
        return to_bytes(ParsedOrNot(failure=unparsable(data, "the parsed mail is larger than may be handed over")))
    return answer


def read_frame(source: BinaryIO) -> bytes | None:
    """The next frame; None when the other side has closed."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    size = LENGTH.unpack(head)[0]
    data = source.read(size)
    return data if len(data) == size else None


def write_frame(sink: BinaryIO, data: bytes) -> None:
    sink.write(LENGTH.pack(len(data)))
    sink.write(data)
    sink.flush()


def die_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            sys.exit(0)


def limit_memory(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def limit_cpu(seconds: int) -> None:
    """The limit counts from now: a worker parses many mails in its life."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    wanted = int(time.process_time()) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))


def _warm_up(source: BinaryIO) -> None:
    """Imports the heavy HTML libraries while nothing waits, so that no mail waits for them."""
    if select.select([source], [], [], 0.0)[0]:
        return
    from ingest.html import html_text
    from ingest.html_display import safe_html
    from ingest.language import language_of

    html_text("<p>回应</p>")
    safe_html("<p>回应</p>")
    language_of("", "您好，请问订单什么时候发货？")


if __name__ == "__main__":
    main()

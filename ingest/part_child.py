"""Gives one attachment of a mail from a process of its own, within the limits of the parse workers.

Its argument is the part's path; the mail comes on stdin, and what goes to stdout begins with 1 where there is such a
part, else it is a single 0.
"""

from __future__ import annotations

import os
import sys

from ingest.child import die_with_parent, limit_cpu, limit_memory
from ingest.parse import part_bytes


def main() -> None:
    memory, seconds, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    die_with_parent()
    sink = os.fdopen(os.dup(1), "wb")
    # What a library prints must not get into the attachment.
    os.dup2(2, 1)
    limit_memory(memory)
    limit_cpu(seconds)
    found = part_bytes(sys.stdin.buffer.read(), path)
    with sink:
        sink.write(b"0" if found is None else b"1" + found)


if __name__ == "__main__":
    main()

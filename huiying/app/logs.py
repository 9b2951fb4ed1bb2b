"""Sets up logging: one line a record on stderr, a human sentence with its fields, no address and no body."""

from __future__ import annotations

import logging
import re
import sys

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
# 64 is the longest local part (RFC 5321, 4.5.3.1.1); without a bound a long word would cost its square.
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class OneLine(logging.Formatter):
    """``12:00:01 INFO huiying.config Configuration … is in force. action=…``; addresses are cut out here, once."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={_plain(value)}" for key, value in vars(record).items() if key not in _STANDARD)
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname} {record.name} {_plain(record.getMessage())}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return _ADDRESS.sub("[address]", f"{line} {fields}".rstrip())


def _plain(value: object) -> str:
    """On one line whatever a stranger wrote: nobody forges a line of ours."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], str(value))


def set_up_logs(level: int = logging.INFO) -> None:
    """For the process: everything from ``level`` on goes to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for loud in ("alembic", "imapclient", "uvicorn.access", "pymap", "mail.log"):
        logging.getLogger(loud).setLevel(logging.WARNING)

"""How a cell is written into CSV, so that no spreadsheet takes it for a formula, and read from it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from core.domain.errors import BadInput

MOST_OCTETS = 20_000_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A sheet takes a cell that begins so for a formula; an apostrophe before it makes it text."""


def csv_line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue()


def read_cell(cell: str) -> str:
    plain = cell.strip()
    return plain[1:] if plain.startswith("'") and plain[1:].startswith(_FORMULA) else plain


def csv_text(data: bytes) -> str:
    """UTF-8, or what a Chinese spreadsheet writes."""
    if len(data) > MOST_OCTETS:
        raise BadInput(f"文件超过 {MOST_OCTETS // 1_000_000} MB (the file is larger than that)")
    for charset in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    raise BadInput("既不是 UTF-8 也不是 GB18030 (neither UTF-8 nor GB18030)")

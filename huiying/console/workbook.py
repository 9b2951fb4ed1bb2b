"""Writes a sheet as an Excel workbook, row by row into a file: real dates, text that is never a formula or a link."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any

from huiying.flows.sheet_words import Cell
from huiying.flows.sheets import Row

MOST_ROWS = 1_048_576
"""What one worksheet holds, its headings among them; what is more goes on the next one."""
_LOOKED_AT = 200
"""So many rows say how wide a column is."""
_NARROWEST, _WIDEST = 10, 50
_MINUTE = 17


def write_workbook(file: IO[bytes], title: str, headings: Row, rows: Iterable[Row], *, most: int = MOST_ROWS) -> None:
    """Only the row that is written is held; XlsxWriter keeps the others on the disk until the file is closed."""
    from xlsxwriter import Workbook

    book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    pages = [_Page(book, title, headings)]
    for row in rows:
        if pages[-1].lines == most:
            pages.append(_Page(book, f"{title} {len(pages) + 1}", headings))
        pages[-1].add(row)
    for page in pages:
        page.widen()
    book.close()


class _Page:
    """One worksheet: its headings stay in sight."""

    def __init__(self, book: Any, title: str, headings: Row) -> None:  # noqa: ANN401  an untyped library
        self._page = book.add_worksheet(title)
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
        self._minute = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top", "align": "left"})
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "valign": "top", "text_wrap": True})
        self._widths = [_NARROWEST] * len(headings)
        self.lines = 1
        self._page.freeze_panes(1, 0)
        for place, heading in enumerate(headings):
            self._page.write_string(0, place, str(heading), head)

    def add(self, row: Row) -> None:
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                self._page.write_datetime(self.lines, place, cell.replace(tzinfo=None), self._minute)
            elif isinstance(cell, date):
                self._page.write_datetime(self.lines, place, cell, self._day)
            elif isinstance(cell, str):
                self._page.write_string(self.lines, place, cell, self._text)
            else:
                self._page.write_number(self.lines, place, cell, self._text)
        if self.lines <= _LOOKED_AT:
            self._widths = [max(width, _width(cell)) for width, cell in zip(self._widths, row, strict=True)]
        self.lines += 1

    def widen(self) -> None:
        for place, width in enumerate(self._widths):
            self._page.set_column(place, place, min(width + 1, _WIDEST))


def _width(cell: Cell) -> int:
    """In narrow characters, of the longest line."""
    if isinstance(cell, datetime):
        return _MINUTE
    return max((sum(1 if char.isascii() else 2 for char in line) for line in str(cell).splitlines()), default=0)

"""A sheet as an Excel workbook: real dates, text that stays text, headings in sight."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from zoneinfo import ZoneInfo

from huiying.console.workbook import write_workbook

SHANGHAI = ZoneInfo("Asia/Shanghai")


def parts(*rows: tuple[object, ...], most: int = 10) -> dict[str, str]:
    """The workbook's files by name."""
    file = io.BytesIO()
    write_workbook(file, "执行跟踪表", ("编号", "时间"), rows, most=most)  # type: ignore[arg-type]  # of objects
    with zipfile.ZipFile(file) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def test_dates_are_dates_and_text_is_text() -> None:
    """The wall clock's minute; no formula, no link; numbers count."""
    minute = datetime(2026, 3, 5, 18, 0, tzinfo=SHANGHAI)
    book = parts(("=1+1", minute), ("https://example.cn", date(2026, 3, 5)), ("", 4.5))
    sheet = book["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet and "hyperlink" not in sheet and "<t>=1+1</t>" in sheet
    assert re.findall(r"<v>([\d.]+)</v>", sheet) == ["46086.75", "46086", "4.5"]
    assert 'state="frozen"' in sheet and "yyyy-mm-dd hh:mm" in book["xl/styles.xml"]
    assert 'name="执行跟踪表"' in book["xl/workbook.xml"]


def test_what_one_worksheet_does_not_hold_stands_on_the_next() -> None:
    """Under the same headings."""
    book = parts(("1", 1), ("2", 2), ("3", 3), most=3)
    assert "<t>编号</t>" in book["xl/worksheets/sheet2.xml"] and "<v>3</v>" in book["xl/worksheets/sheet2.xml"]
    assert 'name="执行跟踪表 2"' in book["xl/workbook.xml"]

"""Decides whether a configuration file's bytes are text that is safe to parse."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import islice

from core.domain.bundle import Problem

MOST_BYTES = 4 * 1024 * 1024
MOST_PROBLEMS = 200
"""A file with more mistakes than this is not read to its end."""


PICTURES = (".png", ".jpg", ".jpeg")
"""Files that are no text: a bundle holds them as base64."""
_WIDTH = 76


def encode_picture(data: bytes) -> str:
    """A picture as a bundle holds it, in lines that a difference can show."""
    text = base64.b64encode(data).decode()
    return "".join(f"{text[at : at + _WIDTH]}\n" for at in range(0, len(text), _WIDTH))


def file_bytes(name: str, content: str) -> bytes:
    """The bytes of a bundle's file as the folder has them. A picture that is no base64 stays as it is: it was
    published nevertheless and is told as a problem."""
    if not name.endswith(PICTURES):
        return content.encode()
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except ValueError:
        return content.encode()


def decode_file(data: bytes, file: str) -> tuple[str | None, tuple[Problem, ...]]:
    """The text of a configuration file, or the place of the first byte that is not UTF-8; a picture's base64."""
    if len(data) > MOST_BYTES:
        return None, (_too_large(file),)
    if file.endswith(PICTURES):
        return encode_picture(data), ()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        return None, (
            Problem(
                file=file,
                line=line,
                column=column,
                zh=f"文件不是 UTF-8 编码（字节 0x{data[error.start]:02x}）",
                en=f"the file is not UTF-8 (byte 0x{data[error.start]:02x})",
                hint_zh="请在编辑器里把文件另存为 UTF-8",
                hint_en="save the file as UTF-8 in your editor",
            ),
        )
    return text.replace("\r\n", "\n").replace("\r", "\n"), ()


_SURROGATE = re.compile("[\\ud800-\\udfff]")


def as_text(content: str | bytes, file: str) -> tuple[str | None, tuple[Problem, ...]]:
    if isinstance(content, bytes):
        return decode_file(content, file)
    if len(content) > MOST_BYTES or len(content.encode("utf-8", "replace")) > MOST_BYTES:
        return None, (_too_large(file),)
    found = _SURROGATE.search(content)
    if found is None:
        return content.removeprefix("\ufeff"), ()
    line, column = line_column(content, found.start())
    zh, en = "文件含有无效字符", "the file has an invalid character"
    return None, (Problem(file=file, line=line, column=column, zh=zh, en=en),)


def line_column(text: str, place: int) -> tuple[int, int]:
    return text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)


def _too_large(file: str) -> Problem:
    limit = MOST_BYTES // (1024 * 1024)
    return Problem(
        file=file,
        line=1,
        column=1,
        zh=f"文件超过 {limit} MB，不予读取",
        en=f"the file is larger than {limit} MB and is not read",
        hint_zh="请拆成几个文件",
        hint_en="split it into several files",
    )


_INDENTED_TAB = re.compile(r" *\t\s*\S")


def tab_problems(text: str, file: str) -> Iterator[Problem]:
    """One problem for each line that has a tab among the spaces it begins with."""
    if "\t" not in text:
        return
    lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if _INDENTED_TAB.match(line))
    for number, line in islice(lines, MOST_PROBLEMS):
        yield Problem(
            file=file,
            line=number,
            column=line.index("\t") + 1,
            zh="缩进里有制表符（Tab）",
            en="a tab is used for indentation",
            hint_zh="请用空格缩进，每层 2 个",
            hint_en="indent with spaces, two a level",
        )

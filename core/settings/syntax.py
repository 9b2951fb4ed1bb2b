"""Says in an admin's words where YAML is broken and what to do about it."""

from __future__ import annotations

import re

import yaml

from core.domain.bundle import Problem
from core.settings.content import line_column

_SYNTAX: tuple[tuple[tuple[str, ...], str, str, str, str], ...] = (
    (
        ("could not find expected ':'",),
        "缺少冒号",
        "a colon is missing",
        "键后面写半角冒号和一个空格，如 title: 退款",
        "write a colon and a space after the key, as in title: refund",
    ),
    (
        ("mapping values are not allowed",),
        "这里不能再出现冒号",
        "a colon is not allowed here",
        "值里有冒号时给整个值加引号",
        "quote the whole value when it has a colon",
    ),
    (
        ("<block end>", "expected key", "<document start>"),
        "缩进或引号不对",
        "the indentation or a quote is wrong",
        "同级的键要左对齐；引号要成对",
        "keys of one level start in the same column; quotes come in pairs",
    ),
    (
        ("expected '-' indicator",),
        "列表项没有对齐",
        "a list item is not aligned",
        "同一列表的 - 要左对齐",
        "the dashes of one list start in the same column",
    ),
    (
        ("flow",),
        "方括号或花括号没有写完",
        "a bracket is not closed",
        "项之间用半角逗号，最后补上 ] 或 }",
        "separate items by commas and close with ] or }",
    ),
    (
        ("cannot start any token",),
        "这个字符不能开头",
        "a value cannot begin with this character",
        "给整个值加引号",
        "quote the whole value",
    ),
    (
        ("control characters",),
        "文件含有控制字符",
        "the file has a control character",
        "删去不可见的字符",
        "delete the invisible character",
    ),
    (
        ("quoted scalar",),
        "双引号里的反斜杠写法不认识",
        "an unknown escape in double quotes",
        "改用单引号，或把 \\ 写成 \\\\",
        "use single quotes, or write \\ as \\\\",
    ),
    (
        ("alias", "anchor"),
        "不能使用锚点 & 和别名 *",
        "anchors (&) and aliases (*) are not allowed",
        "文字以 & 或 * 开头时加引号",
        "quote a text that begins with & or *",
    ),
    (
        ("block scalar",),
        "| 或 > 后面的写法不对",
        "the text after | or > is wrong",
        "| 单独写在一行末尾，正文另起一行并缩进",
        "end the line with |, then indent the text below it",
    ),
    (
        ("tag",),
        "标签写法不对",
        "the tag is wrong",
        "文字以 ! 开头时加引号",
        "quote a text that begins with !",
    ),
)
"""What the parser's own words contain, first match first, and how an admin is told."""


def syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    line, column, said = _place_of(error, text)
    quote = _open_quote(text, line)
    if quote is not None and "control" not in said:
        at, place, mark = quote
        return Problem(
            file=file,
            line=at,
            column=place,
            zh=f"引号 {mark} 没有成对",
            en=f"the quote {mark} has no partner",
            hint_zh="在这一行补上另一个引号，或去掉这个",
            hint_en="add the other quote in this line, or drop this one",
        )
    wide = _wide_colon(text, line)
    if wide is not None:
        at, place = wide
        return Problem(
            file=file,
            line=at,
            column=place,
            zh="冒号是全角的 ：",
            en="the colon is full-width ：",
            hint_zh="改成半角冒号加空格",
            hint_en="use an ASCII colon and a space",
        )
    if "mapping values are not allowed" in said:
        mistaken = _glued_colon(text, line, file) or _deeper_line(text, line, file)
        if mistaken is not None:
            return mistaken
    for needles, zh, en, hint_zh, hint_en in _SYNTAX:
        if any(needle in said for needle in needles):
            return Problem(file=file, line=line, column=column, zh=zh, en=en, hint_zh=hint_zh, hint_en=hint_en)
    return Problem(file=file, line=line, column=column, zh=f"YAML 写法有误（{said}）", en=f"this is not YAML ({said})")


def _place_of(error: yaml.YAMLError, text: str) -> tuple[int, int, str]:
    if isinstance(error, yaml.MarkedYAMLError):
        said = f"{error.context or ''} {error.problem or ''}".strip()
        mark = error.problem_mark or error.context_mark
        if mark is None:
            return 1, 1, said
        return mark.line + 1, mark.column + 1, said
    position = getattr(error, "position", None)
    if isinstance(position, int):
        control = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
        line, column = line_column(text, control.start() if control else min(position, len(text)))
        return line, column, "control characters are not allowed"
    return 1, 1, str(error)


_VALUE = re.compile(r"""^\s*(?:- +)*(?:[^\s"'#:\[{][^"'#:]*: +)?(["'])""")


def _open_quote(text: str, until: int) -> tuple[int, int, str] | None:
    """The first value, at or just above the given line, that begins with a quote and does not end with it."""
    lines = text.split("\n")
    for number in range(max(1, until - 30), min(until, len(lines)) + 1):
        line = lines[number - 1]
        found = _VALUE.match(line)
        if found is None:
            continue
        mark, rest = found.group(1), line[found.end() :]
        if mark == '"':
            rest = re.sub(r"\\.", "", rest)
        if rest.count(mark) % 2 == 0:
            return number, found.end(), mark
    return None


_WIDE_KEY = re.compile(r"\s*(?:- +)*[A-Za-z_]+(?=：)")


def _wide_colon(text: str, number: int) -> tuple[int, int] | None:
    """Where a key is followed by a full-width colon, in that line or the two above it."""
    lines = text.split("\n")
    for at in range(max(1, number - 2), min(number, len(lines)) + 1):
        found = _WIDE_KEY.match(lines[at - 1])
        if found is not None:
            return at, found.end() + 1
    return None


_GLUED = re.compile(r"\s*(?:- +)*[A-Za-z_]+:(?=[^\s/:])")
_KEY = re.compile(r"\s*(?:- +)*[A-Za-z_]+:(?: |$)")


def _glued_colon(text: str, number: int, file: str) -> Problem | None:
    """A key without a space after its colon, in that line or the nearest one above it."""
    lines = text.split("\n")
    for at in _with_content(lines, number):
        found = _GLUED.match(lines[at - 1])
        if found is not None:
            return Problem(
                file=file,
                line=at,
                column=found.end(),
                zh="冒号后面缺少空格",
                en="a space is missing after the colon",
                hint_zh="键后面写半角冒号和一个空格，如 title: 退款",
                hint_en="write a colon and a space after the key, as in title: refund",
            )
    return None


def _deeper_line(text: str, number: int, file: str) -> Problem | None:
    """A key that stands deeper than the key with a value above it."""
    lines = text.split("\n")
    above = next(iter(_with_content(lines, number - 1)), 0)
    if not above or number > len(lines) or not (_KEY.match(lines[number - 1]) and _KEY.match(lines[above - 1])):
        return None
    depth, upper = _depth(lines[number - 1]), _depth(lines[above - 1])
    if depth <= upper:
        return None
    return Problem(
        file=file,
        line=number,
        column=depth + 1,
        zh="这一行的缩进比上一行深",
        en="this line is indented more than the one above it",
        hint_zh=f"同级的键要左对齐：退到第 {upper + 1} 列",
        hint_en=f"keys of one level start in the same column: begin in column {upper + 1}",
    )


def _with_content(lines: list[str], number: int) -> list[int]:
    """That line and the nearest one above it that says something, by number."""
    found = [at for at in range(min(number, len(lines)), 0, -1) if lines[at - 1].strip()]
    return found[:2]


def _depth(line: str) -> int:
    """Where a line's key begins, a list's dash left aside."""
    return len(line) - len(line.lstrip(" -"))

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
        ("node content",),
        "这里缺少内容，或多了一个括号或逗号",
        "something is missing here, or there is a bracket or comma too many",
        "看看这一行的括号和逗号",
        "look at the brackets and commas of this line",
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
    quote = _open_quote(text, line) or (_odd_quote(text, line) if _may_be_a_quote(said) else None)
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
    space = _wide_space(text, line)
    if space is not None:
        return wide_space(file, *space)
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
    if "cannot start any token" in said:
        return _bad_beginning(text, line, column, file)
    for needles, zh, en, hint_zh, hint_en in _SYNTAX:
        if any(needle in said for needle in needles):
            return Problem(file=file, line=line, column=column, zh=zh, en=en, hint_zh=hint_zh, hint_en=hint_en)
    return Problem(file=file, line=line, column=column, zh=f"YAML 写法有误（{said}）", en=f"this is not YAML ({said})")


def _bad_beginning(text: str, line: int, column: int, file: str) -> Problem:
    lines = text.split("\n")
    char = lines[line - 1][column - 1 : column] if line <= len(lines) else ""
    return Problem(
        file=file,
        line=line,
        column=column,
        zh=f"值不能以 {char} 开头",
        en=f"a value cannot begin with {char}",
        hint_zh="给整个值加引号",
        hint_en="quote the whole value",
    )


def _place_of(error: yaml.YAMLError, text: str) -> tuple[int, int, str]:
    if isinstance(error, yaml.MarkedYAMLError):
        said = f"{error.context or ''} {error.problem or ''}".strip()
        mark, opened = error.problem_mark or error.context_mark, error.context_mark
        # The bracket that is open, not the line in which its partner was missed.
        if mark is not None and opened is not None and "flow" in said and opened.line < mark.line:
            mark = opened
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


_QUOTED = re.compile(r"""'(?:[^']|'')*'|\\.|(?:^|\s)#.*""")
"""What may hold a double quote that opens nothing."""


def _may_be_a_quote(said: str) -> bool:
    """A quote that is left open swallows lines until the next one: then brackets or the end of the file are missed."""
    return "quoted scalar" in said or "flow" in said


def _odd_quote(text: str, until: int) -> tuple[int, int, str] | None:
    """The double quote without a partner in its line, within brackets, of the first such line at or just above the
    given one."""
    lines = text.split("\n")
    odd = [
        (number, lines[number - 1].rindex('"') + 1, '"')
        for number in range(max(1, until - 30), min(until, len(lines)) + 1)
        if _QUOTED.sub(lambda found: " " * len(found.group()), lines[number - 1]).count('"') % 2
    ]
    return odd[0] if odd else None


WIDE_SPACES = ("\u3000", "\u00a0")
"""Spaces that YAML takes for letters: what begins with them is not indented."""


def wide_space(file: str, line: int, column: int) -> Problem:
    return Problem(
        file=file,
        line=line,
        column=column,
        zh="缩进里有全角空格",
        en="a full-width space is used for indentation",
        hint_zh="请用半角空格缩进，每层 2 个",
        hint_en="indent with ordinary spaces, two a level",
    )


_WIDE_INDENT = re.compile(r"( *)[\u3000\u00a0][ \u3000\u00a0]*\S")


def _wide_space(text: str, number: int) -> tuple[int, int] | None:
    """Where a line is indented with a space that YAML does not take for one: that line or one of the two above."""
    lines = text.split("\n")
    for at in range(max(1, number - 2), min(number, len(lines)) + 1):
        found = _WIDE_INDENT.match(lines[at - 1])
        if found is not None:
            return at, found.end(1) + 1
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

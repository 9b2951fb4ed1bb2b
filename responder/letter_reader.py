"""Reads one letter file: front matter, subject and body, each problem at its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, Template, TemplateError

from core.domain.bundle import Problem
from core.settings.nodes import Scalar
from core.settings.reader import Reader
from responder.template import VARIABLES, compile_template
from responder.wording import LANGUAGES

MOST_TEXT = 64_000
"""Characters of a composed letter's text."""

_FILE = re.compile(r"(?:.*/)?([a-z][a-z0-9-]{0,40})\.([A-Za-z-]{2,8})\.j2")
_MARK = "---"
SIGNATURE = "signature"
"""The letter that stands at the end of all others; it has no subject."""
_SAMPLE = dict.fromkeys(VARIABLES, "样例 sample 20231001001")
_EMPTY = dict.fromkeys(VARIABLES, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter in one language, ready to be filled in."""

    name: str
    language: str
    title: str
    file: str
    subject: Template
    body: Template


@lru_cache(maxsize=128)
def read_letter(environment: Environment, file: str, content: str) -> tuple[Letter | None, tuple[Problem, ...]]:
    """A checked letter, tried once with all variables and once with none; or everything wrong with it.

    What was read is kept: an edit of one file compiles one letter, not all of them."""
    reader = Reader(file)
    named = _name_and_language(reader, file)
    front, body, body_line = _split(reader, content)
    if named is None or front is None:
        return None, tuple(reader.problems)
    keys = _front_matter(reader, front, named[0])
    if keys is None:
        return None, tuple(reader.problems)
    title, subject_node = keys
    subject, subject_problems = compile_template(environment, subject_node.text, file, subject_node.line)
    text, text_problems = compile_template(environment, body, file, body_line)
    problems = [*reader.problems, *subject_problems, *text_problems]
    if problems or subject is None or text is None:
        return None, tuple(problems)
    letter = Letter(name=named[0], language=named[1], title=title, file=file, subject=subject, body=text)
    return letter, _tried(reader, letter, body_line)


def _name_and_language(reader: Reader, file: str) -> tuple[str, str] | None:
    found = _FILE.fullmatch(file.removeprefix("builtin:"))
    if found is None or found[2] not in LANGUAGES:
        listed = "、".join(LANGUAGES)
        reader.problem(
            None, "信件文件名应为 名称.语言.j2", "a letter file is named NAME.LANGUAGE.j2",
            f"例如 acknowledgement.zh-CN.j2；语言：{listed}",
            f"for example acknowledgement.en.j2; languages: {', '.join(LANGUAGES)}",
        )  # fmt: skip
        return None
    return found[1], found[2]


def _split(reader: Reader, content: str) -> tuple[str | None, str, int]:
    """Front matter (with as many leading empty lines as keep its line numbers), body and the body's first line."""
    lines = content.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _MARK or _MARK not in (line.rstrip() for line in lines[1:]):
        reader.problem(
            None, "信件要以 --- 开头，写明 name、title、subject，再以 --- 结束这一段",
            "a letter begins with ---, says name, title and subject, and ends that part with ---",
        )  # fmt: skip
        return None, "", 1
    end = next(number for number, line in enumerate(lines) if number and line.rstrip() == _MARK)
    return "\n" + "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


def _front_matter(reader: Reader, front: str, expected: str) -> tuple[str, Scalar] | None:
    root = reader.document(front)
    signs = expected == SIGNATURE
    required = ("name", "title") if signs else ("name", "title", "subject")
    found = reader.mapping(root, ("信件抬头", "front matter"), required=required)
    if found is None or len(found) < len(required):
        return None
    name = reader.text(found["name"], ("name", "name"))
    title = reader.text(found["title"], ("title", "title"))
    if name is not None and name != expected:
        reader.problem(
            found["name"], f"name 与文件名不一致：{name!r}", f"the name differs from the file's: {name!r}",
            f"应写 {expected!r}", f"expected {expected!r}",
        )  # fmt: skip
    if signs:
        return (title, Scalar(text="", line=1, column=1)) if title is not None else None
    subject = found["subject"]
    if reader.text(subject, ("subject", "subject")) is None or not isinstance(subject, Scalar) or title is None:
        return None
    return title, subject


def _tried(reader: Reader, letter: Letter, line: int) -> tuple[Problem, ...]:
    for variables in (_SAMPLE, _EMPTY):
        try:
            subject, text = letter.subject.render(variables), letter.body.render(variables)
        except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            return (_at(reader, line, f"信件填写时出错：{error}", f"filling in the letter failed: {error}"),)
        if len(subject) + len(text) > MOST_TEXT:
            return (_at(reader, line, "信件太长", "the letter is too long"),)
        if "\n" in subject.strip():
            return (_at(reader, 1, "主题只能有一行", "a subject has one line"),)
    return ()


def _at(reader: Reader, line: int, zh: str, en: str) -> Problem:
    return Problem(file=reader.file, line=line, column=1, zh=zh, en=en)

"""What a letter's template may say: text, known variables and ``if``; nothing that loops, calls or grows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial, wraps

from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.domain.bundle import Problem
from core.settings.reader import nearest

MOST_TEMPLATE = 16_000
"""Characters of one letter file."""

VARIABLES = (
    "number", "subject", "excerpt", "name", "told", "told_zh", "zone", "zone_zh", "working", "upset", "ask",
    "hours", "type", "team", "hotline", "website", "address", "note", "body", "agent", "asks", "vote", "salutation",
    "back", "urgent", "was", "missing", "link", "stop", "period", "survey", "split",
)  # fmt: skip
"""Everything a letter can name; each is one line of text (those of ``LONG``: several), empty when there is nothing to
say."""

LONG = ("body", "note")
MOST_LONG = 6
"""How often one letter may name what is long: its size stays bounded before it is filled in."""
MOST_PARTS = 1_000
"""Words, variables and conditions of one letter; the largest that is shipped has 148. Compiling takes time by their
number, and nothing else of a letter does."""
MOST_FILTERS = 20
"""Of one letter; those that are shipped have none. A filter of long text takes time, and compiling them does."""
MOST_VALUE = 64_000
"""Characters that a filter may make of a value: a letter has no more."""
DEEPEST = 40
"""Brackets and conditions inside each other; Python's own compiler gives up at a hundred."""

_ONLY_TAG = re.compile(r"\s*\{%(?:(?!%\}).)*%\}\s*")
_FILTERS = ("trim", "upper", "lower", "length", "truncate", "default", "d", "title", "capitalize", "e", "escape")
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.CondExpr, nodes.Const, nodes.Filter,
    nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Concat, nodes.Keyword, nodes.Tuple, nodes.List,
)  # fmt: skip
_NAMES = {
    "For": "{% for %}", "Assign": "{% set %}", "AssignBlock": "{% set %}", "Call": "f()", "Macro": "{% macro %}",
    "Include": "{% include %}", "Import": "{% import %}", "FromImport": "{% from %}", "Extends": "{% extends %}",
    "Block": "{% block %}", "Getattr": "a.b", "Getitem": "a[b]", "Mul": "*", "Pow": "**", "FilterBlock": "{% filter %}",
}  # fmt: skip


@cache
def text_environment() -> Environment:
    """The sandbox for subjects and plain text: no globals, few filters, nothing undefined, nothing escaped.

    There is one, so that a letter that did not change keeps its compiled template."""
    return _bare(
        ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    )


def html_environment() -> Environment:
    """For our own HTML frame, which nobody edits: no sandbox (a third of the time of a letter), all is escaped."""
    return _bare(Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True))


def _bare(environment: Environment) -> Environment:
    environment.globals.clear()
    environment.filters = {name: _bounded(environment.filters[name]) for name in _FILTERS}
    return environment


def _bounded(apply: Callable[..., object]) -> Callable[..., object]:
    """The same filter with an end to what it makes. Raises ``ValueError``, as all that is wrong with a value does."""

    @wraps(apply)
    def bounded(*given: object, **named: object) -> object:
        try:
            made = apply(*given, **named)
        except AssertionError as error:  # truncate to less than its own ellipsis
            raise ValueError(f"{apply.__name__}: {error}") from error
        if isinstance(made, str) and len(made) > MOST_VALUE:
            raise ValueError(f"{apply.__name__}: longer than {MOST_VALUE} characters")
        return made

    return bounded


def compile_template(
    environment: Environment, source: str, file: str, first_line: int
) -> tuple[Template | None, tuple[Problem, ...]]:
    """A checked template; ``first_line`` is where ``source`` begins in its file."""
    note = partial(_problem, file, first_line)
    if len(source) > MOST_TEMPLATE:
        return None, (
            note(1, f"信件模板超过 {MOST_TEMPLATE} 个字符", f"the letter is longer than {MOST_TEMPLATE} characters"),
        )
    source = "\n".join(_keep_line_end(line) for line in source.split("\n"))
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        return None, (note(error.lineno, f"模板语法有误：{error.message}", f"template syntax: {error.message}"),)
    except RecursionError:
        return None, (_too_deep(note, 1),)
    except ValueError:  # Python reads no number of more than 4,300 digits
        return None, (note(1, "模板里有一个太长的数字", "a number in the template is too long"),)
    if (found := _too_much(tree, note)) is not None:
        return None, (found,)
    problems = tuple(_forbidden(tree, note, source))
    return (None, problems) if problems else (environment.from_string(source), ())


def _too_much(tree: nodes.Template, note: partial[Problem]) -> Problem | None:
    """The first node that lies too deep or is one too many, found without recursion."""
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 1)]
    parts = 0
    while waiting:
        node, depth, above = waiting.pop()
        line = node.lineno or above  # an operand knows none
        parts += 1
        if depth > DEEPEST:
            return _too_deep(note, line)
        if parts > MOST_PARTS:
            return _too_many(note, line)
        waiting.extend((child, depth + 1, line) for child in reversed(tuple(node.iter_child_nodes())))
    return None


def _too_many(note: partial[Problem], line: int) -> Problem:
    return note(
        line, f"变量和条件超过 {MOST_PARTS} 处", f"variables and conditions stand in more than {MOST_PARTS} places",
        "拆成几封信件", "make several letters of it",
    )  # fmt: skip


def _too_deep(note: partial[Problem], line: int) -> Problem:
    return note(
        line, f"括号或条件嵌套超过 {DEEPEST} 层", f"brackets or conditions lie more than {DEEPEST} deep",
        "拆成几个简单的条件", "write several simple conditions",
    )  # fmt: skip


def _keep_line_end(line: str) -> str:
    """A line that only holds a tag vanishes; one with words keeps its end even if a tag stands last."""
    if not line.rstrip().endswith("%}") or _ONLY_TAG.fullmatch(line) or line.rstrip().endswith(("-%}", "+%}")):
        return line
    return line.rstrip().removesuffix("%}") + "+%}"


def _problem(
    file: str, first_line: int, line: int, zh: str, en: str, hint_zh: str = "", hint_en: str = "", column: int = 1
) -> Problem:
    return Problem(file=file, line=first_line + line - 1, column=column, zh=zh, en=en, hint_zh=hint_zh, hint_en=hint_en)


def _forbidden(tree: nodes.Template, note: partial[Problem], source: str) -> Iterator[Problem]:
    lines = source.split("\n")
    long = [node for node in tree.find_all(nodes.Name) if node.name in LONG]
    if len(long) > MOST_LONG:
        yield note(
            long[MOST_LONG].lineno, f"{'、'.join(LONG)} 一共最多写 {MOST_LONG} 次",
            f"{' and '.join(LONG)} stand in a letter at most {MOST_LONG} times",
        )  # fmt: skip
    filters = list(tree.find_all(nodes.Filter))
    if len(filters) > MOST_FILTERS:
        yield note(
            filters[MOST_FILTERS].lineno, f"过滤器一共最多写 {MOST_FILTERS} 处",
            f"filters stand in a letter at most {MOST_FILTERS} times",
        )  # fmt: skip
    # Anywhere else a list would be written as Python writes it, twice as long for each time that it stands in another.
    chosen = {id(node.expr) for node in tree.find_all(nodes.Operand)}
    for node in _walk(tree):
        if isinstance(node, (nodes.List, nodes.Tuple)) and id(node) not in chosen:
            yield note(
                node.lineno, "列表只能写在 in 后面，不能套列表", "a list stands behind 'in' only, and in no other list",
                "例如 {% if type in ['投诉', '咨询'] %}", "for example {% if type in ['投诉', '咨询'] %}",
            )  # fmt: skip
        if isinstance(node, nodes.Name) and node.name not in VARIABLES:
            near = nearest(node.name, VARIABLES)
            listed = ", ".join(VARIABLES)
            yield note(
                node.lineno, f"不认识的变量 {node.name!r}", f"unknown variable {node.name!r}",
                f"是不是 {near!r}？" if near else f"可以用：{listed}",
                f"did you mean {near!r}?" if near else f"possible: {listed}",
                column=_column(lines, node.lineno, node.name),
            )  # fmt: skip
        elif isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            yield note(
                node.lineno,
                f"信件里不能用过滤器 {node.name!r}", f"the filter {node.name!r} is not available in letters",
                f"可以用：{', '.join(_FILTERS)}", f"possible: {', '.join(_FILTERS)}",
                column=_column(lines, node.lineno, node.name),
            )  # fmt: skip
        elif not isinstance(node, _ALLOWED):
            name = _NAMES.get(type(node).__name__, type(node).__name__)
            yield note(
                node.lineno, f"信件里不能用 {name}", f"{name} is not available in letters",
                "信件模板只有文字、{{ 变量 }} 和 {% if %}", "a letter has text, {{ variables }} and {% if %} only",
            )  # fmt: skip


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """All nodes; below a forbidden one nothing more is said."""
    for child in node.iter_child_nodes():
        yield child
        if isinstance(child, _ALLOWED):
            yield from _walk(child)


def _column(lines: list[str], line: int, word: str) -> int:
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return max(text.find(word), 0) + 1

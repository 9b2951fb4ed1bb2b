"""What no file of the project may hold."""

from __future__ import annotations

import ast
import re

from tests.house.tree import (
    ROOT,
    functions_of,
    imports_of,
    is_within,
    module_of,
    name_of,
    python_files,
    root_packages,
    syntax,
    text_files,
)

MACHINE_PATHS = re.compile(r"(?<![\w.*])/(?:root|work|Users|opt/pypi|tmp/\w+|home/[a-z]\w*)(?:/|\b)")
VAGUE_NAMES = {"utils", "helpers", "manager", "common", "misc"}
LONGEST_FUNCTION = 60
LONGEST_FILE = 500


def test_nobody_imports_smtplib():
    """Letters leave through one library, in tests too."""
    assert not [name_of(p) for p in python_files() if any(is_within(n, "smtp" + "lib") for n in imports_of(p))]


def test_no_file_names_a_path_of_somebodys_machine():
    """The project reads the same on every machine."""
    found = []
    for path in text_files():
        if path.name == "test_sources.py":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if hit := MACHINE_PATHS.search(line):
                found.append(f"{name_of(path)}:{number}: {hit[0]}")
    assert not found


def test_the_guard_against_machine_paths_knows_one_when_it_sees_it():
    """A guard that cannot fire protects nothing; ordinary addresses are not its business."""
    assert MACHINE_PATHS.search("see /root/.venv") and MACHINE_PATHS.search('open("/home/anna/x")')
    assert not MACHINE_PATHS.search("/var/lib/huiying https://example.com/work docs/home/ a/root/b")


def test_no_module_has_a_vague_name():
    """A file is named after the verb or noun of the business that it holds."""
    assert not [name_of(path) for path in python_files() if path.stem in VAGUE_NAMES]


def test_everything_is_logged_in_the_same_way():
    """Through ``logging``, which one formatter writes: others print to stdout, with the values of every variable."""
    assert not [name_of(path) for path in python_files() if any(is_within(n, "structlog") for n in imports_of(path))]


def waits_in_the_loop(path):
    """Async functions of a file that answer requests or reach for the store: the database would hold up everybody."""
    for function in functions_of(path):
        if isinstance(function, ast.AsyncFunctionDef):
            named = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
            answers = any("router" in ast.unparse(each) for each in function.decorator_list)
            if answers or named & {"store", "context"}:
                yield f"{name_of(path)}:{function.name}"


def test_no_page_waits_for_the_database_in_the_event_loop():
    """Handlers are plain functions, which run in threads; what is async reads the request and no more."""
    console = [path for path in python_files() if module_of(path).startswith("huiying.console.")]
    assert len(console) > 50
    assert not [found for path in console for found in waits_in_the_loop(path)]


def test_every_module_says_what_it_decides():
    """A module that has code begins with a docstring."""
    ours = [path for path in python_files() if module_of(path).split(".")[0] in root_packages()]
    assert not [name_of(path) for path in ours if syntax(path).body and not ast.get_docstring(syntax(path))]


def test_every_test_says_a_sentence_about_behaviour():
    """The docstring of a test is what it promises."""
    silent = [
        f"{name_of(path)}::{node.name}"
        for path in python_files()
        if path.name.startswith("test_")
        for node in functions_of(path)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not silent


def _functions() -> list[tuple[int, str]]:
    return sorted(
        (
            ((node.end_lineno or node.lineno) - node.lineno + 1, f"{name_of(path)}:{node.lineno} {node.name}")
            for path in python_files()
            for node in functions_of(path)
        ),
        reverse=True,
    )


def test_no_function_has_a_tail():
    """The longest functions stay readable on one screen."""
    functions = _functions()
    print("\n".join(f"{lines:4} {where}" for lines, where in functions[:10]))
    assert not [f"{where}: {lines} lines" for lines, where in functions if lines > LONGEST_FUNCTION]


def test_no_file_has_a_tail():
    """No module grows into the place where everything is."""
    lengths = sorted(
        ((len(path.read_text(encoding="utf-8").splitlines()), name_of(path)) for path in python_files()), reverse=True
    )
    print("\n".join(f"{lines:4} {where}" for lines, where in lengths[:10]))
    assert not [f"{where}: {lines} lines" for lines, where in lengths if lines > LONGEST_FILE]


def test_the_project_is_found():
    """The walk sees the rooms, the tests and the documents, and neither environment nor vendored files."""
    names = {name_of(path) for path in text_files()}
    assert {"pyproject.toml", "run", "core/domain/mail.py", "docs/glossary.md", "LICENSE"} <= names
    assert not [name for name in names if name.startswith(".venv") or "/vendor/" in name]
    assert ROOT.joinpath("pyproject.toml").is_file()

"""The project's own files, as the tests of the house see them."""

from __future__ import annotations

import ast
import functools
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".venv", ".git", "dist", "build", "vendor", "__pycache__", "node_modules"}
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".j2", ".html", ".css", ".js", ".txt", ".lock", ".sh", ".cfg", ""}


@functools.cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def root_packages() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in ROOT.glob("*/__init__.py")))


def files() -> Iterator[Path]:
    """Every file of the project: no environment, no cache, nothing vendored."""
    pending = [ROOT]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            if path.name in NOT_OURS or path.name.endswith(("_cache", ".egg-info")) or path.is_symlink():
                continue
            if path.is_dir():
                if not path.name.startswith(".") or path.name in (".ci", ".github"):
                    pending.append(path)
            else:
                yield path


def text_files() -> Iterator[Path]:
    return (path for path in files() if path.suffix in TEXT and path.name != ".coverage")


@functools.cache
def python_files() -> tuple[Path, ...]:
    return tuple(path for path in files() if path.suffix == ".py")


@functools.cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file's syntax tree."""
    return tuple(ast.walk(syntax(path)))


@functools.cache
def functions_of(path: Path) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
    return tuple(node for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def name_of(path: Path) -> str:
    """The file's name as a person at the checkout says it."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@functools.cache
def imports_of(path: Path) -> tuple[str, ...]:
    """The dotted names that a file imports, wherever in it: ``from a import b`` counts as ``a.b``."""
    plain = [alias.name for node in nodes(path) if isinstance(node, ast.Import) for alias in node.names]
    named = [
        f"{node.module}.{alias.name}"
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    ]
    return (*plain, *named)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def absent_tests(shown_by: str) -> list[str]:
    """Of ``file name name …``, several of them parted by ``;``, the tests that do not exist, as ``file name``."""
    absent = []
    for part in shown_by.split(";"):
        file, *names = part.split()
        there = {function.name for function in functions_of(ROOT / "tests" / file)}
        absent += [f"{file} {name}" for name in names or ("…",) if f"test_{name}" not in there]
    return absent

"""Decides which files of ``config/`` make a bundle, reads them and writes a bundle back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.domain.bundle import BundleFiles, Problem
from core.domain.errors import BadConfiguration, BadInput
from core.settings.content import decode_file, file_bytes
from core.settings.machine import MACHINE_FILE

MOST_FILES = 2000
_LEFTOVERS = ("~", ".swp", ".bak", ".tmp", ".orig", ".rej")


def scan_folder(config_dir: Path) -> tuple[BundleFiles, tuple[Problem, ...]]:
    """All files that can be read, and a problem for each that cannot. ``machine.yaml``, hidden files and
    what editors leave behind are no part of a bundle."""
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for path in _members(config_dir):
        name = path.relative_to(config_dir).as_posix()
        if len(files) >= MOST_FILES:
            problems.append(_problem(name, f"文件超过 {MOST_FILES} 个", f"there are more than {MOST_FILES} files"))
            break
        try:
            data = path.read_bytes()
        except OSError as error:
            problems.append(_problem(name, f"读不到：{error.strerror}", f"cannot be read: {error.strerror}"))
            continue
        text, found = decode_file(data, name)
        problems.extend(found)
        if text is not None:
            files[name] = text
    return BundleFiles(files=files), tuple(problems)


def read_folder(config_dir: Path) -> BundleFiles:
    """The files of a configuration folder; raises ``BadConfiguration`` when one cannot be read."""
    if not config_dir.is_dir():
        raise BadConfiguration(f"没有配置目录 {config_dir} (no configuration folder)", hint="huiying init DIR")
    files, problems = scan_folder(config_dir)
    if problems:
        raise BadConfiguration(problems=problems)
    return files


def write_folder(config_dir: Path, files: BundleFiles) -> tuple[str, ...]:
    """Makes the folder hold exactly these files (``machine.yaml`` is left alone); the paths that changed.

    Each file is replaced as a whole, so that a reader never sees half of one.
    """
    for name in files.files:
        if not is_safe_path(name):
            raise BadInput(f"不安全的文件名 {name!r} (unsafe file name)")
    present = {path.relative_to(config_dir).as_posix(): path for path in _members(config_dir)}
    changed: list[str] = []
    for name in sorted(files.files):
        data = file_bytes(name, files.files[name])
        target = config_dir / name
        if name in present and target.read_bytes() == data:
            continue
        _replace(target, data)
        changed.append(name)
    for name in sorted(present.keys() - files.files.keys()):
        present[name].unlink()
        changed.append(name)
    return tuple(changed)


@dataclass(frozen=True, slots=True)
class ConfigFolder:
    """The folder that is mirrored, for pages that publish an edit of their own."""

    path: Path

    def holds(self, *files: BundleFiles) -> bool:
        """Whether it has just one of these; an edit that somebody is making there must not be overwritten."""
        found, problems = scan_folder(self.path)
        return not problems and found.id in {each.id for each in files}

    def write(self, files: BundleFiles) -> None:
        write_folder(self.path, files)


def is_safe_path(name: str) -> bool:
    """Whether a bundle's path stays inside the folder and names a file that belongs to a bundle."""
    path = PurePosixPath(name)
    return (
        bool(path.parts)
        and path.as_posix() == name
        and not path.is_absolute()
        and "\\" not in name
        and "\0" not in name
        and not any(part.startswith(".") for part in path.parts)
        and _belongs(path)
    )


def _members(config_dir: Path) -> Iterator[Path]:
    for path in sorted(config_dir.rglob("*")):
        inside = path.relative_to(config_dir)
        if not any(part.startswith(".") for part in inside.parts) and _belongs(inside) and path.is_file():
            yield path


def _belongs(path: PurePosixPath | Path) -> bool:
    return path.as_posix() != MACHINE_FILE and not path.name.endswith(_LEFTOVERS)


def _replace(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)


def _problem(file: str, zh: str, en: str) -> Problem:
    return Problem(file=file, line=1, column=1, zh=zh, en=en)

"""Knows a home: where its configuration, data and keys are, and how a new one is made (DESIGN 4)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import BadInput, WrongUsage
from core.settings.keyring import create_key_ring
from core.settings.machine import read_machine
from store.migrate import migrate


@dataclass(frozen=True, slots=True)
class Home:
    """``config/`` is what an admin edits, ``data/`` (0700) what the service writes; the key ring lies outside it."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def folder_mark(self) -> Path:
        """Says which bundle the configuration folder last was."""
        return self.data / "config-folder"


def find_home(given: str | None, environ: Mapping[str, str]) -> Home:
    """The home that ``--home`` or HUIYING_HOME names; none is ever guessed."""
    name = given or environ.get("HUIYING_HOME", "")
    if not name:
        raise WrongUsage(
            "没有指定工作目录：用 --home DIR 或环境变量 HUIYING_HOME (no home: use --home DIR or HUIYING_HOME)",
            hint="huiying init DIR",
        )
    home = Home(Path(name).absolute())
    if not (home.config / "machine.yaml").is_file():
        raise BadInput(
            f"{home.path} 不是工作目录：缺少 config/machine.yaml (not a home: config/machine.yaml is missing)",
            hint=f"huiying init {name}",
        )
    return home


def shipped_config() -> Path:
    """The configuration as shipped: inside the wheel, or beside the packages in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_shipped"
    return inside if inside.is_dir() else package.parent / "config"


@contextmanager
def new_home(path: Path) -> Iterator[Home]:
    """As ``init_home``; what was made is taken away again when it or what follows is broken off."""
    home = Home(path.absolute())
    _require_new(home)
    stood = home.path.exists()
    try:
        yield init_home(path)
    except BaseException:
        for made in home.path.glob("*") if stood else (home.path,):
            shutil.rmtree(made, ignore_errors=True)
        raise


def _require_new(home: Home) -> None:
    if home.path.exists() and (not home.path.is_dir() or any(home.path.iterdir())):
        raise BadInput(f"{home.path} 已存在且不是空目录，不会覆盖 (exists and is not empty; nothing is overwritten)")


def init_home(path: Path) -> Home:
    """Makes a ready home: commented configuration, key ring (0600), database. Refuses to overwrite anything."""
    home = Home(path.absolute())
    _require_new(home)
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(shipped_config(), home.config)
    complete_home(home)
    return home


def complete_home(home: Home) -> None:
    """Adds what a configuration alone lacks: data folder, key ring and database; what exists stays."""
    home.data.mkdir(mode=0o700, exist_ok=True)
    machine = read_machine(home.path)
    ring = Path(machine.key_ring)
    if not ring.exists():
        ring.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_key_ring(ring, random=os.urandom)
    migrate(machine.database)

"""The locks say exactly what is installed, and nothing about where from."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, project

LOCKS = ("runtime", "test", "dev")
REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==(\S+)(?: ; ([^\\]+))?", re.MULTILINE)


def _text(lock: str) -> str:
    return (ROOT / "locks" / f"{lock}.lock").read_text(encoding="utf-8")


def _pins(lock: str) -> set[tuple[str, str]]:
    return {(name, version) for name, version, _ in REQUIREMENT.findall(_text(lock))}


def _named(requirements: list[str]) -> set[str]:
    names = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {name[0].lower().replace("_", "-").replace(".", "-") for name in names if name}


@pytest.mark.parametrize(("poorer", "richer"), [("runtime", "test"), ("test", "dev")])
def test_a_richer_lock_holds_all_of_a_poorer_one(poorer, richer):
    """Going from one command to another never replaces a package."""
    assert not _pins(poorer) - _pins(richer)
    assert _pins(richer) - _pins(poorer)


@pytest.mark.parametrize("lock", [*LOCKS, "installer"])
def test_every_pin_has_a_hash_and_no_address(lock):
    """A mirror may serve the packages, but not change them."""
    assert "://" not in _text(lock)
    blocks = re.split(r"^(?=[a-z0-9])", _text(lock), flags=re.MULTILINE)[1:]
    assert blocks
    assert not [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block]


def test_every_dependency_is_locked():
    """A dependency that was added to pyproject.toml is in the locks too."""
    extras = project()["project"]["optional-dependencies"]
    wanted = {
        "runtime": project()["project"]["dependencies"],
        "test": extras["test"],
        "dev": extras["dev"],
    }
    for lock, requirements in wanted.items():
        locked = {name.replace("_", "-").replace(".", "-") for name, _ in _pins(lock)}
        assert not _named(requirements) - locked, lock

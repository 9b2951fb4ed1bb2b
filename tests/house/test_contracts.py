"""The walls stand: every package is in the contracts, and every library has one home."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.tree import (
    ROOT,
    imports_of,
    is_within,
    module_of,
    name_of,
    project,
    python_files,
    root_packages,
)

LAYERED = ("huiying", "core")
"""Root packages whose sub-packages are layers of their own."""

HOMES = {
    "aiosmtpd": ("huiying.demo", "ingest.sources"),
    "apprise": ("responder.transports",),
    "aiosmtplib": ("responder.transports", "huiying.demo"),
    "ahocorasick": ("rules",),
    "alembic": ("store",),
    "argon2": ("huiying.console",),
    "cryptography": ("store", "responder.transports"),
    "dkim": ("responder.transports",),
    "fastapi": ("huiying.console", "huiying.demo"),
    "flufl": ("ingest",),
    "holidays": ("core.settings",),
    "imapclient": ("ingest.sources",),
    "inscriptis": ("ingest",),
    "jieba": ("core.text",),
    "mailparser": ("ingest",),
    "nh3": ("ingest", "huiying.console"),
    "numpy": ("classifier",),
    "opencc": ("core.text",),
    "prometheus_client": ("huiying.console",),
    "pwdlib": ("huiying.console",),
    "pymap": ("huiying.demo",),
    "pyotp": ("huiying.flows",),
    "re2": ("rules", "ingest", "core.text"),
    "rjieba": ("core.text",),
    "scipy": ("classifier",),
    "segno": ("huiying.console",),
    "selectolax": ("ingest",),
    "sklearn": ("classifier",),
    "sqlalchemy": ("store",),
    "starlette": ("huiying.console", "huiying.demo"),
    "typer": ("huiying.app",),
    "uvicorn": ("huiying.app", "huiying.demo"),
    "xlsxwriter": ("huiying.console",),
    "yaml": ("core.settings",),
}

PORTS_ONLY = ("huiying.flows", "huiying.console")
BEHIND_PORTS = ("store", "ingest.sources", "responder.transports", "sqlalchemy", "imapclient", "aiosmtplib")


def _product_files() -> list[Path]:
    return [path for path in python_files() if module_of(path).split(".")[0] in root_packages()]


def _layers() -> set[str]:
    contracts = project()["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip() for layer in layers for name in layer.replace(":", "|").split("|")}


def test_every_root_package_stands_in_the_contracts():
    """A new root package cannot appear without a place among the layers."""
    assert sorted(project()["tool"]["importlinter"]["root_packages"]) == list(root_packages())
    assert {layer.split(".")[0] for layer in _layers()} == set(root_packages())


@pytest.mark.parametrize("package", LAYERED)
def test_every_part_of_a_layered_package_is_a_layer(package):
    """huiying and core are several floors: each of their parts has its own."""
    parts = {f"{package}.{path.parent.name}" for path in (ROOT / package).glob("*/__init__.py")}
    assert parts == {layer for layer in _layers() if is_within(layer, package)}


def test_the_wheel_and_the_type_checker_see_every_root_package():
    """What is not packaged would be missed only after an installation."""
    assert sorted(project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == list(root_packages())
    assert project()["tool"]["mypy"]["files"] == ["."]
    assert all((ROOT / package / "py.typed").is_file() for package in root_packages())


def test_the_ports_contract_names_what_is_behind_ports():
    """Flows and pages are kept from the database and the wire by a contract that import-linter checks."""
    contracts = project()["tool"]["importlinter"]["contracts"]
    ports = next(contract for contract in contracts if contract["type"] == "forbidden")
    assert project()["tool"]["importlinter"]["include_external_packages"] is True
    assert sorted(ports["source_modules"]) == sorted(PORTS_ONLY)
    assert sorted(ports["forbidden_modules"]) == sorted(BEHIND_PORTS)


def test_flows_and_pages_import_nothing_from_behind_the_ports():
    """No flow or page names the database, the mail sources or the wire itself."""
    offenders = [
        f"{name_of(path)}: {name}"
        for path in _product_files()
        if any(is_within(module_of(path), package) for package in PORTS_ONLY)
        for name in imports_of(path)
        if any(is_within(name, wall) for wall in BEHIND_PORTS)
    ]
    assert not offenders


def test_the_domain_needs_the_standard_library_only():
    """core.domain runs wherever Python runs."""
    offenders = [
        f"{name_of(path)}: {name}"
        for path in _product_files()
        if is_within(module_of(path), "core.domain")
        for name in imports_of(path)
        if not is_within(name, "core.domain") and name.split(".")[0] not in sys.stdlib_module_names
    ]
    assert not offenders


def test_a_library_has_one_home():
    """A third-party library is imported where its business is, so that replacing it touches one room."""
    offenders = [
        f"{name_of(path)}: {name}"
        for path in _product_files()
        for name in imports_of(path)
        if (homes := HOMES.get(name.split(".")[0])) and not any(is_within(module_of(path), home) for home in homes)
    ]
    assert not offenders


def test_no_dependency_claims_one_of_our_names():
    """Our root packages have plain names; a distribution with the same one would hide ours."""
    claimed = packages_distributions()
    names = (*root_packages(), "config", "tests", "benchmarks")
    assert not {name: claimed[name] for name in names if set(claimed.get(name, ())) - {"huiying"}}


BEHIND_ANOTHER = {
    "python-multipart": "forms, for Starlette",
    "tzdata": "time zones, for machines without them",
    "psycopg": "PostgreSQL, for SQLAlchemy by the URL",
}
"""Dependencies that no line of ours imports, and what needs them."""


def test_every_dependency_is_imported():
    """What nobody uses is not installed."""
    wanted = [*project()["project"]["dependencies"]]
    for extra in ("dkim", "fast", "notify", "postgres"):
        wanted += project()["project"]["optional-dependencies"][extra]
    names = {re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    homes = packages_distributions()
    used = {name.split(".")[0] for path in _product_files() for name in imports_of(path)}
    imported = {distribution.lower().replace("_", "-") for module in used for distribution in homes.get(module, ())}
    assert names - imported == set(BEHIND_ANOTHER)

"""Reads ``config/machine.yaml``: what differs between machines and is never part of a bundle."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from core.domain.bundle import Problem
from core.domain.errors import BadConfiguration
from core.domain.settings import MachineSettings
from core.settings.reader import Reader

MACHINE_FILE = "machine.yaml"
_OPTIONAL = ("listen", "zone", "lmtp", "metrics_token_env", "metrics_token_file")
_KEYS = ("database", "key_ring", *_OPTIONAL)


def read_machine(home: Path) -> MachineSettings:
    """The machine's settings with absolute paths; raises ``BadConfiguration`` with every problem."""
    path = home / "config" / MACHINE_FILE
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = Problem(
            file=MACHINE_FILE,
            line=1,
            column=1,
            zh=f"读不到 {path}：{error.strerror}",
            en=f"cannot read {path}: {error.strerror}",
            hint_zh="先运行 huiying init 目录",
            hint_en="run huiying init DIR first",
        )
        raise BadConfiguration(problems=(problem,), hint="huiying init DIR") from None
    settings, problems = parse_machine(data, home)
    if settings is None:
        raise BadConfiguration(problems=problems)
    return settings


def parse_machine(content: str | bytes, home: Path) -> tuple[MachineSettings | None, tuple[Problem, ...]]:
    """The settings in this content; relative paths are below ``home``."""
    reader = Reader(MACHINE_FILE)
    root = reader.document(content)
    if reader.problems:
        return None, tuple(reader.problems)
    entries = reader.mapping(
        root, ("机器设置", "machine settings"), required=("database", "key_ring"), optional=_OPTIONAL
    )
    if entries is None:
        return None, tuple(reader.problems)
    texts = {name: reader.text(entries[name], (name, name)) or "" for name in _KEYS if name in entries}
    ring = (home / Path(texts.get("key_ring", "")).expanduser()).absolute()
    if ring.is_relative_to((home / "data").absolute()):
        reader.problem(
            entries.get("key_ring"),
            "钥匙环不能放在 data/ 里",
            "the key ring must not lie in data/",
            "备份 data/ 的人不该同时拿到钥匙，例如 key_ring: keys/ring.json",
            "who copies data/ must not get the keys too; for example key_ring: keys/ring.json",
        )
    if "zone" in texts:
        reader.zone(entries["zone"], ("zone", "zone"))
    if "listen" in texts:
        reader.parsed(
            entries["listen"],
            ("listen", "listen"),
            _host_and_port,
            ("主机:端口，如 127.0.0.1:8080", "HOST:PORT such as 127.0.0.1:8080"),
        )
    if "lmtp" in texts:
        expected = ("127.0.0.1:2424 或 unix:data/lmtp.sock", "127.0.0.1:2424 or unix:data/lmtp.sock")
        texts["lmtp"] = reader.parsed(entries["lmtp"], ("lmtp", "lmtp"), partial(_listening, home), expected) or ""
    if texts["database"]:
        expected = (
            "文件，或 postgresql+psycopg://用户@主机/库",
            "a file, or postgresql+psycopg://USER@HOST/NAME",
        )
        url = reader.parsed(entries["database"], ("database", "database"), partial(_database, home), expected)
        texts["database"] = url or ""
    if reader.problems:
        return None, tuple(reader.problems)
    return MachineSettings(**texts | {"key_ring": str(ring)}), ()


def _listening(home: Path, word: str) -> str:
    """A host with its port, or a socket's path below the home."""
    if word.startswith("unix:") and len(word) > 5:
        return f"unix:{(home / Path(word[5:]).expanduser()).absolute()}"
    return _host_and_port(word)


def _host_and_port(word: str) -> str:
    host, _, port = word.rpartition(":")
    if not host or not 0 <= int(port) <= 65535:
        raise ValueError
    return word


def _database(home: Path, word: str) -> str:
    """A URL as it is; a path becomes the URL of an SQLite file below ``home``."""
    kind = word.partition("://")[0].partition("+")[0] if "://" in word else "sqlite"
    if kind.startswith("postgres"):
        return word
    path = word.removeprefix("sqlite:///")
    if kind != "sqlite" or not path or "://" in path:
        raise ValueError
    return f"sqlite:///{(home / Path(path).expanduser()).absolute()}"

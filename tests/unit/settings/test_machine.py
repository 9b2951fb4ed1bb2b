"""The machine's settings: paths become absolute, and the keys never lie beside the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.errors import BadConfiguration
from core.settings.machine import parse_machine, read_machine

CONFIG = Path(__file__).parents[3] / "config"


def test_the_shipped_file_gives_paths_below_the_home(tmp_path):
    """A home can be moved as a whole."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/machine.yaml").write_bytes((CONFIG / "machine.yaml").read_bytes())
    settings = read_machine(tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/data/huiying.db"
    assert settings.key_ring == f"{tmp_path}/keys/ring.json"
    assert (settings.listen, settings.zone) == ("127.0.0.1:8080", "Asia/Shanghai")


def test_a_database_url_stays_as_it_is():
    """PostgreSQL is named by URL."""
    settings, _ = parse_machine("database: postgresql+psycopg://h@db/h\nkey_ring: /k/ring.json\n", Path("/home"))
    assert settings is not None
    assert settings.database == "postgresql+psycopg://h@db/h"
    assert settings.key_ring == "/k/ring.json"


@pytest.mark.parametrize("word", ["mysql://db/h", "sqlite://", "sqlite:///"])
def test_a_database_of_another_kind_is_a_mistake(word):
    """It is told by check, before anything is started."""
    settings, problems = parse_machine(f"database: {word}\nkey_ring: /k/ring.json\n", Path("/home"))
    assert settings is None
    assert [(p.line, p.column, "postgresql" in p.message("en") + p.hint("en")) for p in problems] == [(1, 11, True)]


def test_mistakes_are_told_all_at_once():
    """A key ring below data/ is one of them."""
    text = "database: data/x.db\nkey_ring: data/keys/ring.json\nzone: Asia/Shanghi\nlisten: '8080'\ncolour: red\n"
    settings, problems = parse_machine(text, Path("/home"))
    assert settings is None
    assert [f"{p.line}:{p.column} {p.en} | {p.hint_en}" for p in problems] == [
        "5:1 unknown key 'colour' | "
        "possible: database, key_ring, listen, zone, lmtp, metrics_token_env, metrics_token_file",
        "2:11 the key ring must not lie in data/ | "
        "who copies data/ must not get the keys too; for example key_ring: keys/ring.json",
        "3:7 there is no time zone 'Asia/Shanghi' | did you mean 'Asia/Shanghai'?",
        "4:9 listen is not understood: '8080' | expected HOST:PORT such as 127.0.0.1:8080",
    ]


def test_a_missing_file_says_how_to_make_a_home(tmp_path):
    """The hint is the command."""
    with pytest.raises(BadConfiguration) as caught:
        read_machine(tmp_path)
    assert "huiying init" in caught.value.hint
    assert caught.value.problems[0].file == "machine.yaml"


def test_a_place_where_mail_is_handed_over():
    """A host with its port, or a socket below the home."""
    text = "database: data/x.db\nkey_ring: keys/ring.json\nlmtp: "
    for word, place in (
        ("127.0.0.1:2424", "127.0.0.1:2424"),
        ("unix:data/lmtp.sock", f"unix:{Path('/home') / 'data' / 'lmtp.sock'}"),
    ):
        settings, problems = parse_machine(text + word, Path("/home"))
        assert problems == () and settings is not None
        assert settings.lmtp == place
    _, (problem,) = parse_machine(text + "2424", Path("/home"))
    assert (problem.line, problem.column, problem.en) == (3, 7, "lmtp is not understood: '2424'")

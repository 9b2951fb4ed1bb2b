"""A demo's home is private, keeps an admin's edits, and can be found by a second command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.domain.errors import BadInput, NotFound
from core.domain.letter import LettersMode
from core.domain.settings import MailboxSettings, Tls
from core.settings.mailboxes import read_mailboxes
from core.settings.secrets import password_of
from huiying.demo.home import DemoServers, make_demo_home
from huiying.demo.running import RunningDemo, announce, find_running, withdraw

SERVERS = DemoServers(
    imap=("127.0.0.1", 1143), smtp=("127.0.0.1", 1025), user="support@demo.example", password='p"w: #'
)


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "one.yaml").write_text("rules: []\n", encoding="utf-8")
    (folder / "mailboxes.yaml").write_text("[]\n", encoding="utf-8")
    return folder


def mailboxes(home: Path) -> tuple[MailboxSettings, ...]:
    """Read as the service reads them: without a single problem."""
    found, problems = read_mailboxes((home / "config" / "mailboxes.yaml").read_bytes(), "mailboxes.yaml")
    assert problems == ()
    return found


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_home_points_at_the_embedded_servers(tmp_path: Path, shipped: Path) -> None:
    """The shipped configuration is copied, with one mailbox that reads everything and answers live."""
    home = make_demo_home(tmp_path / "home", shipped, SERVERS)
    (box,) = mailboxes(home)
    assert (box.name, box.address, box.start, box.letters) == ("demo", "support@demo.example", "all", LettersMode.LIVE)
    assert (box.imap.port, box.imap.tls, box.smtp.port, box.smtp.tls) == (1143, Tls.NONE, 1025, Tls.NONE)
    assert password_of(box.imap, environ={}, home=home) == SERVERS.password
    assert (mode(home), mode(home / "data"), mode(home / "demo-password")) == (0o700, 0o700, 0o600)
    assert (home / "config" / "rules" / "one.yaml").exists()


def test_an_existing_home_keeps_what_was_edited(tmp_path: Path, shipped: Path) -> None:
    """Only the mailbox and its password are renewed: the ports differ in each run."""
    home = make_demo_home(tmp_path / "home", shipped, SERVERS)
    (home / "config" / "rules" / "one.yaml").write_text("# mine\n", encoding="utf-8")
    again = DemoServers(imap=("127.0.0.1", 2143), smtp=("127.0.0.1", 2025), user="u", password="second")
    make_demo_home(home, shipped, again)
    (box,) = mailboxes(home)
    assert (home / "config" / "rules" / "one.yaml").read_text(encoding="utf-8") == "# mine\n"
    assert (box.imap.port, box.smtp.port) == (2143, 2025)
    assert password_of(box.imap, environ={}, home=home) == "second"


def test_real_mailboxes_are_never_overwritten(tmp_path: Path, shipped: Path) -> None:
    """Pointed at a home in use by mistake, the demo refuses and leaves everything as it was."""
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "mailboxes.yaml").write_text("- name: service\n", encoding="utf-8")
    with pytest.raises(BadInput):
        make_demo_home(home, shipped, SERVERS)
    assert (home / "config" / "mailboxes.yaml").read_text(encoding="utf-8") == "- name: service\n"
    assert sorted(path.name for path in home.iterdir()) == ["config"]


def test_the_shipped_configuration_of_a_fresh_home_may_be_used(tmp_path: Path, shipped: Path) -> None:
    """What `init` has just written names no mailbox yet."""
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "mailboxes.yaml").write_text("[]\n", encoding="utf-8")
    make_demo_home(home, shipped, SERVERS)
    assert "127.0.0.1" in (home / "config" / "mailboxes.yaml").read_text(encoding="utf-8")


def a_demo(home: Path) -> RunningDemo:
    home.mkdir(exist_ok=True)
    ports = {"imap": ("127.0.0.1", 1), "smtp": ("127.0.0.1", 2), "drop": ("127.0.0.1", 3)}
    return RunningDemo(home=str(home), address="support@demo.example", console="http://127.0.0.1:4", pid=5, **ports)


@pytest.mark.parametrize("variable", ["XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "HOME"])
def test_a_running_demo_is_found_without_naming_its_home(tmp_path: Path, variable: str) -> None:
    """The pointer lies in the user's own folder, readable by nobody else."""
    environ = {variable: str(tmp_path / "user")}
    demo = a_demo(tmp_path / "home")
    announce(demo, environ)
    assert find_running(None, environ) == find_running(tmp_path / "home", {}) == demo
    assert mode(tmp_path / "home" / "demo.json") == 0o600
    assert [mode(file) for file in (tmp_path / "user").rglob("demo.json")] == [0o600]
    withdraw(demo, environ)
    with pytest.raises(NotFound):
        find_running(None, environ)


def test_ending_an_older_demo_leaves_the_newer_one_findable(tmp_path: Path) -> None:
    """The pointer belongs to the newest demo; another's end does not take it away."""
    environ = {"HOME": str(tmp_path)}
    old, new = a_demo(tmp_path / "old"), a_demo(tmp_path / "new")
    announce(old, environ)
    announce(new, environ)
    withdraw(old, environ)
    assert find_running(None, environ) == new


def test_the_demo_of_the_named_home_is_meant(tmp_path: Path) -> None:
    """Where HUIYING_HOME is a home without a demo, the newest is."""
    environ = {"HOME": str(tmp_path)}
    old, new = a_demo(tmp_path / "old"), a_demo(tmp_path / "new")
    announce(old, environ)
    announce(new, environ)
    assert find_running(None, {**environ, "HUIYING_HOME": old.home}) == old
    assert find_running(None, {**environ, "HUIYING_HOME": str(tmp_path)}) == new


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"home": "/x", "imap": []})])
def test_a_damaged_note_counts_as_none(tmp_path: Path, content: str) -> None:
    """Whatever stands in the file, the answer is a plain sentence with what to do."""
    (tmp_path / "demo.json").write_text(content, encoding="utf-8")
    with pytest.raises(NotFound) as none:
        find_running(tmp_path, {})
    assert "huiying demo" in none.value.hint

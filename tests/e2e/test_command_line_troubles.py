"""What the command line says when something is wrong: one line that helps, the right exit code, never a traceback."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.domain.errors import Unavailable
from core.settings.keyring import create_key_ring
from huiying.app.cli import main, run
from huiying.app.cli.files import new_file

PROGRAM = (sys.executable, "-m", "huiying.app.cli")
BETWEEN = "From a@example.com Mon Oct  2 10:00:00 2023\n"
MAILS = [f"From: a@example.com\nSubject: {word}\n\nhello\n" for word in ("one", "two")]


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUIYING_HOME", raising=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = str(tmp_path_factory.mktemp("troubles") / "a home")
    assert run(["init", place]) == 0
    return place


def test_help_that_nobody_asked_for_is_no_answer(capfd):
    """A group without its sub-command is wrong usage and tells what there is on stderr; --help answers on stdout."""
    for group in ([], ["rules"], ["handle"]):
        assert run(group) == 2
        said = capfd.readouterr()
        assert said.out == "" and "Usage: huiying" in said.err
    assert run(["rules", "--help"]) == 0
    assert "backtest" in capfd.readouterr().out


@pytest.mark.parametrize("argv", [["status", "--home"], ["classify", "x", "--home", ""], ["--home=", "status"]])
def test_a_home_without_a_name_is_wrong_usage(argv, capfd):
    """And is not taken for none: a variable that is not set would else do without the home's own rules."""
    assert run(argv) == 2
    said = capfd.readouterr()
    assert said.out == "" and "--home DIR" in said.err


@pytest.mark.parametrize("command", ["import", "backup", "restore", "init"])
def test_an_empty_path_is_not_the_folder_one_stands_in(command, home, capfd, monkeypatch, tmp_path):
    """``import "$UNSET"`` brings in nothing."""
    (tmp_path / "a.eml").write_text(MAILS[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run([command, "", "--home", home]) == 2
    said = capfd.readouterr()
    assert said.out == "" and "empty" in said.err and os.listdir(tmp_path) == ["a.eml"]


@pytest.mark.parametrize(
    "words",
    ["replay", "fetch", "quarantine show", "quarantine not-spam", "outbox retry", "notices again", "task show",
     "handle extend 1 approve --id", "handle part 1 done --id", "handle promise 1 kept --id"],
)  # fmt: skip
def test_a_number_that_no_row_can_have_is_wrong_usage(words, home, capfd):
    """Greater than any id is; SQLite could not even be asked."""
    assert run([*words.split(), "99999999999999999999999", "--home", home]) == 2
    said = capfd.readouterr()
    assert said.out == "" and "9223372036854775807" in said.err


@pytest.mark.parametrize(
    ("words", "code", "helps"),
    [
        ("list --state nope", 2, "waiting_customer"),
        ("search x --state nope", 2, "waiting_customer"),
        ("list --type nope", 0, "投诉"),
        ("list --limit -1", 2, "greater than"),
        ("search x --limit 0", 2, "greater than"),
        ("outbox list --limit -1", 2, "greater than"),
        ("task list --limit -1", 2, "greater than"),
        ("notices list --limit -1", 2, "greater than"),
        ("serve --port 65536", 2, "65535"),
        ("demo --port 65536", 2, "65535"),
        ("handle claim 1 --as li", 1, "--password-env"),
        ("handle call 1 nope", 1, "rescheduled"),
        ("handle vote 1 nope", 1, "yes | no"),
        ("handle extend 1 ask --clock resolution --wanted 9999-12-31T23:59-12:00", 1, "2026-03-05T10:00"),
        ("export 1 --from nope", 1, "2026-03-05"),
        ("sla explain --received 9999-12-31T23:59:59Z", 1, "range"),
        ("sla explain --received 0001-01-01T00:00:00Z --type 投诉", 1, "range"),
        ("replies gallery /proc/nope/x", 1, "/proc/nope"),
        ("backup /proc/nope/x", 1, "/proc/nope"),
        ("init /proc/nope/x", 1, "/proc/nope"),
    ],
)
def test_what_is_wrong_is_told_with_what_helps(words, code, helps, home, capfd):
    """Whatever stands in an option: the values that would do, or how one looks."""
    assert run([*words.split(), "--home", home]) == code
    said = capfd.readouterr()
    assert said.out == "" and helps in said.err


def test_what_is_done_answers_in_json(home, tmp_path, capfd):
    """Where it was asked for; else the path alone, as scripts read it."""
    file = tmp_path / "a.db"
    assert run(["backup", str(file), "--home", home, "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["file"] == str(file) and answer["size"] == file.stat().st_size and answer["schema"] > 0
    assert run(["migrate", "--home", home, "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == {"schema": answer["schema"]}
    assert run(["backup", str(tmp_path / "b.db"), "--home", home]) == 0
    assert capfd.readouterr().out == f"{tmp_path / 'b.db'}\n"


def test_the_way_to_a_home_with_a_space_can_be_typed(tmp_path, capfd):
    """What init says to do next is quoted for a shell."""
    assert run(["init", str(tmp_path / "a b"), "--json"]) == 0
    said = capfd.readouterr()
    assert f"--home '{tmp_path / 'a b'}' serve" in said.err and json.loads(said.out) == {"home": str(tmp_path / "a b")}


def test_parse_answers_each_mail_of_an_mbox(tmp_path, capfd, monkeypatch):
    """With its place from 0, from a file or from stdin; a file that is one mail has no place."""
    text = "\n".join(BETWEEN + mail for mail in MAILS)
    file, single = tmp_path / "a.txt", tmp_path / "b.eml"
    file.write_text(text, encoding="utf-8")
    single.write_text(MAILS[0], encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert run(["parse", str(file), "-", str(single)]) == 0
    answers = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(one["file"], one.get("index"), one["subject"]) for one in answers] == [
        (str(file), 0, "one"), (str(file), 1, "two"), ("-", 0, "one"), ("-", 1, "two"), (str(single), None, "one"),
    ]  # fmt: skip


def test_a_fault_of_our_own_is_one_line_with_its_place(capfd, monkeypatch):
    """The traceback is for whoever mends it, and asks for it."""
    monkeypatch.setattr("huiying.app.cli.run", lambda _: 1 // 0)
    with pytest.raises(SystemExit) as ended:
        main(["status"])
    said = capfd.readouterr()
    assert ended.value.code == 1 and "ZeroDivisionError" in said.err and "Traceback" not in said.err and said.out == ""
    monkeypatch.setenv("HUIYING_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main(["status"])


@pytest.mark.slow
def test_a_full_disk_may_be_tried_again(capfd):
    """The answer did not arrive: exit 3, and why."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PROGRAM, "calendar", "show"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == Unavailable.exit_code
    assert b"No space left" in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_failure():
    """``huiying … | head -1`` under ``set -o pipefail``."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*PROGRAM, "rules", "schema"], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
@pytest.mark.parametrize(("closed", "code"), [((0,), 1), ((0, 1, 2), 1)])
def test_without_a_standard_stream_it_works_all_the_same(closed, code, home):
    """A service manager or a shell's ``>&-`` leaves one out: it is taken for an empty one."""

    def close() -> None:
        for number in closed:
            with suppress(OSError):
                os.close(number)

    command = [*PROGRAM, "user", "add", "li", "--home", home]
    done = subprocess.run(command, capture_output=True, preexec_fn=close, check=False)
    assert (done.returncode, done.stdout) == (code, b"") and b"Traceback" not in done.stderr
    assert b"10" in done.stderr or 2 in closed


@pytest.mark.slow
def test_a_locale_that_knows_no_chinese_shows_the_help_all_the_same():
    """With question marks where it must."""
    poor = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([*PROGRAM, "--help"], env=os.environ | poor, capture_output=True, check=False)
    assert done.returncode == 0 and b"Usage: huiying" in done.stdout and done.stderr == b""


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (lambda home: (home / "data" / "huiying.db").write_bytes(b"nonsense" * 1_000), 3, ("不能使用", "restore FILE")),
        (lambda home: (home / "data" / "huiying.db").unlink(), 3, ("没有数据库文件", "huiying migrate")),
        (
            lambda home: create_key_ring(emptied(home / "keys" / "ring.json"), random=os.urandom),
            3,
            ("另一个", "put back"),
        ),
        (lambda home: (home / "keys" / "ring.json").write_text("{"), 3, ("已损坏", "the copy that you keep")),
    ],
)
def test_a_damaged_home_is_told_in_both_languages_with_what_helps(spoil, code, says, tmp_path, capfd):
    """Whatever of it is broken."""
    assert run(["init", str(tmp_path / "h")]) == 0
    spoil(tmp_path / "h")
    capfd.readouterr()
    assert run(["list", "--home", str(tmp_path / "h")]) == code
    said = capfd.readouterr()
    assert said.out == "" and all(word in said.err for word in says)


def emptied(ring: Path) -> Path:
    ring.unlink()
    return ring


@pytest.mark.slow
def test_a_backup_for_which_there_is_no_room_leaves_nothing(home, tmp_path):
    """Not even its beginning."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    command = [*PROGRAM, "backup", str(tmp_path / "a.db"), "--home", home]
    done = subprocess.run(command, capture_output=True, preexec_fn=small, check=False)
    assert done.returncode == 3 and done.stdout == b"" and b"Traceback" not in done.stderr
    assert "不能使用".encode() in done.stderr and os.listdir(tmp_path) == []


def test_what_is_broken_off_leaves_no_half_of_a_file(tmp_path):
    """Nobody takes the first lines of a sheet for all of it; whatever breaks it off, a signal too."""

    def lines() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"), new_file(tmp_path / "a.csv") as out:
        out.writelines(lines())
    with pytest.raises(SystemExit) as ended, new_file(tmp_path / "b.csv"):
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.code == 143 and os.listdir(tmp_path) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_home_that_is_broken_off_can_be_made_again(tmp_path, monkeypatch, capfd):
    """Nothing of it stays, but the folder that was there before."""
    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.setattr("huiying.app.home.migrate", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    for place in (there, tmp_path / "new"):
        with pytest.raises(SystemExit):
            run(["init", str(place)])
    assert os.listdir(tmp_path) == ["there"] and os.listdir(there) == []
    monkeypatch.undo()
    assert run(["init", str(there)]) == 0


@pytest.mark.parametrize("words", ["list --text", "search", "show", "models promote"])
def test_a_word_that_is_no_text_is_bad_input(words, home, capfd):
    """Octets of the terminal that are no UTF-8."""
    assert run([*words.split(), "a\udcffb", "--home", home]) == 1
    assert "cannot be stored" in capfd.readouterr().err

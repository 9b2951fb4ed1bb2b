"""The command line's contract: names, exit codes and the shape of answers."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.domain.filing import AuditEntry
from core.domain.mail import RawMail
from huiying.app.bootstrap import open_app
from huiying.app.cli import run
from huiying.app.cli.console import compact
from huiying.app.cli.reference import commands_page
from huiying.app.home import Home
from huiying.console.caller import ACTION, SUBJECT
from tests.factories.pipeline import a_mail

COMMANDS = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUIYING_HOME", raising=False)


def _answers(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_an_unknown_command_is_wrong_usage(capfd):
    """A command that does not exist exits with 2 and says so on stderr, with nothing on stdout."""
    assert run(["nonsense"]) == 2
    said = capfd.readouterr()
    assert said.out == "" and "nonsense" in said.err


def test_a_missing_home_is_wrong_usage(capfd):
    """A command that needs a home names the ways to give one."""
    assert run(["list"]) == 2
    assert "HUIYING_HOME" in capfd.readouterr().err


def test_home_stands_before_or_after_the_command(tmp_path, capfd):
    """--home and --json are taken wherever they stand."""
    home = str(tmp_path / "home")
    assert run(["init", home]) == 0
    capfd.readouterr()
    for argv in (["--json", "--home", home, "config", "status"], ["config", "status", f"--home={home}", "--json"]):
        assert run(argv) == 0
        assert _answers(capfd)[0]["same"] is True


def test_init_makes_a_private_home_and_never_overwrites(tmp_path, capfd):
    """A new home checks clean, keeps its keys to itself, and a second init leaves it alone."""
    home = tmp_path / "home"
    assert run(["init", str(home)]) == 0
    assert run(["check", "--home", str(home)]) == 0
    assert (home / "data").stat().st_mode & 0o777 == 0o700
    assert (home / "keys" / "ring.json").stat().st_mode & 0o777 == 0o600
    before = {path: path.read_bytes() for path in home.rglob("*.yaml")}
    assert run(["init", str(home)]) == 1
    assert before == {path: path.read_bytes() for path in home.rglob("*.yaml")}


def test_check_reports_every_problem_with_its_place(tmp_path, capfd):
    """Two mistakes in two files are two lines with file, line, column, message and hint, and exit 1."""
    home = tmp_path / "home"
    run(["init", str(home)])
    (home / "config" / "sla" / "policy.yaml").write_text("policy: standart\ncalendar: cn\n", encoding="utf-8")
    (home / "config" / "mailboxes.yaml").write_text("- name: a\n  adress: b@example.com\n", encoding="utf-8")
    capfd.readouterr()
    assert run(["check", "--home", str(home), "--json"]) == 1
    problems = _answers(capfd)
    places = {(p["file"], p["line"]) for p in problems}
    assert {("sla/policy.yaml", 1), ("mailboxes.yaml", 2)} <= places
    assert all(set(p) == {"file", "line", "column", "message", "hint"} for p in problems)


def test_check_tries_the_keys_that_sign(tmp_path, capfd, monkeypatch):
    """Each that cannot is told where it is named; one that can is not mentioned."""
    home = tmp_path / "home"
    run(["init", str(home)])
    for name, bits in (("good.pem", 2048), ("short.pem", 768)):
        command = ["openssl", "genrsa", "-traditional", "-out", str(home / name), str(bits)]
        subprocess.run(command, check=True, capture_output=True)
    (home / "none.pem").write_text("nonsense", encoding="utf-8")
    (home / "dir.pem").mkdir()
    named = ("good.pem", "gone.pem", "dir.pem", "none.pem", "short.pem")
    keys = [f"    - {{selector: s{n}, key_file: {name}}}\n" for n, name in enumerate(named)]
    keys.append("    - {selector: s9, key_env: NO_SUCH_KEY}\n")
    (home / "config" / "mailboxes.yaml").write_text(
        "- name: a\n  address: a@example.com\n  user: a\n  password_env: P\n"
        "  imap: {host: imap.example.com}\n  smtp: {host: smtp.example.com}\n  dkim:\n" + "".join(keys),
        encoding="utf-8",
    )
    capfd.readouterr()
    monkeypatch.setenv("HUIYING_LANG", "en")
    assert run(["check", "--home", str(home), "--json"]) == 1
    told = {(p["file"], p["line"], p["column"]): p["message"] for p in _answers(capfd)}
    words = (
        "gone.pem: cannot read",
        "dir.pem: cannot read",
        "none.pem: the DKIM key is no PEM",
        "short.pem: ",
        "NO_SUCH",
    )
    assert list(told) == [("mailboxes.yaml", line, 32 if line < 13 else 31) for line in range(9, 14)]
    assert all(word in message for word, message in zip(words, told.values(), strict=True)), told


def test_parse_needs_no_home_and_refuses_only_unreadable_paths(tmp_path, capfd):
    """Good and broken mails each give an object; a path that cannot be read gives exit 1 and a word on stderr."""
    good, broken = tmp_path / "good.eml", tmp_path / "broken.eml"
    good.write_bytes("From: 张三 <z@example.cn>\nSubject: =?utf-8?b?5L2g5aW9?=\n\n正文\n".encode())
    broken.write_bytes(b"\x00\xff\x00")
    assert run(["parse", str(good), str(broken)]) == 0
    first, second = _answers(capfd)
    assert (first["file"], first["subject"], first["from"]["address"]) == (str(good), "你好", "z@example.cn")
    assert first["text"].strip() == "正文" and second["file"] == str(broken) and second["defects"]
    assert run(["parse", str(good), str(tmp_path / "none.eml")]) == 1
    said = capfd.readouterr()
    assert len(said.out.splitlines()) == 1 and "none.eml" in said.err


def test_classify_answers_in_order_and_marks_a_bad_line(tmp_path, capfd):
    """With --jsonl each line has its answer; a bad one says which line, and the exit code is 1 at the end."""
    rows = tmp_path / "rows.jsonl"
    lines = ('{"text": "系统登录不了，所有门店停业"}', "not json", '{"subject": "hi"}', '{"text": ""}')
    rows.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(["classify", "--jsonl", str(rows)]) == 1
    first, second, third, fourth = _answers(capfd)
    assert first["type"]["value"] and first["urgency"]["by"] in ("rule", "model", "default")
    assert second["line"] == 2 and second["error"] and third["line"] == 3
    assert fourth["type"]["value"] == "其他"
    field = {
        "value",
        "label",
        "by",
        "because",
        "suggested",
        "confidence",
        "certainty",
        "accepted",
        "coarse",
        "alternatives",
        "evidence",
    }
    assert all(field <= set(first[name]) for name in ("type", "urgency", "emotion", "topic", "priority", "team"))
    assert isinstance(first["rules"], list) and {"model", "bundle", "known"} <= set(first)
    assert {"登录", "停业"} & {word["term"] for word in first["type"]["evidence"]}
    assert (first["abstained"], fourth["abstained"]) == ("", "empty text")


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("zh-CN", "🙂🙂", "文字太少，看不出意思"),
        ("en", "\x01\x1b", "there is too little text to tell"),
        ("en", "สวัสดีครับ ผมต้องการความช่วยเหลือ", "most of its words are unknown: another language or another subject"),
    ],
)
def test_classify_says_why_the_model_abstains(language, text, words, capfd, monkeypatch):
    """Emoji, control characters, a language never seen: rules and defaults decide, and the reason is in the answer."""
    monkeypatch.setenv("HUIYING_LANG", language)
    assert run(["classify", text, "--json"]) == 0
    told = _answers(capfd)[0]
    assert told["abstained_words"] == words and told["type"]["suggested"] is None
    assert run(["classify", text]) == 0
    assert words in capfd.readouterr().out


@pytest.mark.parametrize(
    ("received", "priority", "due"),
    [
        ("2026-03-05T10:00:00+08:00", "高", "2026-03-05T10:15:00+08:00"),
        ("2026-03-05T14:20:00+08:00", "中", "2026-03-05T16:20:00+08:00"),
        ("2026-03-05T09:45:00+08:00", "high", "2026-03-05T10:00:00+08:00"),
    ],
)
def test_sla_explain_gives_the_rows_of_the_field(received, priority, due, capfd):
    """The three examples that the practice's own documents give, by key or English name."""
    assert run(["sla", "explain", "--received", received, "--priority", priority]) == 0
    answer = _answers(capfd)[0]
    clocks = {clock["clock"]: clock for clock in answer["clocks"]}
    assert set(clocks) == {"acknowledgement", "first_response", "next_update", "resolution"}
    assert clocks["first_response"]["due"] == due
    assert all({"from", "to", "counts", "why"} <= set(part) for part in clocks["first_response"]["intervals"])


def test_sla_explain_reads_lines(tmp_path, capfd):
    """--jsonl answers each line and names the line of a value that nobody knows."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"received": "2026-03-05T10:00:00+08:00", "urgency": "紧急"}\n'
        '{"received": "yesterday"}\n{"received": "2026-03-05T10:00:00+08:00", "level": "nobody"}\n',
        encoding="utf-8",
    )
    assert run(["sla", "explain", str(rows), "--jsonl", "--policy", "rapid-7x24"]) == 1
    first, second, third = _answers(capfd)
    assert first["policy"] == "rapid-7x24" and second["line"] == 2 and third["line"] == 3


def test_rules_test_passes_for_what_ships(capfd):
    """The shipped book keeps its own promises: every example holds."""
    assert run(["rules", "test", "--json"]) == 0
    answer = _answers(capfd)[0]
    assert answer["failed"] == [] and answer["rules"] >= 15 and answer["examples"] >= 2 * answer["rules"] - 2


def test_json_never_breaks_a_line():
    """Control characters and Unicode line ends are escaped and lone surrogates replaced; Chinese stays readable."""
    line = compact({"a": "x\u2028y\u0085z\x1b\ud800好"})
    assert line == '{"a":"x\\u2028y\\u0085z\\u001b\ufffd好"}'
    line.encode("utf-8")


def test_the_reference_names_every_command():
    """docs/reference/commands.md is what the program says; `python -m huiying.app.cli.reference` writes it."""
    assert COMMANDS.read_text(encoding="utf-8") == commands_page()


def test_doctor_says_that_a_proxy_hides_who_asks(tmp_path, capfd):
    """By what the console noted last; nothing where no proxy was ever seen."""
    home = str(tmp_path / "home")
    assert run(["init", home]) == 0

    def proxy() -> list[tuple[bool, str]]:
        capfd.readouterr()
        run(["doctor", "--home", home, "--json"])
        return [(row["ok"], row["message"]) for row in _answers(capfd) if row["check"] == "proxy"]

    def note(**details: str) -> None:
        app = open_app(Home(Path(home)), os.environ, works=False)
        entry = AuditEntry(
            id=app.context.ids(), at=app.context.now(), actor="console", action=ACTION, subject=SUBJECT,
            details=tuple(details.items()),
        )  # fmt: skip
        with app.store.write() as tx:
            tx.audit.add([entry])
        app.close()

    assert proxy() == []
    note(hides="yes", proxy="10.88.0.1")
    [(ok, words)] = proxy()
    assert not ok and "FORWARDED_ALLOW_IPS=10.88.0.1" in words
    note(hides="no")
    assert [ok for ok, _ in proxy()] == [True]


def test_doctor_says_which_secret_others_may_read(tmp_path, capfd):
    """The file of a channel's address and that of the monitor's token; one that is ours alone is not mentioned."""
    home = tmp_path / "home"
    assert run(["init", str(home)]) == 0
    (home / "config" / "notify.yaml").write_text(
        "channels:\n  ops: {kind: webhook, url_file: keys/ops.txt}\n  two: {kind: webhook, url_file: keys/two.txt}\n",
        "utf-8",
    )
    with (home / "config" / "machine.yaml").open("a") as file:
        file.write("metrics_token_file: keys/token\n")
    for name, mode in (("ops.txt", 0o644), ("two.txt", 0o600), ("token", 0o640)):
        (home / "keys" / name).write_text("x")
        (home / "keys" / name).chmod(mode)
    assert run(["config", "publish", "--home", str(home)]) == 0
    capfd.readouterr()
    assert run(["doctor", "--home", str(home), "--json"]) == 1
    said = {row["check"]: row for row in _answers(capfd) if row["check"].startswith("secret:")}
    assert set(said) == {"secret:keys/ops.txt", "secret:keys/token"}
    assert not said["secret:keys/token"]["ok"] and "chmod 600" in said["secret:keys/token"]["message"]


def test_erase_and_a_restored_backup(tmp_path, capfd):
    """Looked at first; not without a yes; afterwards a backup of before brings nothing back, thanks to the journal."""
    home, mail = tmp_path / "home", tmp_path / "one.eml"
    mail.write_bytes(a_mail(subject="屏风", body="屏风坏了。", sender="王芳 <fang@kunde.cn>"))
    assert run(["init", str(home)]) == 0
    at, number = ["--home", str(home), "--json"], "H000001"
    assert run(["import", str(mail), *at]) == 0
    assert run(["backup", str(tmp_path / "before.db"), *at]) == 0
    capfd.readouterr()
    assert run(["erase", number, "--dry-run", *at]) == 0
    [asked] = _answers(capfd)
    assert (asked["customer"], asked["tickets"], asked["mails"], asked["erased"]) == ("f***@kunde.cn", 1, 1, False)
    assert run(["erase", "fang@kunde.cn", *at]) == 2
    capfd.readouterr()
    assert run(["erase", "fang@kunde.cn", "--yes", *at]) == 0
    [done] = _answers(capfd)
    assert done == {**asked, "erased": True}
    assert run(["erase", "fang@kunde.cn", "--yes", *at]) == 1
    (home / "data" / "huiying.db").rename(tmp_path / "old.db")
    for more in ("-wal", "-shm"):
        (home / "data" / f"huiying.db{more}").unlink(missing_ok=True)
    assert run(["restore", str(tmp_path / "before.db"), *at]) == 0
    capfd.readouterr()
    assert run(["erase", "fang@kunde.cn", "--dry-run", *at]) == 1
    assert run(["show", number, *at]) == 0
    assert _answers(capfd)[0]["subject"].startswith("（已删除")


def test_a_backup_is_restored_as_the_page_says(tmp_path, capfd):
    """Into a home of ``init`` with the old key ring and the old configuration; not into one in which something was."""
    home, new, file = tmp_path / "home", tmp_path / "new", str(tmp_path / "a.backup")
    assert run(["init", str(home)]) == run(["init", str(new)]) == 0
    (tmp_path / "a.eml").write_bytes(a_mail())
    assert run(["import", str(tmp_path / "a.eml"), "--home", str(home)]) == 0
    assert run(["backup", file, "--home", str(home)]) == 0
    for folder in ("keys", "config"):
        shutil.copytree(home / folder, new / folder, dirs_exist_ok=True)
    assert run(["restore", file, "--home", str(new)]) == 0
    capfd.readouterr()
    assert run(["show", "H000001", "--home", str(new)]) == 0
    assert json.loads(capfd.readouterr().out)["number"] == "H000001"
    assert run(["restore", file, "--home", str(new)]) == 1
    assert run(["show", "H000001", "--home", str(new)]) == 0


def _restored(home: Path, tmp_path: Path, damage: bytes = b"") -> int:
    """The exit code of restoring the backup into that home, whose database goes before; ``damage`` is how a mail's
    bytes begin in the backup."""
    if damage:
        with closing(sqlite3.connect(tmp_path / "before.db")) as opened, opened:
            opened.execute("UPDATE raw_mail SET data = CAST(? || substr(data, 2) AS BLOB)", (damage,))
    for file in (home / "data").glob("huiying.db*"):
        file.unlink()
    return run(["restore", str(tmp_path / "before.db"), "--home", str(home), "--json"])


def _backed_up_and_erased(tmp_path: Path, *mails: tuple[str, bool]) -> Path:
    """A home whose backup holds somebody who was erased since; a key is added after a mail that says so, and the first
    key is gone."""
    home = tmp_path / "home"
    at = ["--home", str(home), "--json"]
    assert run(["init", *at[1:2]]) == 0
    for sender, then_a_key in mails:
        mail = tmp_path / "one.eml"
        mail.write_bytes(a_mail(subject="屏风", body="屏风坏了。", sender=sender, mid=f"of-{sender}"))
        assert run(["import", str(mail), *at]) == 0
        assert not then_a_key or run(["key", "add", *at]) == 0
    assert run(["backup", str(tmp_path / "before.db"), *at]) == 0
    assert run(["erase", "fang@kunde.cn", "--yes", *at]) == 0
    if any(then_a_key for _, then_a_key in mails):
        assert run(["key", "rotate", *at]) == 0 and run(["key", "remove", "1", *at]) == 0
    return home


def test_a_damaged_row_keeps_no_erased_customer_in_a_restored_backup(tmp_path, capfd):
    """What it begins with is no number of a key: nothing is missing, and the erasures are done again."""
    home = _backed_up_and_erased(tmp_path, ("fang@kunde.cn", False), ("zhao@else.cn", False))
    assert _restored(home, tmp_path, damage=b"\xc8") == 0
    assert run(["erase", "fang@kunde.cn", "--dry-run", "--home", str(home)]) == 1
    assert run(["erase", "zhao@else.cn", "--dry-run", "--home", str(home)]) == 0


def test_an_absent_key_of_others_keeps_no_erased_customer_in_a_restored_backup(tmp_path, capfd):
    """It is told, and the erasures are done all the same."""
    home = _backed_up_and_erased(tmp_path, ("zhao@else.cn", True), ("fang@kunde.cn", False))
    capfd.readouterr()
    assert _restored(home, tmp_path) == 1 and "[1]" in capfd.readouterr().err
    assert run(["erase", "fang@kunde.cn", "--dry-run", "--home", str(home)]) == 1


def test_what_cannot_be_erased_again_is_not_opened(tmp_path, capfd):
    """Without the key of the erased one's rows the restored database serves nobody."""
    home = _backed_up_and_erased(tmp_path, ("fang@kunde.cn", True))
    capfd.readouterr()
    assert _restored(home, tmp_path) == 3 and "[1]" in capfd.readouterr().err
    assert run(["status", "--home", str(home)]) == 3 and "erased" in capfd.readouterr().err


def test_a_key_is_added_and_the_old_one_goes(published_home, tmp_path, capfd):
    """Each step says what it did; no answer holds a key. A backup of before needs the key ring of before."""
    home = tmp_path / "home"
    shutil.copytree(published_home, home)
    of = ["--json", "--home", str(home)]
    app = open_app(Home(home), {}, works=False)
    mail = RawMail(
        source="files", mailbox="m", folder="1", uidvalidity=0, uid=0, arrived=app.context.now(), data=a_mail()
    )
    with app.store.write() as tx:
        [id_] = tx.ledger.keep([mail], app.context.now(), old_before_uid=0, after="nothing")
    app.close()
    capfd.readouterr()
    assert run(["key", "list", *of]) == 0
    first = {key["key"]: key for key in _answers(capfd)}
    assert first["1"] == {"key": "1", "kind": "data", "current": True, "missing": False, "rows": {"raw_mail": 1}}
    assert (first["index"]["kind"], first["a"]["kind"]) == ("index", "signing")
    ring = json.loads((home / "keys" / "ring.json").read_bytes())
    assert run(["backup", str(tmp_path / "before.backup"), *of]) == 0
    capfd.readouterr()
    assert run(["key", "add", "--signing", *of]) == 0 and run(["key", "add", *of]) == 0
    assert _answers(capfd) == [{"key": "b", "kind": "signing"}, {"key": "2", "kind": "data"}]
    assert run(["key", "remove", "1", *of]) == 1 and "raw_mail 1" in capfd.readouterr().err
    assert run(["key", "rotate", *of]) == 0
    assert _answers(capfd) == [{"key": "2", "rows": 1, "unreadable": 0}]
    assert run(["key", "remove", "1", *of]) == 0 and run(["key", "remove", "2", *of]) == 1
    said = capfd.readouterr()
    assert not any(key in said.out + said.err for key in (ring["index"], ring["data"]["1"], ring["signing"]["a"]))
    app = open_app(Home(home), {}, works=False)
    with app.store.read() as tx:
        assert tx.ledger.raw(id_) == a_mail()
        actions = [row.action for row in tx.views.audit("keys", "", 9).rows]
    app.close()
    assert actions == ["key.removed", "key.rotated", "key.added", "key.added"]
    later = tmp_path / "later"
    shutil.copytree(home, later, ignore=shutil.ignore_patterns("huiying.db*"))
    assert run(["restore", str(tmp_path / "before.backup"), "--home", str(later)]) == 1
    assert "[1]" in capfd.readouterr().err
    (home / "keys" / "ring.json").write_text(json.dumps(ring))
    assert run(["key", "list", *of]) == 3 and "old copy" in capfd.readouterr().err


def test_retention_says_what_would_go(published_home, tmp_path, capfd):
    """A log is never kept under half a year; what is old goes when it is not only asked for."""
    home = tmp_path / "home"
    shutil.copytree(published_home, home)
    of = ["--json", "--home", str(home)]
    app = open_app(Home(home), {}, works=False)
    entry = AuditEntry(id=1, at=app.context.now(), actor="li", action="x", subject="y")
    with app.store.write() as tx:
        tx.audit.add([entry])
    app.close()
    (home / "config" / "retention.yaml").write_text("log_months: 6\n")
    assert run(["config", "publish", "--reason", "half a year", *of]) == 0
    capfd.readouterr()
    for argv, lines in ((["--dry-run"], 1), ([], 1), ([], 0)):
        assert run(["retention", "run", *argv, *of]) == 0
        [answer] = _answers(capfd)
        assert {"mails", "letters", "files", "log", "mail_before", "log_before", "removed"} == set(answer)
        assert (answer["mails"], answer["log"], answer["removed"]) == (0, lines, not argv)
    (home / "config" / "retention.yaml").write_text("log_months: 3\n")
    assert run(["check", *of]) == 1
    [problem] = _answers(capfd)
    assert (problem["file"], problem["line"], problem["column"]) == ("retention.yaml", 1, 13)

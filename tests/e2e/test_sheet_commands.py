"""The command that gives sheets out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from huiying.app.bootstrap import open_app
from huiying.app.cli import run
from huiying.app.home import Home

pytestmark = pytest.mark.slow

MAIL = (
    "From: 王芳 <wang@example.cn>\r\nTo: service@example.com\r\nSubject: 请问企业版价格\r\n"
    "Message-ID: <p1@example.cn>\r\nDate: Thu, 05 Mar 2026 10:00:00 +0800\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n请问企业版支持多少个账号？\r\n"
)


def test_a_sheet_goes_to_a_file_or_to_standard_output(tmp_path: Path, capfdbinary, monkeypatch) -> None:
    """The file's ending says as what; a file that is there is not overwritten; what is wrong is told."""
    monkeypatch.delenv("HUIYING_HOME", raising=False)
    home, book = str(tmp_path / "home"), tmp_path / "5.xlsx"
    assert run(["init", home]) == 0
    (tmp_path / "m.eml").write_bytes(MAIL.encode())
    assert run(["import", str(tmp_path / "m.eml"), "--home", home]) == 0
    capfdbinary.readouterr()
    assert run(["export", "客户需求快速响应跟踪表", str(book), "--home", home]) == 0
    told = json.loads(capfdbinary.readouterr().out)
    assert told == {"file": str(book), "sheet": "response", "format": "xlsx", "rows": 1}
    assert book.read_bytes().startswith(b"PK") and book.stat().st_mode & 0o077 == 0
    assert run(["export", "1", "--from", "2026-03-05", "--to", "2026-03-05", "--lang", "en", "--home", home]) == 0
    written = capfdbinary.readouterr().out.decode()
    assert written.startswith("\ufeffDemand no.,Customer,") and "H000001" in written
    assert run(["export", "5", str(tmp_path / "5.csv"), "--home", home]) == 0
    capfdbinary.readouterr()
    for kept in (1, 0):
        assert run(["import", str(tmp_path / "5.csv"), "--sheet", "5", "--home", home, "--json"]) == 0
        assert json.loads(capfdbinary.readouterr().out) == {"read": 1, "kept": kept, "known": 1 - kept}
    for wrong, code, words in (
        (["5", str(book)], 1, "File exists"),
        (["5", "--from", "gestern"], 1, "2026-03-05"),
        (["5", "--format", "xlsx"], 2, "FILE"),
        (["客户满意度表"], 1, "did you mean satisfaction"),
        (["5", "--lang", "de"], 2, "zh-CN, en"),
    ):
        assert run(["export", *wrong, "--home", home]) == code
        assert words in capfdbinary.readouterr().err.decode()


def test_who_may_give_a_sheet_out_may_do_so_by_command(tmp_path: Path, capfd, monkeypatch) -> None:
    """An auditor by name and password, and it is noted as done by that person; an agent may not."""
    home = ["--home", str(tmp_path / "home"), "--json"]
    assert run(["init", home[1]]) == 0
    monkeypatch.setenv("WORD", "four words are enough")
    for name, role in (("aud", "auditor"), ("li", "agent")):
        monkeypatch.setattr("sys.stdin", io.StringIO("four words are enough\n"))
        assert run(["user", "add", name, "--role", role, *home]) == 0
    assert run(["export", "5", str(tmp_path / "5.csv"), "--as", "aud", "--password-env", "WORD", *home]) == 0
    capfd.readouterr()
    assert run(["export", "5", str(tmp_path / "6.csv"), "--as", "li", "--password-env", "WORD", *home]) == 1
    assert "export-sheets" in capfd.readouterr().err and not (tmp_path / "6.csv").exists()
    app = open_app(Home(tmp_path / "home"), {}, works=False)
    with app.store.read() as tx:
        actors = {row.actor for row in tx.views.audit("", "", 9).rows if row.action.startswith("sheet.")}
    app.close()
    assert actors == {"aud"}

"""``huiying reconcile`` against a mail server: what a person sees who wonders whether a mail was lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from benchmarks.kill import make_mails, servers
from huiying.app.cli import run
from tests.fakes.service import a_home


@pytest.mark.slow
def test_a_lost_mail_is_found_and_filed_by_one_command(tmp_path: Path, capfd) -> None:
    """Exit 1 while a mail of the server is not ours, 0 once it is; the answer counts, and says which UID it was."""

    def huiying(*words: str) -> tuple[int, list[dict[str, Any]]]:
        capfd.readouterr()
        code = run(["--home", str(home.path), "--json", *words])
        return code, [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    with servers() as (imap, _, where):
        home = a_home(tmp_path / "home", where)
        assert huiying("work", "--once", "--only", "config,poll")[0] == 0
        for data in make_mails(3, "r"):
            imap.append(data)
        assert huiying("work", "--once", "--only", "config,poll,triage")[1][0]["poll"] == 3
        engine = create_engine(f"sqlite:///{home.data / 'huiying.db'}")
        with engine.begin() as connection:
            lost = connection.execute(text("SELECT id, uid FROM ledger ORDER BY uid LIMIT 1 OFFSET 1")).one()
            connection.execute(text("DELETE FROM raw_mail WHERE ledger_id = :id"), {"id": lost.id})
            connection.execute(text("DELETE FROM ledger WHERE id = :id"), {"id": lost.id})
        engine.dispose()
        code, (looked,) = huiying("reconcile", "--dry-run")
        assert code == 1
        assert (looked["on_server"], looked["stored"], looked["missing"], looked["uids"]) == (3, 2, 1, [lost.uid])
        code, (done,) = huiying("reconcile")
        assert code == 0
        assert (done["missing"], done["kept"], done["stored"], done["complete"]) == (1, 1, 3, True)
        code, (again,) = huiying("reconcile", looked["mailbox"])
        assert (code, again["missing"]) == (0, 0)
        assert huiying("work", "--once", "--only", "config,triage")[1][0]["triage"] == 1
        assert huiying("reconcile", "nobody")[0] == 1


@pytest.mark.slow
def test_a_mailbox_in_trouble_keeps_no_other_from_being_compared(tmp_path: Path, capfd) -> None:
    """Those behind it are compared all the same; the trouble is told, and the exit says that one could not be tried."""
    with servers() as (imap, _, where):
        home = a_home(tmp_path / "home", where)
        file = home.config / "mailboxes.yaml"
        first = file.read_text("utf-8")
        head, dash, entry = first.partition("- name")
        away = entry.replace("demo", "away", 1).replace("address: ", "address: a").replace(str(where.imap[1]), "1")
        file.write_text(head + dash + away.rstrip() + "\n" + dash + entry, "utf-8")
        imap.append(make_mails(1, "r")[0])
        run(["--home", str(home.path), "work", "--once", "--only", "config,poll"])
        capfd.readouterr()
        assert run(["--home", str(home.path), "--json", "reconcile"]) == 3
        told = capfd.readouterr()
    assert [json.loads(line)["mailbox"] for line in told.out.splitlines()] == ["demo"]
    assert "away" in told.err

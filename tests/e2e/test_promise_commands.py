"""Commands about time limits, calendars, letters and the outbox."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Any

import pytest

from core.domain.second_factor import SecondFactor
from huiying.app.cli import run

MAIL = (
    "From: 王芳 <wang@example.cn>\r\nTo: service@example.com\r\nSubject: 请问企业版价格\r\n"
    "Message-ID: <p1@example.cn>\r\nDate: Thu, 05 Mar 2026 10:00:00 +0800\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n请问企业版支持多少个账号？\r\n"
)


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUIYING_HOME", raising=False)


@pytest.fixture
def home(tmp_path: Path, new_home: Path) -> Path:
    return Path(shutil.copytree(new_home, tmp_path / "home"))


def answers(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_sla_test_runs_the_examples_of_every_policy(home, capfd):
    """What ships passes; a local example that fails is named with its line, and keeps the bundle from going live."""
    assert run(["sla", "test", "--json"]) == 0
    assert answers(capfd)[0]["failed"] == []
    example = "  - {received: 2026-03-05 10:00, due: {resolution: 2026-03-05 11:00}}\n"
    policy = f"name: mine\nbased_on: standard\nexamples:\n{example}"
    (home / "config" / "sla" / "mine.yaml").write_text(policy, encoding="utf-8")
    assert run(["sla", "test", "--home", str(home), "--json"]) == 1
    [failed] = answers(capfd)[0]["failed"]
    assert (failed["file"], failed["line"], failed["got"]) == ("sla/mine.yaml", 4, "2026-03-12 10:00")
    assert run(["check", "--home", str(home)]) == 1
    assert answers(capfd)[0]["line"] == 4
    (home / "config" / "sla" / "mine.yaml").write_text("name: mine\nbased: standard\n", encoding="utf-8")
    assert run(["sla", "test", "--home", str(home), "--json"]) == 1
    told = capfd.readouterr()
    assert json.loads(told.out)["failed"] == [] and "mine.yaml" in told.err


def test_calendar_show_tells_a_year(capfd):
    """Every free day with its name, every make-up day with its hours."""
    assert run(["calendar", "show", "cn", "--year", "2026", "--json"]) == 0
    [year] = answers(capfd)
    assert {"date": "2026-10-10", "hours": "09:00–12:00, 13:00–18:00"} in year["makeup_days"]
    assert {"date": "2026-02-17", "name": "春节", "provisional": False} in year["holidays"]
    assert (year["working_days"], year["provisional"], year["known_until"]) == (248, False, "2026-12-31")
    assert run(["calendar", "show", "2025", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["year"] == 2025
    assert run(["calendar", "show", "nowhere"]) == run(["calendar", "show", "999"]) == 1


def test_calendar_generate_writes_a_year_into_the_home(home, capfd):
    """The whole file on stdout, or in its place; the configuration stays clean, and unannounced days are marked."""
    assert run(["calendar", "generate", "2028"]) == 0
    assert "  2028:" in capfd.readouterr().out
    assert run(["calendar", "generate", "2028", "--home", str(home), "--write"]) == 0
    capfd.readouterr()
    assert run(["check", "--home", str(home)]) == 0
    assert run(["calendar", "show", "--year", "2028", "--home", str(home), "--json"]) == 0
    year = answers(capfd)[0]
    assert year["provisional"] and {"date": "2028-05-01", "name": "劳动节", "provisional": True} in year["holidays"]
    assert run(["calendar", "generate", "2028", "--write"]) == 1


def test_a_generated_year_is_one_object_when_asked_for(capfd):
    """With the whole file as one value; a year that no calendar knows is wrong usage."""
    assert run(["calendar", "generate", "2028", "--json"]) == 0
    [year] = answers(capfd)
    assert (year["calendar"], year["year"], year["path"]) == ("cn", 2028, None)
    assert "  2028:" in year["content"]
    assert {"date": "2028-05-01", "name": "劳动节", "provisional": True} in year["holidays"]
    assert run(["calendar", "show", "--year", "99999"]) == 2
    assert run(["calendar", "generate", "99999"]) == 2


def test_calendar_import_reads_icalendar(tmp_path, capfd):
    """A whole-day event becomes a free day; holidays that such a year has no more are told."""
    ics = tmp_path / "free.ics"
    ics.write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20280102\nSUMMARY:厂休\nEND:VEVENT\nEND:VCALENDAR\n", "utf-8"
    )
    assert run(["calendar", "import", str(ics), "--year", "2028"]) == 0
    assert "    厂休: 2028-01-02" in capfd.readouterr().out
    ics.write_text(ics.read_text("utf-8").replace("2028", "2026"), "utf-8")
    assert run(["calendar", "import", str(ics), "--year", "2026"]) == 0
    told = capfd.readouterr().err
    assert "2026-10-01  国庆节 → 上班 (worked now)" in told and "2026-01-02" in told and "2026-01-04" not in told


def test_replies_check_names_every_mistake(home, capfd):
    """Unknown variable, missing language, a word list that cannot be read: file and line of each."""
    assert run(["replies", "check", "--home", str(home)]) == 0
    capfd.readouterr()
    (home / "config" / "replies" / "thanks.en.j2").write_text(
        "---\nname: thanks\ntitle: Thanks\nsubject: Thanks\n---\nDear {{ nmae }},\n", "utf-8"
    )
    (home / "config" / "wording.yaml").write_text("phrases:\n  - {id: a}\n", "utf-8")
    assert run(["replies", "check", "--home", str(home), "--json"]) == 1
    places = [(one["file"], one["line"]) for one in answers(capfd)]
    assert ("replies/thanks.en.j2", 6) in places and ("wording.yaml", 2) in places


def test_replies_check_looks_at_the_words_of_ones_own_letters(home, capfd):
    """Vague words and a missing number are said on stderr with file and line; they are no problem of the file."""
    (home / "config" / "replies" / "news.en.j2").write_text(
        "---\nname: news\ntitle: News\nsubject: News\n---\nHello,\n\nwe will be back soon.\n", "utf-8"
    )
    assert run(["replies", "check", "--home", str(home)]) == 0
    said = capfd.readouterr().err
    assert (
        "replies/news.en.j2:8: soon：" in said
        and "replies/news.en.j2:1: 信里没有受理编号 · the letter names no" in said
    )


def test_the_gallery_has_every_letter(tmp_path, capfd):
    """Each letter in three languages as a page, as text and as a mail, with a list of them."""
    where = tmp_path / "gallery"
    assert run(["replies", "gallery", str(where), "--json"]) == 0
    [said] = answers(capfd)
    assert said["letters"] == len(list(where.glob("*.eml"))) == len(list(where.glob("*.txt"))) > 60
    index = (where / "index.html").read_text("utf-8")
    assert "acknowledgement-after-hours.zh-TW.html" in index and (where / "result.en.html").exists()


def test_letters_are_previewed_and_moved_by_command(home, tmp_path, capfd):
    """A letter as the customer would get it; held, released and cancelled with a trace; a wrong state is a no."""
    where = str(home)
    (home / "config" / "mailboxes.yaml").write_text(
        "- name: service\n  address: service@example.com\n  letters: hold\n"
        "  imap: {host: 127.0.0.1, port: 1, tls: none, user: s, password_env: NONE}\n"
        "  smtp: {host: 127.0.0.1, port: 1, tls: none}\n",
        "utf-8",
    )
    assert run(["config", "publish", "--home", where]) == 0
    _bring(home)
    capfd.readouterr()
    assert run(["outbox", "list", "--home", where, "--json"]) == 0
    [letter] = answers(capfd)
    assert (letter["kind"], letter["state"]) == ("acknowledgement", "held")
    assert "wang@example.cn" not in letter["recipient"]
    assert (
        run(["replies", "preview", "progress", "--ticket", letter["number"], "--language", "en", "--home", where]) == 0
    )
    assert letter["number"] in answers(capfd)[0]["subject"]
    assert run(["replies", "preview", "nothing", "--ticket", letter["number"], "--home", where]) == 1
    capfd.readouterr()
    states = []
    for action in ("release", "hold", "cancel"):
        assert run(["outbox", action, str(letter["id"]), "--home", where]) == 0
        states.append(answers(capfd)[0]["state"])
    assert states == ["queued", "held", "cancelled"]
    capfd.readouterr()
    assert run(["outbox", "release", "--all", "--home", where]) == 0
    assert answers(capfd) == [{"letters": 0}]
    assert run(["outbox", "release", "--home", where]) == run(["outbox", "cancel", "1", "--all", "--home", where]) == 2
    assert run(["outbox", "retry", str(letter["id"]), "--home", where]) == 1
    assert run(["outbox", "cancel", "1", "--home", where]) == 1


@pytest.mark.slow
def test_whoever_changes_a_letter_by_command_is_recorded_as_what_he_is(home, capfd, monkeypatch):
    """A name alone is a claim beside the operator's login; with the password it is the person; a wrong one is a no."""
    import io
    import os

    from huiying.app.bootstrap import open_app
    from huiying.app.home import Home

    where = str(home)
    boxes = (
        "- name: service\n  address: service@example.com\n  letters: hold\n"
        "  imap: {host: 127.0.0.1, port: 1, tls: none, user: s, password_env: NONE}\n"
        "  smtp: {host: 127.0.0.1, port: 1, tls: none}\n"
    )
    (home / "config" / "mailboxes.yaml").write_text(boxes, "utf-8")
    assert run(["config", "publish", "--home", where]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert run(["user", "add", "amy", "--home", where]) == 0
    _bring(home)
    capfd.readouterr()
    assert run(["outbox", "list", "--home", where, "--json"]) == 0
    id_ = str(answers(capfd)[0]["id"])
    monkeypatch.setenv("RIGHT", "correct horse battery")
    monkeypatch.setenv("WRONG", "wrong")
    asks = ["--as", "amy", "--password-env"]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(["outbox", "release", id_, "--as", "amy", "--home", where]) == 0
    assert run(["outbox", "hold", id_, *asks, "WRONG", "--home", where]) == 1
    assert run(["outbox", "hold", id_, *asks, "NONE", "--home", where]) == 1
    assert run(["outbox", "hold", id_, "--password-env", "RIGHT", "--home", where]) == 2
    assert run(["outbox", "hold", id_, *asks, "RIGHT", "--home", where]) == 0
    app = open_app(Home(home), os.environ, works=False)
    with app.store.read() as tx:
        trail = tx.views.audit(f"letter:{id_}", "", 10).rows
    app.close()
    [held, released] = [(row.action, row.actor, row.details) for row in trail]
    assert held == ("letter.hold", "amy", ())
    assert released[1].startswith("operator:")
    assert released[2] == (("letters", "hold"), ("claims", "amy"))


@pytest.mark.slow
def test_whoever_corrects_by_command_is_recorded_as_what_he_is(home, capfd, monkeypatch):
    """As for letters; and a person's role counts: who may only look cannot correct."""
    import io
    import os

    from huiying.app.bootstrap import open_app
    from huiying.app.home import Home

    where = str(home)
    for name, role in (("amy", "agent"), ("otto", "auditor")):
        monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
        assert run(["user", "add", name, "--role", role, "--home", where]) == 0
    _bring(home)
    capfd.readouterr()
    assert run(["list", "--home", where, "--json"]) == 0
    [row] = answers(capfd)
    number = row["number"]
    assert 0 < len(row["gist"]) <= 40
    monkeypatch.setenv("RIGHT", "correct horse battery")
    monkeypatch.setenv("WRONG", "wrong")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    change = ["correct", number, "type=投诉", "--home", where, "--as"]
    assert run([*change, "amy", "--password-env", "WRONG"]) == 1
    assert run([*change, "otto", "--password-env", "RIGHT"]) == 1
    assert run([*change, "amy", "--password-env", "RIGHT"]) == 0
    assert run([*change, "amy"]) == 0
    capfd.readouterr()
    app = open_app(Home(home), os.environ, works=False)
    with app.store.read() as tx:
        detail = tx.views.ticket(number)
    app.close()
    assert detail is not None
    named, claimed = [one.agent for one in sorted(detail.corrections, key=lambda one: one.id)]
    assert named == "amy"
    assert claimed.startswith("operator:") and claimed.endswith(" (amy)")


def test_users_are_disabled_and_enabled_by_command(home, capfd, monkeypatch):
    """Told and in the list; the last admin stays; a name with a colon would look like an operator in the trail."""
    import io

    where = str(home)
    for name, role in (("amy", "agent"), ("Ada", "admin")):
        monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
        assert run(["user", "add", name, "--role", role, "--home", where]) == 0
    assert run(["user", "add", "operator:root", "--home", where]) == 2
    assert run(["user", "disable", "AMY", "--home", where]) == 0
    assert run(["user", "disable", "ada", "--home", where]) == 1
    assert run(["user", "role", "ada", "agent", "--home", where]) == 1
    assert run(["user", "disable", "nobody", "--home", where]) == 1
    capfd.readouterr()
    assert run(["user", "list", "--home", where]) == 0
    assert [(row["user"], row["disabled"], row["last_sign_in"]) for row in answers(capfd)] == [
        ("ada", False, None),
        ("amy", True, None),
    ]
    assert run(["user", "enable", "amy", "--home", where]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("another horse battery\n"))
    assert run(["user", "password", "amy", "--home", where]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("long" * 65 + "\n"))
    assert run(["user", "password", "amy", "--home", where]) == 1


@pytest.mark.slow
def test_a_second_factor_is_reset_by_command(home, capfd, monkeypatch):
    """Whether there is one is told by name and in the list; who lost it signs in by the password alone again."""
    import io
    import os

    from huiying.app.bootstrap import open_app
    from huiying.app.home import Home

    where = ["--home", str(home)]
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert run(["user", "add", "amy", *where]) == 0
    app = open_app(Home(home), os.environ, works=False)
    with app.store.write() as tx:
        amy = tx.people.user("amy")
        assert amy is not None
        tx.sign_ins.save(SecondFactor(user_id=amy.id, secret="GEZDGNBV", since=datetime(2026, 3, 5, tzinfo=UTC)))
        tx.sign_ins.give_codes(amy.id, ["AAAA", "BBBB"])
    app.close()
    capfd.readouterr()
    assert run(["user", "second-factor", "Amy", *where]) == run(["user", "list", *where]) == 0
    told, listed = answers(capfd)
    assert told == {"user": "amy", "second_factor": True, "recovery_codes": 2}
    assert listed["second_factor"] is True
    for taken in (True, False):
        assert run(["user", "second-factor", "amy", "--reset", *where]) == 0
        assert answers(capfd) == [{"user": "amy", "second_factor": False, "recovery_codes": 0, "reset": taken}]
    assert run(["user", "second-factor", "nobody", "--reset", *where]) == 1
    assert run(["user", "second-factor", "nobody", *where]) == 1


def test_a_token_is_told_once_by_command(home, capfd):
    """Alone on standard output; the list never tells it; a removed one is gone."""
    where = ["--home", str(home)]
    assert run(["token", "add", "portal", "--may", "messages", *where]) == 0
    [secret] = capfd.readouterr().out.splitlines()
    assert secret.startswith("hy_")
    assert run(["token", "add", "monitor", "--may", "read", "--until", "2999-12-31", "--json", *where]) == 0
    [made] = answers(capfd)
    assert made["token"].startswith("hy_") and made["until"] == "2999-12-31T15:59:59+00:00"
    assert run(["token", "add", "portal", "--may", "read", *where]) == 1
    assert run(["token", "add", "bot", "--may", "all", *where]) == 2
    assert run(["token", "add", "bot", *where]) == 2
    capfd.readouterr()
    assert run(["token", "list", "--json", *where]) == 0
    rows = answers(capfd)
    assert [(row["name"], row["may"], row["until"], row["last_used"]) for row in rows] == [
        ("monitor", "read", made["until"], None),
        ("portal", "messages", None, None),
    ]
    assert {*made} - {*rows[0]} == {"token"} and rows[0]["by"] == made["by"] == f"operator:{getuser()}"
    assert run(["token", "remove", "portal", *where]) == 0 and answers(capfd) == [{"name": "portal", "removed": True}]
    assert run(["token", "remove", "portal", *where]) == 1


def test_a_channel_is_tried_by_command(home, capfd):
    """What the other side answers is told; a wrong name, and nobody there, is a no; nothing else was sent."""
    where = str(home)
    (home / "config" / "notify.yaml").write_text(
        'channels:\n  ops: {kind: webhook, url: "http://127.0.0.1:1/"}\n', "utf-8"
    )
    assert run(["config", "publish", "--home", where]) == 0
    capfd.readouterr()
    assert run(["notices", "test", "ops", "--home", where]) == 1
    [answer] = answers(capfd)
    assert (answer["channel"], answer["outcome"], answer["code"]) == ("ops", "deferred", 0)
    assert run(["notices", "test", "opps", "--home", where]) == 1
    assert run(["notices", "again", "1", "--home", where]) == 1
    capfd.readouterr()
    assert run(["notices", "list", "--home", where, "--json"]) == 0
    assert answers(capfd) == []


def _bring(home: Path) -> None:
    """One mail through the home's own pipeline, without a mail server."""
    import os

    from core.domain.mail import RawMail
    from huiying.app.bootstrap import open_app
    from huiying.app.home import Home
    from huiying.flows.receive import keep_files
    from huiying.flows.triage import triage
    from ingest.workers import InProcessParser

    app = open_app(Home(home), os.environ, works=True)
    try:
        parser = app.parser
        assert not isinstance(parser, InProcessParser)
        raw = RawMail(
            source="files", mailbox="service", folder="1.eml", uidvalidity=0, uid=0, arrived=app.context.now(),
            data=MAIL.encode(),
        )  # fmt: skip
        keep_files(app.context, [raw])
        while triage(app.context):
            pass
    finally:
        app.close()


def test_sla_explain_follows_the_choice(home, capfd):
    """Without --policy what policy.yaml chooses for these facts; an unknown ticket is a no."""
    choose = "policy: rapid-7x24\nchoose:\n  - {when: {level: VIP, team: 商务组}, policy: rapid-strict}\n"
    (home / "config" / "sla" / "policy.yaml").write_text(choose, encoding="utf-8")
    facts = "--received 2026-03-05T22:10:00+08:00 --priority 高 --json"
    at = ["sla", "explain", "--home", str(home), *facts.split()]
    assert run(at) == 0
    assert run([*at, "--level", "VIP", "--team", "商务组"]) == 0
    assert run([*at, "--level", "VIP", "--policy", "standard"]) == 0
    general, vip, named = answers(capfd)
    assert (general["policy"], vip["policy"], named["policy"]) == ("rapid-7x24", "rapid-strict", "standard")
    assert vip["clocks"][3]["due"] == "2026-03-06T02:10:00+08:00"
    assert "level VIP" in vip["chosen"] and "chosen" not in general and "chosen" not in named
    assert run(["sla", "explain", "--home", str(home), "--ticket", "20990101001"]) == 1


def test_a_demand_that_cannot_be_meant_is_told_and_stops_no_other_line(tmp_path, capfd):
    """Each with its line, in words that say what is expected; exit 1 at the end."""
    lines = ['{"received":"2026-03-05 10:00"}', '{"received":"oops"}', '{"received":7}', "[" * 100_000, "[1]"]
    lines += ['{"received":"2026-03-05T10:00+08:00","priority":"高"}']
    (tmp_path / "demands.jsonl").write_text("\n".join(lines), "utf-8")
    assert run(["sla", "explain", "--jsonl", str(tmp_path / "demands.jsonl")]) == 1
    *wrong, right = (json.loads(line) for line in capfd.readouterr().out.splitlines())
    assert [each["line"] for each in wrong] == [1, 2, 3, 4, 5]
    assert all("2026-03-05T10:00+08:00" in each["error"] for each in wrong[:3])
    assert right["clocks"][1]["due"] == "2026-03-05T10:15:00+08:00"

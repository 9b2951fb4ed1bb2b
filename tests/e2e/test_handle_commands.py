"""Commands that handle a ticket: the operator's right, what is refused, and what a program reads."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.promise import Clock
from core.settings.coverage import OPEN
from huiying.app.bootstrap import open_app
from huiying.app.cli import run
from huiying.app.clock import now
from huiying.app.home import Home
from huiying.flows.promise import promise_until

SOON = (now() + timedelta(days=5)).isoformat()
MAIL = (
    "From: 王芳 <wang@example.cn>\r\nTo: service@example.com\r\nSubject: 请问企业版价格\r\n"
    "Message-ID: <p1@example.cn>\r\nDate: Thu, 05 Mar 2026 10:00:00 +0800\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n请问企业版支持多少个账号？\r\n"
)


@pytest.fixture
def ticket(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """(home, number) of one open ticket."""
    monkeypatch.delenv("HUIYING_HOME", raising=False)
    home = str(tmp_path / "home")
    assert run(["init", home]) == 0
    (tmp_path / "m.eml").write_bytes(MAIL.encode())
    assert run(["import", str(tmp_path / "m.eml"), "--home", home]) == 0
    capfd.readouterr()
    assert run(["handle", "move", "H000001", "open", "--home", home]) == 0
    return home, answers(capfd)[-1]["number"]


def answers(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_a_ticket_is_found_by_its_words(ticket, capfd):
    """Either script; a word that is not there is no error; the index is made anew."""
    home, number = ticket
    for words in (["企業版"], ["账号", "价格"], ["wang@example.cn"], [number]):
        assert run(["search", *words, "--home", home, "--json"]) == 0
        [row] = answers(capfd)
        assert row["number"] == number and set(row) >= {"subject", "state", "received", "excerpt"}
    assert run(["search", "账号", "--home", home]) == 0
    assert "请问企业版支持多少个账号" in capfd.readouterr().out
    assert run(["search", "火星", "--home", home]) == 0
    said = capfd.readouterr()
    assert said.out == "" and "nothing found" in said.err
    assert run(["reindex", "--home", home, "--json"]) == 0
    assert answers(capfd) == [{"messages": 1}]
    assert run(["search", "账号", "--home", home, "--state", "closed", "--json"]) == 0
    assert answers(capfd) == []


def test_a_ticket_is_handled_from_the_command_line(ticket, capfd):
    """Hold with a reason, go on, a part, an extension, the customer's vote: one object each."""
    home, number = ticket

    def handle(*words: str, code: int = 0) -> dict[str, Any]:
        assert run(["handle", words[0], number, *words[1:], "--home", home]) == code, words
        found = answers(capfd)
        return found[-1] if found else {}

    handle("move", "on_hold", code=1)
    assert handle("move", "on_hold", "--reason", "等样品")["state"] == "on_hold"
    assert handle("move", "open")["state"] == "open"
    part = handle("part", "ask", "--department", "物流部", "--output", "查明去向", "--due", SOON)
    handle("move", "withdrawn", "--reason", "撤回", code=1)
    assert handle("part", "done", "--id", str(part["part"]))["state"] == "done"
    handle("part", "done", "--id", str(part["part"]), code=1)
    given = handle("promise", "give", "--words", "给您回电", "--due", SOON)
    assert handle("promise", "kept", "--id", str(given["promise"]))["state"] == "kept"
    handle("promise", "give", "--words", "尽快", code=1)
    handle("promise", "forget", code=1)
    assert handle("analyse", "advice=需资源协调", "quadrant=2")["analysis"]["advice"] == "needs-resources"
    handle("analyse", "advice=later", code=1)
    handle("claim", code=1)
    assert handle("hand-over", "--team", "商务组")["team"] == "商务组"
    assert handle("urge")["priority"] in ("中", "高")
    handle("urge", code=1)
    asked = handle("extend", "ask", "--clock", "urge", "--wanted", SOON, "--reason", "等总部")
    assert asked["state"] == "asked"
    assert handle("extend", "withdraw", "--id", str(asked["extension"]))["state"] == "withdrawn"
    assert handle("verify")["number"] == number
    assert handle("move", "resolved", "--reason", "电话中已解决")["state"] == "resolved"
    handle("vote", "maybe", code=1)
    assert handle("vote", "no", "--mark", "solution=2")["state"] == "second_treatment"


def test_of_several_promises_one_is_extended_by_name(ticket, capfd):
    """Two in one letter run side by side: which of them is asked back, with what each says and until when."""
    home, number = ticket
    app = open_app(Home(Path(home)), os.environ, works=False)
    with app.store.write() as tx:
        found = tx.tickets.by_number(number)
        assert found is not None
        made = [
            promise_until(
                app.context, app.context.desk(), found.id, Clock.AGENT_PROMISE, f"letter:1:{place}", words, now(),
                now() + timedelta(days=2 + place),
            )
            for place, words in enumerate(("周三前给您方案", "周五前完成"))
        ]  # fmt: skip
        tx.promises.add(made)
    app.close()
    ask = ["handle", "extend", number, "ask", "--clock", "agent_promise", "--wanted", SOON, "--reason", "等总部"]
    assert run([*ask, "--home", home]) == run([*ask, "--promise", "1", "--home", home]) == 1
    told = capfd.readouterr().err
    assert f"{made[0].id} " in told and "周三前给您方案" in told and "周五前完成" in told
    assert run([*ask, "--promise", str(made[0].id), "--home", home]) == 0
    app = open_app(Home(Path(home)), os.environ, works=False)
    with app.store.read() as tx:
        assert [one.promise_id for one in tx.extensions.of_ticket(found.id)] == [made[0].id]
    app.close()


@pytest.mark.slow
def test_tickets_are_merged_by_command(ticket, tmp_path, capfd):
    """One ends in the other and comes back; `show` names each on the other; nothing that is over takes one in."""
    home, number = ticket
    (tmp_path / "n.eml").write_bytes(MAIL.replace("p1@", "p2@").replace("wang@", "li@").encode())
    assert run(["import", str(tmp_path / "n.eml"), "--home", home]) == 0
    assert run(["handle", "merge", number, "H000002", "--home", home]) == 1
    assert run(["handle", "move", "H000002", "open", "--home", home]) == 0
    assert run(["handle", "link", "H000002", number, "--home", home]) == 0
    assert run(["handle", "move", number, "withdrawn", "--reason", "演练", "--linked", "--home", home]) == 0
    ended = answers(capfd)[-1]
    assert (ended["state"], ended["moved"], ended["left_out"]) == ("withdrawn", ["H000002"], [])
    for one in (number, "H000002"):
        assert run(["handle", "move", one, "open", "--home", home]) == 0
    assert run(["handle", "link", "H000002", "-", "--home", home]) == 0
    assert run(["handle", "link", number, number, "--home", home]) == 1
    assert run(["handle", "merge", "H000002", number, "--home", home]) == 0
    assert answers(capfd)[-1]["state"] == "merged"
    assert run(["show", "H000002", "--json", "--home", home]) == 0
    assert answers(capfd)[-1]["merged_into"] == number
    assert run(["show", number, "--json", "--home", home]) == 0
    shown = answers(capfd)[-1]
    assert (shown["merged"], len(shown["messages"])) == (["H000002"], 2)
    assert run(["handle", "unmerge", "H000002", "--home", home]) == 0
    assert answers(capfd)[-1]["state"] == "open"
    assert run(["handle", "unmerge", "H000002", "--home", home]) == 1


def test_a_second_demand_is_split_off_by_command(ticket, capfd):
    """`show` names the message; the same again is the same; nobody is said to have asked what he did not."""
    home, number = ticket
    assert run(["show", number, "--json", "--home", home]) == 0
    message = answers(capfd)[-1]["messages"][0]["id"]
    (Path(home) / "config" / "mailboxes.yaml").write_text(BOX, "utf-8")
    assert run(["config", "publish", "--home", home]) == 0
    capfd.readouterr()
    split = ["handle", "split", number, "支持多少个账号？", "--message", message, "--home", home]
    assert run(split) == 0
    new = answers(capfd)[-1]
    assert new["split_from"] == number and new["number"] not in (None, number) and not new["again"]
    assert run(split) == 0
    assert answers(capfd)[-1] == {**new, "again": True}
    assert run(["handle", "split", number, "请退款", "--home", home]) == 1
    assert run(["explain", new["number"], "--json", "--home", home]) == 0
    assert answers(capfd)[-1]["mails"][0]["verdict"] == f"split: {number}"


@pytest.mark.slow
def test_what_became_of_a_mail_is_asked_by_command(ticket, tmp_path, capfd):
    """explain tells of its ticket; whatever got no letter stands in a list with the reason, spam and the quarantine in
    theirs; the one line of it is for people."""
    home, number = ticket
    assert run(["explain", number, "--home", home]) == 0
    [mail] = answers(capfd)[-1]["mails"]
    assert (mail["stage"], mail["silent"]) == ("filed", "old-mail")
    assert mail["defects"] == ["header-charset-guessed:utf-8"]
    assert run(["quarantine", "list", "--silent", "--json", "--home", home]) == 0
    [row] = answers(capfd)
    assert (row["number"], row["silent_because"]) == (number, "old-mail")
    assert run(["quarantine", "list", "--silent", "--home", home]) == 0
    assert "old-mail" in capfd.readouterr().out
    for which in ([], ["--spam"]):
        assert run(["quarantine", "list", *which, "--json", "--home", home]) == 0
        assert answers(capfd) == []


@pytest.mark.slow
def test_tickets_are_linked_together_by_command(ticket, tmp_path, capfd):
    """Several at once, the main ticket last; the same again says the same; --undo parts them; - each from its own."""
    home, number = ticket
    for at in (2, 3):
        (tmp_path / "n.eml").write_bytes(MAIL.replace("p1@", f"p{at}@").replace("wang@", f"li{at}@").encode())
        assert run(["import", str(tmp_path / "n.eml"), "--home", home]) == 0
    capfd.readouterr()
    together = ["handle", "link", "H000002", "H000003", number, "--home", home]
    for _ in range(2):
        assert run(together) == 0
        assert answers(capfd) == [{"main": number, "linked": ["H000002", "H000003"], "left_out": []}]
    assert run([*together, "--undo"]) == 0
    assert answers(capfd) == [{"main": number, "parted": ["H000002", "H000003"], "left_out": []}]
    assert run([*together, "--undo"]) == 1
    assert run(together) == 0
    assert run(["handle", "link", "H000002", "H000003", "-", "--home", home]) == 0
    assert [one["number"] for one in answers(capfd)[-2:]] == ["H000002", "H000003"]
    assert run(["show", number, "--json", "--home", home]) == 0
    assert run(["handle", "link", "H000002", "H000009", number, "--home", home]) == 1


@pytest.mark.slow
def test_customers_are_merged_by_command(ticket, tmp_path, capfd):
    """By address or ticket; the answer masks the address; undone once, refused twice."""
    home, number = ticket
    (tmp_path / "n.eml").write_bytes(MAIL.replace("p1@", "p2@").replace("wang@", "wangfang@").encode())
    assert run(["import", str(tmp_path / "n.eml"), "--home", home]) == 0
    assert run(["handle", "customer", number, "level=VIP", "--home", home]) == 0
    assert run(["customer", "merge", "wangfang@example.cn", number, "--home", home]) == 0
    merged = answers(capfd)[-1]
    assert (merged["level"], merged["merged"]) == ("VIP", True) and "wangfang" not in merged["address"]
    assert run(["customer", "merge", "wangfang@example.cn", "wang@example.cn", "--home", home]) == 1
    assert run(["customer", "unmerge", "H000002", "--home", home]) == 0
    assert answers(capfd)[-1]["merged"] is False
    assert run(["customer", "unmerge", "H000002", "--home", home]) == 1
    assert run(["customer", "unmerge", "nobody@example.cn", "--home", home]) == 1


def test_what_is_not_known_is_told(ticket, capfd):
    """A ticket, a state, a time and a clock that are none: exit 1 and words on stderr."""
    home, number = ticket
    for words in (
        ("move", "20990101001", "open"),
        ("move", number, "asleep"),
        ("move", number, "on_hold", "--reason", "等", "--until", "soon"),
        ("breach", number, "siesta", "busy"),
        ("breach", number, "resolution", "busy"),
    ):
        assert run(["handle", *words, "--home", home]) == 1
        assert "huiying:" in capfd.readouterr().err


def test_the_first_run_may_say_when_the_desk_is_on_duty(tmp_path, capfd, monkeypatch):
    """By a flag; without a terminal nobody is asked, and the console asks later. Another word is wrong usage."""
    monkeypatch.delenv("HUIYING_HOME", raising=False)
    assert run(["init", str(tmp_path / "a"), "--coverage", "always"]) == 0
    assert run(["init", str(tmp_path / "b")]) == 0
    assert run(["init", str(tmp_path / "c"), "--coverage", "sometimes"]) == 2
    chosen, open_ = ((tmp_path / home / "config/sla/policy.yaml").read_text("utf-8") for home in "ab")
    assert "policy: rapid-7x24" in chosen and OPEN not in chosen and OPEN in open_
    assert not (tmp_path / "c").exists()


def test_customers_come_and_go_as_a_sheet(new_home, tmp_path, capfd):
    """The file is the operator's alone and never written over; a wrong line is told with its number."""
    home = shutil.copytree(new_home, tmp_path / "home")
    sheet, out = tmp_path / "in.csv", tmp_path / "out.csv"
    sheet.write_bytes("邮箱,客户名称,称谓,电话\nwang@example.cn,王芳,女士,13812345678\n".encode("gb18030"))
    assert run(["customer", "import", str(sheet), "--home", str(home)]) == 0
    assert run(["customer", "export", str(out), "--home", str(home)]) == 0
    assert out.stat().st_mode & 0o777 == 0o600
    text = out.read_text("utf-8-sig")
    assert "w***@example.cn,王芳,女士,138****5678" in text
    assert run(["customer", "export", str(out), "--home", str(home)]) == 1
    sheet.write_text("邮箱,称谓\nwang@example.cn,阁下\n", "utf-8")
    capfd.readouterr()
    assert run(["customer", "import", str(sheet), "--home", str(home)]) == 1
    assert "第 2 行 (line 2)" in capfd.readouterr().err


BOX = """
- name: service
  address: service@example.com
  imap: {host: 127.0.0.1, port: 1, tls: none, user: service, password_env: NONE}
  smtp: {host: 127.0.0.1, port: 1, tls: none}
  letters: hold
"""


def test_a_letter_of_care_is_sent_by_a_command(ticket, capfd):
    """Who gets none is told with the reason and exit 1; --dry-run sends nothing; the letter waits in the outbox."""
    home, number = ticket

    def care(*words: str, code: int = 0) -> list[dict[str, Any]]:
        assert run(["customer", "care", "care-call-back", *words, "--home", home, "--json"]) == code
        return answers(capfd)

    assert care(number, code=1)[0]["because"] == "letters-off"
    config = Path(home) / "config"
    (config / "mailboxes.yaml").write_text(BOX, "utf-8")
    (config / "replies" / "wording.yaml").write_text("portal: https://help.example.com\n", "utf-8")
    assert run(["config", "publish", "--home", home]) == 0
    (Path(home) / "m2.eml").write_bytes(MAIL.replace("p1@", "p2@").replace("wang@", "zhao@").encode())
    capfd.readouterr()
    assert run(["import", str(Path(home) / "m2.eml"), "--mailbox", "service", "--home", home]) == 0
    capfd.readouterr()
    who = ("zhao@example.cn", "nobody@example.cn")
    seen = care(*who, "--dry-run")
    assert [(one["sent"], one["because"]) for one in seen] == [(True, ""), (False, "no-such-customer")]
    assert care(*who, "--note", "一切都好吗？") == seen
    assert [one["because"] for one in care(*who, code=1)] == ["care-lately", "no-such-customer"]
    assert run(["outbox", "list", "--home", home, "--json"]) == 0
    assert [row["state"] for row in answers(capfd)] == ["held"]


def test_what_care_plans_would_do_is_told(ticket, capfd):
    """A line for each customer of the shipped plans; no such plan is no answer; a survey is entered by command."""
    home, number = ticket
    assert run(["handle", "customer", number, "level=VIP", "--home", home]) == 0
    capfd.readouterr()
    assert run(["care", "preview", "vip-quarterly", "--days", "190", "--home", home, "--json"]) == 0
    told = answers(capfd)[0]
    assert (told["plan"], told["ticket"], told["gets"], told["mode"]) == ("vip-quarterly", number, "task", "off")
    assert run(["care", "preview", "nothing", "--home", home]) == 1
    assert "vip-quarterly" in capfd.readouterr().err
    assert run(["care", "preview", "vip-quarterly", "--days", "0", "--home", home]) == 1
    assert "no care plan would do anything" in capfd.readouterr().err
    assert run(["handle", "appraise", number, "--mark", "quality=4", "--mark", "speed=5", "--home", home]) == 0
    assert answers(capfd)[-1]["score"] == 4.5


def test_several_tickets_are_handled_by_one_command(ticket, tmp_path, capfd):
    """A line for each; what cannot be says why, and the rest is done."""
    home, number = ticket
    (tmp_path / "n.eml").write_bytes(MAIL.replace("p1@", "p2@").replace("请问", "再问").encode())
    assert run(["import", str(tmp_path / "n.eml"), "--home", home]) == 0
    assert run(["handle", "move", "H000002", "open", "--home", home]) == 0
    capfd.readouterr()
    command = ["handle", "hand-over", number, "H000002", "404", "--team", "商务组", "--home", home]
    assert run(command) == 1
    first, second, left = answers(capfd)
    assert [(one["number"], one["team"]) for one in (first, second)] == [(number, "商务组"), ("H000002", "商务组")]
    assert left == {"number": "404", "error": "没有工单 404 (no ticket 404)", "because": "not-found"}
    assert run(["handle", "spam", number, "H000002", "--home", home]) == 0
    assert [one["state"] for one in answers(capfd)] == ["invalid"] * 2
    assert run(["handle", "spam", "--undo", number, "H000002", "--home", home]) == 0
    assert [one["state"] for one in answers(capfd)] == ["open"] * 2

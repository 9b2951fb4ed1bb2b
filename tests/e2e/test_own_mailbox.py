"""The twelve steps from nothing to the first mail of one's own are followed as a reader would, in both languages."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from huiying.app.bootstrap import open_app
from huiying.app.cli import run
from huiying.app.clock import now
from huiying.app.home import Home
from huiying.demo.imap import EmbeddedImap
from huiying.demo.send import own_mail
from huiying.demo.smtp import EmbeddedSmtp
from tests.fakes.service import CHECKOUT, Service, wait_until

GUIDES = ("own-mailbox.md", "own-mailbox.zh-CN.md")
USER, PASSWORD = "service@example.com", "an app password"
_STEP = re.compile(r"^(\d+)\. ", re.MULTILINE)
_BLOCK = re.compile(r"^ *```(sh|yaml)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"export (\w+)=(.+)")
NOT_YET = {"doctor"}
"""Ends with 1 while there is no user, and near a year's end without the next year's holidays."""


class Reader:
    """Does what the guide says, with servers of this machine in the place of the example's."""

    def __init__(
        self,
        home: Home,
        servers: tuple[EmbeddedImap, EmbeddedSmtp],
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        self.home, (self.imap, self.smtp) = home, servers
        self.monkeypatch, self.capfd = monkeypatch, capfd
        self.service: Service | None = None
        self.said: dict[str, str] = {}

    def do(self, kind: str, block: str) -> None:
        block = block.replace("/srv/huiying", str(self.home.path))
        if kind == "yaml":
            self._write(block)
            return
        for line in block.splitlines():
            if variable := _EXPORT.fullmatch(line):
                word = PASSWORD if "PASSWORD" in variable[1] else shlex.split(variable[2])[0]
                self.monkeypatch.setenv(variable[1], word)
            else:
                self._run(shlex.split(line)[1:])

    def _write(self, mailbox: str) -> None:
        """The example of the guide in the place of the last line; only the addresses of the servers are others."""
        for name, server in (("imap", self.imap), ("smtp", self.smtp)):
            host, port = server.address
            mailbox = mailbox.replace(f"host: {name}.example.com, tls: tls", f"host: {host}, port: {port}, tls: none")
        assert mailbox.count("tls: none") == 2
        path = self.home.config / "mailboxes.yaml"
        shipped = path.read_text(encoding="utf-8")
        assert shipped.endswith("\n[]\n")
        path.write_text(shipped.removesuffix("[]\n") + mailbox, encoding="utf-8")

    def _run(self, words: list[str]) -> None:
        if words == ["serve"]:
            self.service = Service(self.home.path, environ={"SERVICE_PASSWORD": PASSWORD})
            self.service.wait_ready()
            return
        self.monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
        code = run([*words, "--json"] if words == ["doctor"] else words)
        said = self.capfd.readouterr()
        self.said[words[0]] = said.out
        assert code == 0 or (code == 1 and words[0] in NOT_YET), (words, said)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Reader]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUIYING_HOME", raising=False)
    with (
        EmbeddedImap(now, password=PASSWORD, user=USER) as imap,
        EmbeddedSmtp(now, time.monotonic, login=(USER, PASSWORD)) as smtp,
    ):
        made = Reader(Home(tmp_path / "srv"), (imap, smtp), monkeypatch, capfd)
        try:
            yield made
        finally:
            if made.service is not None:
                made.service.__exit__(None, None, None)


@pytest.mark.slow
@pytest.mark.parametrize("guide", GUIDES)
def test_twelve_steps_lead_to_the_first_mail_of_ones_own(guide: str, reader: Reader) -> None:
    """Each command ends well; the letter to oneself waits; once letters are live, the next one leaves."""
    text = (CHECKOUT / "docs" / "how-to" / guide).read_text(encoding="utf-8")
    assert [int(number) for number in _STEP.findall(text)] == list(range(1, 13))
    steps = text.split("\n12. ")[0]
    for kind, block in _BLOCK.findall(steps):
        reader.do(kind, textwrap.dedent(block))
    assert (reader.home.path / "keys" / "ring.json").is_file()
    found = {one["check"]: one["ok"] for one in map(json.loads, reader.said["doctor"].splitlines())}
    assert found["imap:service"] and found["smtp:service"] and found["database"]
    reader.imap.append(
        own_mail(sender="me <me@example.com>", subject="第一封", body="请问怎么开票？", to=USER, now=now())
    )
    assert wait_until(lambda: letters_of(reader.home) == ["held"], 20), reader.service and reader.service.said
    assert reader.smtp.letters() == ()
    mailboxes = reader.home.config / "mailboxes.yaml"
    mailboxes.write_text(mailboxes.read_text(encoding="utf-8").replace("letters: hold\n", "letters: live\n"), "utf-8")
    assert reader.service is not None
    assert wait_until(lambda: "live" in letters_mode(reader.home), 10)
    reader.imap.append(own_mail(sender="me <me@example.com>", subject="第二封", body="打印机坏了", to=USER, now=now()))
    [letter] = reader.smtp.wait_for(1, 20)
    assert letter.recipients == ("me@example.com",)
    assert reader.service.end(15)[0] == 0


def letters_of(home: Home) -> list[str]:
    """The states of all letters, the newest first."""
    app = open_app(home, {}, works=False)
    try:
        with app.store.read() as tx:
            return [str(row.state) for row in tx.views.letters("", "", 10).rows]
    finally:
        app.close()


def letters_mode(home: Home) -> str:
    """What the active configuration says of letters."""
    app = open_app(home, {}, works=False)
    try:
        return str(app.desks.active().mailboxes[0].letters)
    finally:
        app.close()

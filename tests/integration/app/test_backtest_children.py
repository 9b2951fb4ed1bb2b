"""A backtest by several processes finds what one process finds."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.bundle import BundleFiles
from core.domain.errors import Unavailable
from core.domain.mail import RawMail
from core.settings.folder import read_folder
from huiying.app.backtesting import run_backtest
from huiying.app.bootstrap import App, open_app
from huiying.app.clock import now
from huiying.app.home import complete_home, init_home
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from huiying.flows.publish import publish
from huiying.flows.receive import keep_files
from huiying.flows.triage import triage
from tests.factories.pipeline import a_mail

RULE = """
rules:
  - id: sixes
    title: 含 6 的
    when: {text: 第六}
    then: {type: 投诉}
    examples: [{text: 第六, expect: {type: 投诉}}, {text: 第七, expect: nothing}]
  - id: waiting
    title: 一直没人理
    after: {state: new, time: 1 分钟}
    when: {text: 第六}
    then: {tags: [没人理]}
    examples: [{text: 第六, expect: {tags: 没人理}}, {text: 第七, expect: nothing}]
"""
MAILS = 450


def _open(path: Path, database: str) -> tuple[App, Desk]:
    """A new home with mails of which every third meets the new rules, and their desk."""
    home = init_home(path)
    if database:
        machine = home.config / "machine.yaml"
        text = machine.read_text("utf-8").replace("database: data/huiying.db", f"database: {database}")
        machine.write_text(text, encoding="utf-8")
        complete_home(home)
    app = open_app(home, os.environ, works=True)
    files = read_folder(app.home.config)
    publish(app.context, files, author="test", reason="")
    app.desks.refresh()
    raws = [
        RawMail(
            source="files", mailbox="", folder=str(n), uidvalidity=0, uid=0, arrived=now(),
            data=a_mail(subject="包裹", body="这是第六封。" if n % 3 == 0 else "你好。", mid=f"{n}@a.cn"),
        )
        for n in range(MAILS)
    ]  # fmt: skip
    keep_files(app.context, raws)
    while triage(app.context):
        pass
    other, problems = compile_desk(BundleFiles(files={**files.files, "rules/20-mine.yaml": RULE}))
    assert other is not None
    assert not problems
    return app, other


@pytest.mark.slow
@pytest.mark.parametrize(
    "url", ["", pytest.param("own_pg_url", marks=pytest.mark.postgres)], ids=["sqlite", "postgres"]
)
def test_children_find_what_one_process_finds(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The chunks are shared out, later moments included; a child that cannot work ends the backtest with a reason."""
    app, other = _open(tmp_path / "home", request.getfixturevalue(url) if url else "")
    since, until = now() - timedelta(days=1), now() + timedelta(days=1)
    seen: list[tuple[int, int]] = []
    try:
        alone = run_backtest(app, other, since, until, lambda done, of: None)
        spread = run_backtest(app, other, since, until, lambda done, of: seen.append((done, of)), worth_a_child=100)
        with monkeypatch.context() as broken:
            broken.setattr(sys, "executable", "/bin/false")
            with pytest.raises(Unavailable):
                run_backtest(app, other, since, until, lambda done, of: None, worth_a_child=100)
    finally:
        app.close()
    assert alone.mails == MAILS
    assert alone.hits["sixes"] == alone.hits["waiting"] == MAILS // 3 and alone.timed == {"waiting": MAILS}
    assert spread.to_plain() | {"changes": []} == alone.to_plain() | {"changes": []}
    assert sorted(spread.changes, key=str) == sorted(alone.changes, key=str)
    assert seen[-1] == (MAILS, MAILS)

"""Changing the data key beside running services: a rotation that is killed is finished by doing it again, and another
machine waits for its copy of the key ring."""

from __future__ import annotations

import json
import random
import shutil
from base64 import encodebytes
from pathlib import Path
from typing import Any

import pytest

from benchmarks.kill import servers
from core.domain.mail import RawMail
from huiying.app.bootstrap import open_app
from huiying.app.cli import run
from huiying.app.clock import now
from huiying.app.home import Home
from tests.fakes.service import Service, a_home, wait_until

MAILS, SIZE = 60, 700_000
ROTATE = ("-m", "huiying.app.cli", "key", "rotate")


def large_mails(count: int) -> list[bytes]:
    """Each with a file that no packing makes smaller."""
    chance = random.Random(7)
    head = "From: c{0}@big.example\r\nMessage-ID: <{0}@big.example>\r\nSubject: file {0}\r\nMIME-Version: 1.0\r\n"
    body = "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return [(head.format(n) + body).encode() + encodebytes(chance.randbytes(SIZE)) for n in range(count)]


def keep(home: Home, mails: list[bytes]) -> dict[int, bytes]:
    """The mails by the id under which they are kept."""
    raws = [
        RawMail(source="files", mailbox="service", folder=f"{n}", uidvalidity=0, uid=0, arrived=now(), data=data)
        for n, data in enumerate(mails)
    ]
    app = open_app(home, {}, works=False)
    with app.store.write() as tx:
        ids = tx.ledger.keep(raws, now(), old_before_uid=0, after="nothing")
    app.close()
    return dict(zip(ids, mails, strict=True))


def keys_of(home: Home, capfd: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    capfd.readouterr()
    assert run(["key", "list", "--json", "--home", str(home.path)]) == 0
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    return {key["key"]: key for key in found if key["kind"] == "data"}


def rotated_beside_a_service(folder: Path, capfd: pytest.CaptureFixture[str], database: str = "") -> None:
    with servers() as (imap, smtp, where):
        home = a_home(folder / "home", where, database)
        kept = keep(home, large_mails(MAILS))
        with Service(home.path) as service:
            service.wait_ready()
            assert run(["key", "add", "--home", str(home.path)]) == 0
            with Service(home.path, command=ROTATE) as rotation:
                rotation.wait_for("key rotate", 60, times=2)
                rotation.kill(group=True)
            half = keys_of(home, capfd)
            assert half["1"]["rows"]["raw_mail"] and half["2"]["rows"]["raw_mail"]
            assert run(["key", "remove", "1", "--home", str(home.path)]) == 1
            assert run(["key", "rotate", "--home", str(home.path)]) == 0
            assert not keys_of(home, capfd)["1"]["rows"]
            assert run(["key", "remove", "1", "--home", str(home.path)]) == 0
            imap.append(b"From: a@new.example\r\nMessage-ID: <n@new.example>\r\nSubject: new\r\n\r\nHello\r\n")
            assert wait_until(lambda: any(each.recipients == ("a@new.example",) for each in smtp.letters()), 30), (
                service.said
            )
            assert service.end()[0] == 0, service.said
            assert "Traceback" not in service.said
        assert set(keys_of(home, capfd)) == {"2"}
        app = open_app(home, {}, works=False)
        with app.store.read() as tx:
            assert all(tx.ledger.raw(id_) == data for id_, data in kept.items())
        app.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_rotation_is_finished_on_sqlite(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The service goes on all the while and takes the new key up; then the old key is taken away."""
    rotated_beside_a_service(tmp_path, capfd)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_a_killed_rotation_is_finished_on_postgres(
    tmp_path: Path, own_pg_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The same on PostgreSQL."""
    rotated_beside_a_service(tmp_path, capfd, own_pg_url)


def waits_for_its_ring(folder: Path, database: str, capfd: pytest.CaptureFixture[str]) -> None:
    with servers() as (_, _, where):
        home = a_home(folder / "home", where, database)
        other = Path(shutil.copytree(home.path, folder / "other"))
        with Service(other) as service:
            service.wait_ready()
            assert run(["key", "add", "--home", str(home.path)]) == 0
            [id_] = keep(home, [b"From: a@new.example\r\nMessage-ID: <n@new.example>\r\nSubject: new\r\n\r\nHello\r\n"])
            service.wait_for("data key 2 is not in the key ring", 30)
            assert run(["key", "rotate", "--home", str(home.path)]) == 3
            assert run(["status", "--json", "--home", str(home.path)]) == 0
            said = capfd.readouterr()
            assert "do not know the newest key" in said.err and '"key-ring-old"' in said.out
            assert stage_of(home, id_) == "kept"
            shutil.copy(home.path / "keys" / "ring.json", other / "keys" / "ring.json")
            assert wait_until(lambda: stage_of(home, id_) == "filed", 30), service.said
            assert run(["key", "rotate", "--home", str(home.path)]) == 0
            assert service.end()[0] == 0 and "Traceback" not in service.said


def stage_of(home: Home, ledger_id: int) -> str:
    app = open_app(home, {}, works=False)
    with app.store.read() as tx:
        row = tx.views.ledger_row(ledger_id)
    app.close()
    return row.stage if row else ""


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_another_machine_waits_for_its_copy_of_the_ring(
    tmp_path: Path, own_pg_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """It sets no mail aside, the health strip names it, and nothing is sealed anew before it knows the key."""
    waits_for_its_ring(tmp_path, own_pg_url, capfd)

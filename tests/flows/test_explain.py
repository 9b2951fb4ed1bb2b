"""来信轨迹 by command: what became of each mail of a ticket, from its arrival to the server's answer to our letter."""

from __future__ import annotations

import hashlib

import pytest

from core.domain.errors import NotFound
from huiying.flows.explain import explain
from tests.factories.pipeline import Office, a_mail

DAMAGED = a_mail(headers=["Date: not a date", "Content-Language: zh"]).replace(
    b"Content-Type: text/plain; charset=utf-8", b"Content-Type: text/plain; charset=x-unknown"
)


def test_every_step_of_a_mail_is_told(office: Office) -> None:
    """Arrived, kept with its digest, parsed with its defects, filed with the verdict; then the letter and its proof."""
    [row] = office.bring(DAMAGED)
    told = explain(office.ctx, row.number)
    [mail] = told["mails"]
    assert (mail["id"], mail["mailbox"], mail["source"]) == (row.id, "service", "files")
    assert (mail["sha256"], mail["size"]) == (hashlib.sha256(DAMAGED).hexdigest(), len(DAMAGED))
    assert mail["arrived"] and mail["kept"] and mail["filed"] and mail["attempts"] == 1
    assert (mail["stage"], mail["verdict"].partition(":")[0], mail["silent"]) == ("filed", "new", "")
    assert "charset-guessed:utf-8" in mail["defects"] and office.ticket(row.number).messages[0].text
    [letter] = told["letters"]
    assert (letter["kind"], letter["state"], letter["code"]) == ("acknowledgement", "sent", 250)
    assert [line["action"] for line in told["log"]] == ["ticket.created"]
    assert told["decisions"][0]["fields"]["type"]["because"] and told["promises"]


def test_whatever_got_no_letter_says_why(office: Office) -> None:
    """A reply, a copy and an answering machine: the verdict of each, and the reason for silence in both languages."""
    [root] = office.bring(a_mail())
    office.bring(
        a_mail(subject="Re", body="补充一下。", mid="r1@example.cn", reply_to=["m1@example.cn"]),
        a_mail(headers=["X-Fetched-By: the other mailbox"]),
        a_mail(
            subject="自动回复", body="休假中", mid="a1@example.cn", reply_to=["m1@example.cn"],
            headers=["Auto-Submitted: auto-replied"],
        ),
    )  # fmt: skip
    mails = explain(office.ctx, root.number)["mails"]
    assert [mail["verdict"].partition(":")[0] for mail in mails] == ["new", "reply", "copy", "automatic"]
    assert [mail["silent"].partition(":")[0] for mail in mails] == [
        "", "reply-to-open-ticket", "copy", "automatic-auto-reply",
    ]  # fmt: skip
    assert mails[2]["silent_words"] == "同一封信的副本"
    assert explain(office.ctx, root.number, "en")["mails"][2]["silent_words"] == "a copy of the same mail"


def test_a_ticket_that_is_not_there_is_told(office: Office) -> None:
    """By its number."""
    with pytest.raises(NotFound):
        explain(office.ctx, "20990101001")

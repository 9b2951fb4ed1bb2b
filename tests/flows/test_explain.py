"""来信轨迹 by command: what became of each mail of a ticket, from its arrival to the server's answer to our letter."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from core.domain.errors import NotFound
from huiying.app.model import NoModel
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


def test_what_the_model_said_is_told_with_its_words(office: Office) -> None:
    """Each field with what else it could be and the words for and against, where the writer wrote them."""
    [row] = office.bring(a_mail(body="报表打不开，提示错误。"))
    told = explain(office.ctx, row.number)["decisions"][0]["suggestion"]
    said = told["fields"]["type"]
    assert (told["abstained"], said["value"]) == ("", "问题反馈") and said["alternatives"]
    word = next(word for word in said["evidence"] if word["term"] == "错误")
    assert (word["start"], word["end"]) == (8, 10) and word["weight"] > 0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", "多数词没有见过：可能是另一种语言或另一类话题"),
        ("en", "most of its words are unknown: another language"),
    ],
)
def test_why_the_model_said_nothing_is_told(office: Office, language: str, words: str) -> None:
    """The stored reason, in the reader's language."""
    office.ctx = replace(office.ctx, suggester=lambda: NoModel("unknown words"))
    [row] = office.bring(a_mail())
    told = explain(office.ctx, row.number, language)["decisions"][0]["suggestion"]
    assert (told["abstained"], told["fields"]) == ("unknown words", {})
    assert told["abstained_words"].startswith(words)


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

"""A parse's answer on the pipe and on the command line."""

from __future__ import annotations

import json

import pytest

from core.domain.mail import Address, ParsedOrNot, Unparsable
from ingest.scan import unparsable
from ingest.wire import from_bytes, public, to_bytes
from tests.factories.raw_mails import multipart, parsed, part, raw_mail

KEYS = [
    "file", "message_id", "subject", "from", "to", "cc", "reply_to", "date", "text", "reply", "html", "attachments",
    "in_reply_to", "references", "automatic", "language", "defects", "protection",
]  # fmt: skip


def test_a_parsed_mail_crosses_the_pipe_unchanged():
    """Every field comes out as it went in."""
    data = multipart(
        part(b"text/plain; charset=utf-8", "您好，\u2028 𠮷".encode()),
        part(b"application/pdf; name=a.pdf", b"x", b"Content-ID: <c@d>"),
        more={
            b"In-Reply-To": b"<x@y>",
            b"References": b"<w@y> <x@y>",
            b"Cc": b"C <c@d.cn>",
            b"Auto-Submitted": b"auto-replied",
        },
    )
    answer = ParsedOrNot(mail=parsed(data))
    assert from_bytes(to_bytes(answer)) == answer


def test_what_no_text_may_hold_still_crosses():
    """A NUL, or half of a pair: the worker's own words about a damaged mail must not break the pipe."""
    answer = ParsedOrNot(failure=Unparsable(because="odd \ud83d and \x00 and 发票\U0001f9fe"))
    assert from_bytes(to_bytes(answer)) == answer


def test_a_taken_over_worker_cannot_say_without_end():
    """What a mail says is a proposal of some words; more of it than our reader gives is cut."""
    mail = parsed(raw_mail(subject="发票".encode()))
    sent = json.loads(to_bytes(ParsedOrNot(mail=mail)))
    sent["mail"]["said"] = {
        **dict.fromkeys(("gist", "goal", "background", "happened"), "长" * 9_000),
        **dict.fromkeys(("orders", "phones"), ["9" * 900] * 900),
        "remark": "none",
        "offset": 9_000,
    }
    sent["mail"]["aids"] = [["subject"], [7] * 900, [[0, 9]] * 900]
    taken = from_bytes(json.dumps(sent).encode()).mail
    assert taken is not None and taken.said is not None
    said = taken.said
    assert [len(text) for text in (said.gist, said.goal, said.background, said.happened)] == [40, 80, 80, 80]
    assert said.offset == 840
    assert {len(said.orders), len(said.phones)} == {10} and {len(one) for one in said.orders} == {80}
    assert taken.aids is not None and (len(taken.aids.pieces), len(taken.aids.asking)) == (24, 200)


def test_a_failure_crosses_the_pipe_unchanged():
    """With what the byte scan found."""
    answer = ParsedOrNot(failure=unparsable(raw_mail(subject="发票".encode("gbk")), "why"))
    assert answer.failure == Unparsable(
        because="why", subject="发票", sender=Address(address="zhangsan@example.cn"), message_id="one@example.cn"
    )
    assert from_bytes(to_bytes(answer)) == answer


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"mail":{}}', b'{"failure":null}', b"\xff", b'{"mail":{"subject":1}}']
)
def test_nonsense_from_a_worker_is_refused(data):
    """A worker that a mail took over cannot hand over half a value."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_bytes(data)


def test_the_public_object_has_exactly_the_promised_keys():
    """Lists are lists, an absent name is empty, the date ends in Z."""
    out = public(ParsedOrNot(mail=parsed(raw_mail())), "a.eml")
    assert list(out) == KEYS
    assert out["from"] == {"name": "", "address": "zhangsan@example.cn"}
    assert out["date"] == "2024-01-01T00:00:00Z"
    assert out["cc"] == [] and out["automatic"] is None and out["html"] is False
    assert json.loads(json.dumps(out)) == out


def test_a_quarantined_mail_has_the_same_keys():
    """With its reason among the defects."""
    out = public(ParsedOrNot(failure=Unparsable(because="parse worker died (signal 11)", subject="s")), "b.eml")
    assert list(out) == KEYS
    assert (out["subject"], out["from"]) == ("s", None)
    assert out["defects"] == ["quarantined:parse worker died (signal 11)"]


def test_what_a_person_says_crosses_the_pipe_unchanged():
    """What the parse worker read of it: order, telephone and remark; times wait for the desk's calendar."""
    words = "订单号：AB12345 还没有收到，请尽快处理，电话 13812345678。\n目标：周五前到货"
    answer = ParsedOrNot(mail=parsed(multipart(part(b"text/plain; charset=utf-8", words.encode()))))
    again = from_bytes(to_bytes(answer))
    assert again == answer and again.mail is not None and again.mail.said is not None
    said = again.mail.said
    assert (said.orders, said.goal, said.deadline) == (("AB12345",), "周五前到货", None)
    assert len(said.phones) == 1 and "****" in said.phones[0]

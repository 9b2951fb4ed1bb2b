"""What of a mail is shown as text, and what is an attachment."""

from __future__ import annotations

import base64

import pytest

from ingest.html import html_text
from ingest.html_display import safe_html
from ingest.limits import ParseLimits
from ingest.parse import part_bytes
from ingest.part import read_tree
from ingest.runs import set_aside
from tests.factories.raw_mails import multipart, parsed, part, raw_mail

PLAIN = b"text/plain; charset=utf-8"
HTML = b"text/html; charset=utf-8"


def test_an_alternative_is_read_as_plain_and_looked_at_as_html():
    """Both forms of one text give the text once."""
    mail = parsed(multipart(part(PLAIN, b"words"), part(HTML, b"<b>words</b>"), subtype=b"alternative"))
    assert (mail.text, mail.html, mail.has_html, mail.attachments) == ("words", "<b>words</b>", True, ())


def test_an_html_mail_has_text():
    """Whoever sends only HTML is read too."""
    mail = parsed(raw_mail("<p>您好</p><p>请处理</p>".encode(), content_type=HTML))
    assert "您好" in mail.text and "请处理" in mail.text and mail.has_html


@pytest.mark.parametrize("plain", [b"", b"  \r\n", b"Your mail client does not show HTML."])
def test_a_plain_stub_is_not_the_text(plain):
    """An empty alternative, or one that only excuses itself, gives way to the HTML."""
    html = b"<p>" + b"real words " * 200 + b"</p>"
    mail = parsed(multipart(part(PLAIN, plain), part(HTML, html), subtype=b"alternative"))
    assert mail.text.startswith("real words")


def test_pictures_of_a_related_html_are_attachments():
    """What HTML shows by Content-ID is listed with its id."""
    picture = part(b"image/png; name=logo.png", b"x", b"Content-ID: <logo@x>", b"Content-Disposition: inline")
    mail = parsed(multipart(part(HTML, b'<img src="cid:logo@x">hi'), picture, subtype=b"related"))
    (attachment,) = mail.attachments
    assert (attachment.name, attachment.content_id, attachment.inline) == ("logo.png", "logo@x", True)


def test_text_files_are_attachments_and_a_second_text_is_text():
    """The word "attachment" or a name behind the first text makes a file; nameless text is read."""
    data = multipart(
        part(PLAIN, b"first"),
        part(PLAIN + b"; name=log.txt", b"log", b"Content-Disposition: inline; filename=log.txt"),
        part(PLAIN, b"second"),
        part(b"text/calendar", b"BEGIN:VCALENDAR"),
    )
    mail = parsed(data)
    assert mail.text == "first\n\nsecond"
    assert [one.name for one in mail.attachments] == ["log.txt", "part-4.ics"]
    assert [one.part for one in mail.attachments] == ["2", "4"]


def test_an_invitation_keeps_its_calendar():
    """Beside the words as Outlook and Exchange send it: a file with its exact bytes, whatever stands in the text."""
    lines = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:验收会议\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    invitation = part(
        b"text/calendar; charset=utf-8; method=REQUEST",
        base64.encodebytes(lines.encode()),
        b"Content-Transfer-Encoding: base64",
    )
    data = multipart(
        part(PLAIN, "周五十点验收".encode()),
        part(HTML, "<p>周五十点验收</p>".encode()),
        invitation,
        subtype=b"alternative",
    )
    mail = parsed(data)
    assert mail.text == "周五十点验收" and "VCALENDAR" not in mail.html
    (kept,) = mail.attachments
    assert (kept.name, kept.type, kept.inline) == ("part-3.ics", "text/calendar", False)
    assert part_bytes(data, kept.part) == lines.encode()
    alone = parsed(raw_mail(lines.encode(), content_type=b"text/calendar; charset=utf-8; method=REQUEST"))
    assert [one.type for one in alone.attachments] == ["text/calendar"]


def test_part_paths_count_as_imap_does():
    """Attachments are found again by their path."""
    inner = part(b"multipart/mixed; boundary=b2", b"--b2\r\n" + part(b"image/gif", b"gif") + b"\r\n--b2--\r\n")
    data = multipart(part(PLAIN, b"x"), inner)
    assert [one.part for one in parsed(data).attachments] == ["2.1"]
    assert part_bytes(data, "2.1") == b"gif"
    assert part_bytes(data, "9.9") is None


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        (b"base64", "您好，文字没有编码".encode(), "您好，文字没有编码"),
        (b"base64", b"Hello, this was never encoded at all", "Hello, this was never encoded at all"),
        (b"base64", base64.b64encode("您好!".encode())[:-2] + b"\r\n", "您好!"),
        (b"base64", b"!" + base64.encodebytes(b"yes, many words " * 9), "yes, many words "),
        (b"base64", b"eWVz\r\n\r\nbm8=\r\nZW5k", "yesnoend"),
        (b"base64", b"eQ== footer", "y"),
        (b"x-uuencode", b"begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", "Cat"),
        (b"quoted-printable", b"a=\r\nb =E5=8F=91 =zz", "ab 发 =zz"),
        (b"x-strange", b"as it is", "as it is"),
    ],
)
def test_transfer_encodings_believe_the_bytes(encoding, body, text):
    """Wrong labels, lost padding, junk and footers lose no words."""
    assert parsed(raw_mail(body, encoding=encoding)).text.strip().startswith(text)


@pytest.mark.parametrize("size", [1, 56, 57, 58, 57 * 100, 57 * 100 + 1, 20_000])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_long_base64_runs_put_aside_change_nothing(size, line_end):
    """The tree read around long runs is the tree read through them."""
    payload = base64.encodebytes(bytes(number % 251 for number in range(size))).replace(b"\n", line_end)
    data = multipart(part(PLAIN, payload), part(b"image/png", payload, b"Content-Transfer-Encoding: base64"))
    body = data.partition(b"\r\n\r\n")[2]
    head = b'Content-Type: multipart/mixed; boundary="b1"\n\n'
    aside = read_tree(head + body, ParseLimits())[0]
    runs = set_aside(head + body)[1]
    assert [child.payload for child in aside.children] == [payload + b"", payload + b""] or not runs.pieces
    assert part_bytes(data, "2") == bytes(number % 251 for number in range(size))


def test_hidden_html_is_not_text():
    """What a reader cannot see is not read to the classifier either."""
    html = (
        "<title>T</title><style>s{}</style><script>j()</script><p hidden>h1</p>"
        '<div style="DISPLAY : none">h2<p>h3</p></div>'
        '<span style="font-size:0">h4</span><span style="font-size:0.9em">seen</span><!-- h5 --><p>words</p>'
    )
    assert html_text(html).split() == ["seen", "words"]


def test_large_html_is_read_the_fast_way():
    """Blocks are lines and inline tags join, with and without the slow library."""
    block = "<div>line <b>one</b></div>text<br>next<table><tr><td>a</td><td>b</td></tr></table>"
    lines = html_text(block * 1_000).split("\n")
    assert lines[:4] == ["line one", "text", "next", "  a  b"] or lines[0] == "line one"
    assert "oneline" not in "".join(lines[:10])


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<img src="http://spy.example/1.png">',
        '<img srcset="http://spy.example/1.png 2x">',
        '<table background="http://spy.example/1.png"><tr><td>x</td></tr></table>',
        '<p style="background:url(http://spy.example)">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<iframe src="http://spy.example"></iframe>',
        '<form action="http://spy.example"><input></form>',
        '<video poster="http://spy.example/p"><source src="http://spy.example/v"></video>',
        '<link rel=stylesheet href="http://spy.example/c">',
        '<svg onload="alert(1)"></svg>',
        '<base href="http://spy.example/">',
        '<img src=x onerror="alert(1)">',
    ],
)
def test_shown_html_runs_and_fetches_nothing(html):
    """Looking at a mail neither runs the sender's code nor tells him that it was read."""
    safe = safe_html(f"<p>ok</p>{html}")
    assert "ok" in safe
    for word in ("spy.example", "alert", "script", "onerror", "onload"):
        assert word not in safe

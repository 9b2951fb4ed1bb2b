"""The acceptance cases of real mail, each with mails written here."""

from __future__ import annotations

import base64
import hashlib

import pytest

from ingest.parse import parse_mail, part_bytes
from tests.factories.raw_mails import TEXT, encoded, multipart, parsed, part, raw_mail

ORDER = "您好，订单20240101的发票还没有收到，请尽快处理。谢谢！张三"
CONTRACT = "朱镕基合同（最终版）.pdf"


@pytest.mark.parametrize("nested_type", [b"message/rfc822", b"multipart/mixed"])
def test_a_bounce_whose_nested_part_has_no_start_is_parsed(nested_type):
    """A returned mail that announces a boundary and never uses it is still a bounce with its text."""
    nested = b"Subject: old\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\nlost text\r\n"
    data = multipart(
        part(b"text/plain", b"Your mail could not be delivered."),
        part(b"message/delivery-status", b"Reporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"),
        part(nested_type, nested),
        subtype=b"report; report-type=delivery-status",
    )
    mail = parsed(data)
    assert mail.automatic == "bounce"
    assert "could not be delivered" in mail.text


@pytest.mark.parametrize("encoding", ["qp", "8bit", "b64"])
def test_gbk_characters_under_the_label_gb2312_are_exact(encoding):
    """陶喆, 朱镕基 and 李堃 are outside GB 2312 and what every Chinese client sends under that label."""
    body, name = encoded(TEXT.encode("gbk"), encoding)
    mail = parsed(raw_mail(body, content_type=b"text/plain; charset=gb2312", encoding=name))
    assert mail.text == TEXT
    assert "\ufffd" not in mail.text


@pytest.mark.parametrize("encoding", ["qp", "8bit", "b64"])
def test_gb18030_characters_under_the_label_gbk_are_exact(encoding):
    """Four-byte characters such as 𠮷 and 㐂 come out of mails labelled gbk."""
    text = "您好，𠮷野家和㐂多的订单请处理"
    body, name = encoded(text.encode("gb18030"), encoding)
    assert parsed(raw_mail(body, content_type=b"text/plain; charset=gbk", encoding=name)).text == text


def test_a_traditional_text_under_the_label_gb2312_is_exact():
    """Taiwanese factories on the mainland write it so: every second character is outside GB 2312."""
    words = "模具內應力產生變形，請確認報價與交貨時間。"
    subject = b"=?gb2312?B?" + base64.b64encode(words.encode("gbk")) + b"?="
    mail = parsed(raw_mail(words.encode("gbk"), content_type=b"text/plain; charset=gb2312", subject=subject))
    assert (mail.subject, mail.text) == (words, words)
    assert not [one for one in mail.defects if one.startswith("charset")]


def test_one_bad_byte_costs_one_character():
    """A byte that is none of gb2312 becomes one replacement character, and a defect says so."""
    mail = parsed(
        raw_mail(TEXT.encode("gbk") + b"\xff\n" + ORDER.encode("gbk"), content_type=b"text/plain; charset=gb2312")
    )
    assert mail.text == f"{TEXT}\ufffd\n{ORDER}"
    assert "bad-bytes:1" in mail.defects


@pytest.mark.parametrize(
    "label",
    [
        "x-gbk",
        "GBK",
        "gb_2312-80",
        "GB-2312",
        "iso-gb2312",
        "euc-cn",
        "cp936",
        "chinesesimplified",
        "GB18030",
        '"_gb2312_"',
    ],
)
def test_all_names_of_the_gb_family_mean_gb18030(label):
    """No mail is garbled because its client spells the character set its own way."""
    mail = parsed(raw_mail(TEXT.encode("gbk"), content_type=f"text/plain; charset={label}".encode()))
    assert mail.text == TEXT


@pytest.mark.parametrize("encoding", ["8bit", "qp", "b64", "nocte"])
@pytest.mark.parametrize(
    "label", ["", "; charset=iso-8859-1", "; charset=us-ascii", "; charset=unknown-8bit", "; charset=x-nope"]
)
def test_gbk_without_a_believable_label_is_guessed_and_said_so(label, encoding):
    """A missing, Latin or unknown label does not turn Chinese into accents."""
    body, name = encoded(TEXT.encode("gbk"), encoding)
    mail = parsed(raw_mail(body, content_type=b"text/plain" + label.encode(), encoding=name))
    assert mail.text.strip() == TEXT
    assert "charset-guessed:gb18030" in mail.defects


@pytest.mark.parametrize("encoding", ["8bit", "qp"])
def test_big5_with_hong_kong_characters_is_exact(encoding):
    """Traditional text with HKSCS characters is not taken for GBK."""
    text = "您好，我係陳大文，啲貨喺邊度？訂單發票問題請儘快處理，多謝！"
    body, name = encoded(text.encode("big5hkscs"), encoding)
    assert parsed(raw_mail(body, content_type=b"text/plain; charset=big5", encoding=name)).text.strip() == text


def test_a_raw_big5_subject_is_not_taken_for_gbk():
    """gb18030 accepts nearly all Big5: the frequent characters decide."""
    assert parsed(raw_mail(subject="訂單發票問題請儘快處理".encode("big5"))).subject == "訂單發票問題請儘快處理"


@pytest.mark.parametrize(
    ("label", "codec"),
    [("hz-gb-2312", "hz"), ("utf-7", "utf-7"), ("iso-2022-jp", "iso2022_jp"), ("iso-2022-kr", "iso2022_kr")],
)
def test_seven_bit_charsets_are_decoded_without_any_transfer_encoding(label, codec):
    """Escapes of stateful character sets never reach the agent."""
    text = {"iso2022_jp": "お世話になっております", "iso2022_kr": "안녕하세요 주문"}.get(codec, "您好，发票没有收到")
    mail = parsed(raw_mail(text.encode(codec), content_type=f"text/plain; charset={label}".encode()))
    assert mail.text == text


def test_iso_2022_jp_is_recognised_without_a_label():
    """The escapes themselves tell."""
    mail = parsed(raw_mail("請求書を送ってください".encode("iso2022_jp"), content_type=b"text/plain"))
    assert mail.text == "請求書を送ってください"


def test_a_character_split_over_two_encoded_words_comes_out_whole():
    """Neighbouring words of one charset are joined as bytes before they are decoded."""
    data = "发票问题".encode("gbk")
    words = b" ".join(b"=?gb2312?B?" + base64.b64encode(piece) + b"?=" for piece in (data[:3], data[3:]))
    assert parsed(raw_mail(subject=words)).subject == "发票问题"


@pytest.mark.parametrize("label", ["x-gbk", "GB2312*zh", "gb18030"])
def test_encoded_words_of_the_gb_family_are_exact(label):
    """Also with the language that RFC 2231 allows behind the charset."""
    word = b"=?" + label.encode() + b"?B?" + base64.b64encode("关于陶喆的订单".encode("gbk")) + b"?="
    assert parsed(raw_mail(subject=word)).subject == "关于陶喆的订单"


def test_a_raw_gbk_subject_is_exact():
    """Headers that were never encoded lose no byte."""
    mail = parsed(raw_mail(subject="全新原装进口，送货上门，货到付款".encode("gbk")))
    assert mail.subject == "全新原装进口，送货上门，货到付款"


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("张三 <zhangsan@example.cn>".encode("gbk"), "张三"),
        ("张三 <zhangsan@example.cn>".encode(), "张三"),
        (b'"=?gb2312?B?1cXI/Q==?=" <zhangsan@example.cn>', "张三"),
        (b"=?gb2312?B?1cXI/Q==?= zhangsan@example.cn", "张三"),
        ("张三，财务部, 深圳 <zhangsan@example.cn>".encode(), None),
        (b"zhangsan@example.cn (=?gb2312?B?1cXI/Q==?=)", "张三"),
        ("<zhangsan＠example.cn>".encode(), ""),
    ],
)
def test_senders_are_found_however_they_are_written(sender, name):
    """Raw bytes, words in quotes, no angle brackets, full-width signs: the requester is never dropped."""
    found = parsed(raw_mail(sender=sender)).sender
    assert found is not None and found.address == "zhangsan@example.cn"
    assert name is None or found.name == name


@pytest.mark.parametrize(
    "disposition",
    [
        b'attachment; filename="' + CONTRACT.encode("gbk") + b'"',
        b'attachment; filename="=?gb2312?B?' + base64.b64encode(CONTRACT.encode("gbk")) + b'?="',
        b"attachment; filename*=gb2312''" + "".join(f"%{byte:02X}" for byte in CONTRACT.encode("gbk")).encode(),
        b"attachment; filename*=''" + "".join(f"%{byte:02X}" for byte in CONTRACT.encode()).encode(),
        b"attachment; filename*0*=gbk''%D6%EC%E9F; filename*1*=%BB%F9%BA%CF%CD%AC%A3%A8; filename*2=\""
        + "最终版）.pdf".encode("gbk")
        + b'"',
    ],
)
def test_file_names_are_decoded_however_they_are_encoded(disposition):
    """Raw GBK, encoded words in quotes and RFC 2231 with or without charset give one name."""
    data = multipart(
        part(b"text/plain", b"hi"), part(b"application/pdf", b"%PDF", b"Content-Disposition: " + disposition)
    )
    assert [one.name for one in parsed(data).attachments] == [CONTRACT]


def test_a_nameless_picture_is_one_attachment_with_a_stable_name():
    """Its bytes are exact and its name is the same on every parse."""
    picture = bytes(range(256)) * 3
    data = multipart(
        part(b"text/plain", b"hi"),
        part(b"image/png", base64.encodebytes(picture), b"Content-Transfer-Encoding: base64"),
    )
    (first,), (again,) = parsed(data).attachments, parsed(data).attachments
    assert first == again
    assert (first.name, first.size, first.sha256) == ("part-2.png", 768, hashlib.sha256(picture).hexdigest())
    assert part_bytes(data, first.part) == picture


@pytest.mark.parametrize("headers", [(b"Content-Disposition: attachment",), ()])
def test_a_nested_message_is_one_eml_with_exact_bytes(headers):
    """Its text never becomes the ticket's text, and not a byte of it changes."""
    inner = b"From: x@y\r\nSubject: =?utf-8?q?a?=\r\nContent-Type: text/plain\r\n\r\nINNERTEXT\r\n\r\nend"
    data = multipart(part(b"text/plain", b"outer"), part(b"message/rfc822", inner, *headers))
    mail = parsed(data)
    (attachment,) = mail.attachments
    assert mail.text == "outer"
    assert attachment.name.endswith(".eml") and attachment.type == "message/rfc822"
    assert part_bytes(data, attachment.part) == inner


@pytest.mark.parametrize(
    "content_type",
    [
        b"multipart/mixed",
        b"multipart/mixed; boundary=never-used",
        b'multipart/mixed; boundary=""',
        b"multipart/alternative; boundary=B1",
    ],
)
def test_an_unusable_multipart_is_shown_as_text_and_flagged(content_type):
    """Text in a container that falls into no parts stays visible."""
    body = b"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + ORDER.encode() + b"\r\n--b1--\r\n"
    mail = parsed(raw_mail(body, content_type=content_type))
    assert ORDER in mail.text
    assert {"multipart-unusable", "boundary-repaired"} & set(mail.defects)


@pytest.mark.parametrize(
    "start",
    [
        b"\xef\xbb\xbf",
        b"From zhangsan@example.cn Mon Jan  1 08:00:00 2024\r\n",
        b"\r\n\r\n",
        b"this is not a header\r\n",
        b"X-First: a\r\nthis is not a header\r\n",
        b"X-Odd : with a space\r\n",
    ],
)
def test_headers_are_found_behind_junk(start):
    """A BOM, an mbox line, blank lines or a junk line do not push the subject into the body."""
    mail = parsed(start + raw_mail())
    assert mail.subject == "test"
    assert mail.sender is not None and mail.sender.address == "zhangsan@example.cn"
    assert mail.text.strip() == "hello"


def test_headers_that_run_into_the_body_end_there():
    """Without the blank line, the first line that no header follows begins the body."""
    mail = parsed(b"From: a@b.cn\r\nSubject: test\r\nhello, this is text\r\nand more: of it\r\n")
    assert (mail.subject, mail.text) == ("test", "hello, this is text\nand more: of it")


@pytest.mark.parametrize("data", [b"hello", b"\xff" * 100, b":", b"a:", b"--b--", b"From:", b"a: b\r\n\r\n\x00\x00"])
def test_anything_gives_a_mail(data):
    """There are no bytes with content that raise or give nothing."""
    assert parsed(data) is not None


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (b"\x00", "empty"),
        (b"\r", "empty"),
        (b"PK\x03\x04\x00\x00garbage", "no-headers"),
    ],
)
def test_what_is_no_mail_is_quarantined(data, because):
    """Nothing at all, or binary bytes without one header, is not guessed at: a person looks."""
    answer = parse_mail(data)
    assert answer.mail is None and answer.failure is not None
    assert answer.failure.because.startswith(because)


def test_cr_only_line_ends_are_line_ends():
    """Mails of very old systems have headers too."""
    mail = parsed(raw_mail(b"hello world\r\n").replace(b"\r\n", b"\r"))
    assert (mail.subject, mail.text) == ("test", "hello world")


def test_nul_and_lone_surrogates_never_come_out():
    """Databases refuse them."""
    mail = parsed(
        raw_mail(b"a\x00b +2AA- c", subject=b"n\x00ul =?utf-7?Q?+2AA-?=", content_type=b"text/plain; charset=utf-7")
    )
    for text in (mail.subject, mail.text, mail.reply):
        assert "\x00" not in text
        text.encode("utf-8")

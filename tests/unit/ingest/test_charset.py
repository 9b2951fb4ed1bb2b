"""Which character set bytes are decoded with."""

from __future__ import annotations

import pytest

from ingest.charset import clean, decode
from ingest.charset_guess import guessed
from ingest.charset_labels import codec_of


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("您好，请问我的订单什么时候发货？", "gb18030"),
        ("张三", "gb18030"),
        ("陶喆", "gb18030"),
        ("請問我的訂單什麼時候出貨？謝謝", "big5hkscs"),
        ("訂單發票", "big5hkscs"),
        ("お世話になっております。請求書を送ってください。", "euc_jp"),
        ("お世話になっております。請求書を送ってください。", "cp932"),
        ("안녕하세요. 주문한 상품이 아직 도착하지 않았습니다.", "cp949"),
        ("Können Sie mir bitte helfen? Müller grüßt", "cp1252"),
        ("Formação e saudações", "cp1252"),
        ("Здравствуйте, помогите мне пожалуйста с заказом", "koi8_r"),
        ("Здравствуйте, помогите мне пожалуйста с заказом", "cp1251"),
    ],
)
def test_undeclared_bytes_are_decoded_as_the_language_they_are(text, codec):
    """Frequent characters tell Simplified from Traditional, Japanese, Korean, Russian and Western text."""
    assert text.encode(codec).decode(guessed(text.encode(codec))) == text


@pytest.mark.parametrize("label", ["gb2312", "gbk", "big5", "euc-kr", "shift_jis"])
def test_utf8_under_a_double_byte_label_is_utf8(label):
    """Both decodings succeed; the one that reads like language wins."""
    assert decode("您好，请问订单到哪里了".encode(), label).text == "您好，请问订单到哪里了"


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("請問發票要怎麼列印？訂單編號 TW556677。", "big5", "gb2312"),
        ("您好，貴公司的系統無法登入，請儘快處理，謝謝", "big5", "gbk"),
        ("订单没有收到，请帮忙查一下", "gb18030", "big5"),
    ],
)
def test_one_chinese_set_under_the_label_of_the_other(text, codec, label):
    """Both decodings succeed; characters that nobody writes are not what was written."""
    decoded = decode(text.encode(codec), label)
    assert (decoded.text, decoded.how) == (text, "guessed")


@pytest.mark.parametrize(
    "text", ["鑫淼矗", "薛兆骞", "谢谢", "重慶", "蔡璟儒 敬上", "彧翀頔旻", "馬騳驫", "㙍㵘㸚㠭", "堃喆昇曌"]
)
def test_rare_characters_under_their_own_label_stay(text):
    """Names and dialects: nothing is guessed on a few characters."""
    assert decode(text.encode("gb18030"), "gb18030").text == text


def test_a_believed_label_wins_over_utf8_when_it_reads_better():
    """Real GBK that happens to be valid UTF-8 stays what it was declared to be."""
    assert decode("联通的订单".encode("gbk"), "gb2312").text == "联通的订单"


def test_html_says_its_own_charset():
    """A meta element is believed where no header was."""
    html = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1250">Žluťoučký kůň'
    decoded = decode(html.encode("cp1250"), "", html=True)
    assert decoded.how == "meta" and "Žluťoučký kůň" in decoded.text


def test_latin_letters_under_a_latin_label_stay_latin():
    """Accents that stand alone are no Chinese."""
    decoded = decode("Häuser für Müller".encode("latin-1"), "iso-8859-1")
    assert (decoded.text, decoded.how) == ("Häuser für Müller", "declared")


def test_windows_quotes_under_the_latin_label_are_quotes():
    """ISO 8859-1 means windows-1252, as every client means it."""
    assert decode(b"\x93ok\x94 \x81", "iso-8859-1").text.startswith(("“ok”", "\x93ok"))
    assert decode(b"\x93ok\x94", "iso-8859-1").text == "“ok”"


def test_a_truncated_utf8_text_loses_one_character():
    """The rest is not guessed into another character set."""
    data = "您好，请尽快处理我的订单".encode()[:-1]
    assert decode(data, "utf-8").text == "您好，请尽快处理我的订\ufffd"


@pytest.mark.parametrize(
    "label", ["idna", "undefined", "punycode", "unicode_escape", "rot13", "hex", "zlib", "../x", "x" * 500]
)
def test_codecs_that_are_no_charsets_are_never_used(label):
    """A sender cannot choose which codec of Python runs on his bytes."""
    assert codec_of(label)[0] in ("", "cp1252")
    assert decode("您好".encode(), label).text == "您好"


def test_text_is_clean_for_any_database():
    """NUL and lone surrogates go, line ends are LF, a BOM at the start is no character."""
    assert clean("\ufeffa\x00b\r\nc\rd\ud800") == "ab\nc\nd\ufffd"

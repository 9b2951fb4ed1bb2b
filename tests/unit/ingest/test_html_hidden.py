"""What of a mail's HTML nobody sees is no text of it, and all that is seen is."""

from __future__ import annotations

import time

import pytest

from ingest.html import html_own_text, html_text
from ingest.html_display import safe_html


def _text(style: str, body: str, head: str = "") -> str:
    return " ".join(html_text(f"<html><head>{head}<style>{style}</style></head><body>{body}</body></html>").split())


@pytest.mark.parametrize(
    "style",
    [
        ".x{display:none}",
        ".X { DISPLAY : none !important; }",
        "<!-- .x{visibility:hidden} -->",
        ".x{font-size:0}",
        ".x{font-size:0px;line-height:1}",
        ".x{max-height:0;overflow:hidden}",
        ".x{mso-hide:all}",
        "p.x, .u{display:none}",
        "#n.x{display:none}",
        "div .x{display:none}",
        "@import url(a.css); .x{display:none}",
        "@charset 'x'; @font-face{font-family:a;src:url(b)} .x{display:none}",
        "@media screen{.x{display:none}}",
        "@media only screen, print{.x{display:none}}",
        ".x{display:block} .x{display:none}",
        "/* .x{display:block} */ .x{display:none}",
        ".x{display:none} .x:hover{display:block}",
        ".x{display:none} @media print{.x{display:block}}",
        ".x{display:none} @media (prefers-color-scheme:dark){.x{display:block !important}}",
        ".x{display:none} p{display:block}",
        ".x{color:#fff}",
        ".x{color:WHITE;background:#fefefe}",
        ".x{color:rgb(250, 250, 250)}",
        "body{background-color:#222} .x{color:#222222} .y{color:#eee}",
    ],
)
def test_what_a_class_hides_is_no_text(style):
    """A style block hides as well as an attribute does."""
    assert _text(style, "<div><p class='x z' id=n>暗号</p><p class=y>您好<b>们</b></p></div>") == "您好们"


@pytest.mark.parametrize(
    "style",
    [
        "@media print{.x{display:none}}",
        "@media (prefers-color-scheme: dark){.x{display:none}}",
        "@media (max-width:600px){.x{display:none}}",
        "@supports (display:grid){.x{display:none}}",
        ".x{display:none} .x{display:block}",
        ".x{display:none} p.x{display:block}",
        ".x{display:block !important} #n{display:none}",
        ".x{display:none} @media (min-width:600px){.x{display:block}}",
        ".x{display:none} [class~=x]{display:block !important}",
        ".x:hover{display:none}",
        ".x::after{display:none}",
        "span .x{display:none}",
        ".x .y{display:none}",
        ".xx{display:none}",
        ".x{max-height:0}",
        ".x{font-size:0.9em}",
        ".x{display:none",
        "body{background:#000;color:#ccc} .x{color:#fff}",
        "body{background:url(a.png)} .x{color:#fff}",
        ".x{color:#fff;background:linear-gradient(red,blue)}",
        ".x{color:#fff;background-color:var(--a)}",
        "div{background-color:navy} .x{color:white}",
        "@media (max-width:600px){div{background:#000}} .x{color:#fff}",
        "@media print{.x{color:#fff}}",
        ".x{color:#eee}",
    ],
)
def test_what_is_seen_somewhere_stays(style):
    """Paper, the dark, a phone, a rule that loses, and a colour on another ground hide nothing."""
    assert _text(style, "<div><p class=x id=n>明文</p><p>尾</p></div>") == "明文 尾"


@pytest.mark.parametrize(
    "body",
    [
        '<td style="font-size:0"><div style="font-size:13px">{}</div></td>',
        '<td style="visibility:hidden"><div style="visibility:visible">{}</div></td>',
        '<td bgcolor="#000000"><font color="#ffffff">{}</font></td>',
        '<td style="background:#c00"><a href="http://a.example" style="color:#fff">{}</a></td>',
        '<td background="a.png"><span style="color:white">{}</span></td>',
        '<td style="color:#fff"><span style="color:#333">{}</span></td>',
        '<td style="color:#fff"><a href="http://a.example">{}</a></td>',
        '<td class="x" style="display:block">{}</td>',
        '<td><a href="http://a.example" style="background:#567;color:#fff;mso-hide:all">{}</a></td>',
        '<td style="overflow:hidden;max-height:20px">{}</td>',
    ],
)
def test_visible_text_in_hiding_surroundings_stays(body):
    """MJML puts each text into a cell of size 0, dark cells carry white text, and Outlook alone sees no button."""
    page = f"<table><tr>{body.format('我的订单')}</tr></table><p>尾</p>"
    assert _text(".x{display:none}", page).replace(" ", "") == "我的订单尾"


@pytest.mark.parametrize(
    "body",
    [
        '<font color="white">{}</font>',
        '<td bgcolor="#123456"><span style="color:#123456">{}</span></td>',
        '<div style="max-height:0;overflow:hidden">{}</div>',
        '<div style="font-size:0"><b>{}</b></div>',
        '<div style="display:none"><p style="display:block">{}</p></div>',
        '<div style="color:#fff;background:none">{}</div>',
    ],
)
def test_what_an_attribute_hides_is_no_text(body):
    """Colours and heights hide in an attribute, too."""
    assert _text("", f"<table><tr>{body.format('暗号')}</tr></table><p>尾</p>") == "尾"


def test_a_mail_written_in_the_dark_is_read():
    """Where all text has the colour of paper, it is the text; where styles lie elsewhere, colours say nothing."""
    assert _text(".x{color:#fff}", "<p class=x>全部都是白字</p><script>a</script>") == "全部都是白字"
    link = "<link rel=stylesheet href=a.css>"
    assert _text(".x{color:#fff}", "<p class=x>白</p><p>黑</p>", link) == "白 黑"


def test_own_words_are_those_seen():
    """What a class hides is no answer either."""
    html = "<style>.x{display:none}</style><p>请处理</p><p class=x>暗号</p><blockquote type=cite>旧</blockquote>"
    assert html_own_text(html) == "请处理"


def test_what_is_shown_to_agents_hides_it_too():
    """Without its styles the HTML would show what they hide; white words on a dark cell stay."""
    html = (
        "<style>.x{display:none}</style><p class=x>暗号一</p><p style='font-size:0'>暗号二</p><p>您好</p>"
        "<table><tr><td bgcolor=black><b style='color:#fff'>白字</b></td></tr></table>"
    )
    safe = safe_html(html)
    assert "暗号" not in safe and "您好" in safe and "白字" in safe
    assert safe_html("<p>请<b>处理</b></p>") == "<p>请<b>处理</b></p>"


@pytest.mark.slow
@pytest.mark.parametrize(
    "html",
    [
        "<style>" + "a b c d e f g " * 300 + ".x{display:none}</style>" + "<a>" * 2_500 + "<p class=x>t",
        "<style>" + "* * * * * .x{display:none}" * 4_000 + "</style>" + "<b>" * 900 + "<p class=x>t</p>" * 2_000,
        "<style>" + "{" * 100_000 + "</style>" + "<p class=x>t</p>",
        "<style>" + "/*" * 100_000 + "</style>" + "<p hidden>t</p>",
        "<style>" + "@media(" * 30_000 + "</style>" + "<p hidden>t</p>",
        "<p style='" + "color:" * 50_000 + "'>t</p>",
        "<p style='" + "font-size:0" + "0" * 100_000 + "x'>t</p>",
        "<div " + " hidden " * 30_000,
        "<" * 200_000 + " hidden",
    ],
    ids=range(9),
)
def test_hostile_styles_cost_little(html):
    """Whatever stands in styles, they are read in linear time."""
    begun = time.thread_time()
    html_text(html)
    assert time.thread_time() - begun < 1.5

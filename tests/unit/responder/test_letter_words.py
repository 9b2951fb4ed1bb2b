"""The fixed words of letters: signature, hours, hotline, logo, the customers' pages; for all mailboxes or for one."""

from __future__ import annotations

import base64
from dataclasses import replace
from email import message_from_bytes, policy

import mailparser
import pytest

from core.domain.letter import LetterFile
from ingest.parse import parse_mail
from responder.letters import LetterBook, compile_letters
from responder.logo import Logo, read_logo
from responder.wording import LANGUAGES
from tests.factories.letters import BOX, LOGO, REPLY_TO, an_intent, variables

WORDS = """
hotline: 400-800-8888
logo: replies/logo.png
mailboxes:
  support:
    team: {zh-CN: 星辰客服, en: Star Care}
    hotline: 021-5555
    hours: 每天 08:00–22:00
  sales:
    portal: https://help.example.com/
"""
JPEG = "/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAAQAEADASIAAhEBAxEB/9k="


def a_book(words: str = WORDS, **more: str) -> LetterBook:
    book, problems = compile_letters({"replies/wording.yaml": words, "replies/logo.png": LOGO, **more})
    assert problems == ()
    return book


def problems_of(words: str, **more: str) -> list[tuple[str, int, int, str, str]]:
    found = compile_letters({"replies/wording.yaml": words, **more})[1]
    assert all(each.zh for each in found)
    return [(each.file, each.line, each.column, each.en, each.hint_en) for each in found]


class TestSignature:
    """What stands below every letter."""

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_letter_has_it(self, language: str) -> None:
        """Written once for all letters; an agent's name stands first."""
        book = compile_letters({})[0]
        for name in book.names:
            text = book.words(an_intent(language, template=name), BOX).text
            assert text.count("\n--\n") == 1
            assert "09:00–12:00" in text.partition("\n--\n")[2]

    def test_an_admin_s_own_takes_its_place(self) -> None:
        """In all letters of that language."""
        own = "---\nname: signature\ntitle: 落款\n---\n{{ team }} 敬上\n"
        book, problems = compile_letters({"replies/signature.zh-CN.j2": own})
        assert problems == ()
        assert book.words(an_intent(), BOX).text.endswith("--\n客户服务团队 敬上")
        assert book.words(an_intent(template="news"), BOX).text.endswith("--\n客户服务团队 敬上")
        assert "signature" not in book.names

    def test_it_has_no_subject(self) -> None:
        """One that has is told."""
        own = "---\nname: signature\ntitle: 落款\nsubject: x\n---\n{{ team }}\n"
        found = compile_letters({"replies/signature.zh-CN.j2": own})[1]
        assert [(each.line, each.en) for each in found] == [(4, "unknown key 'subject'")]

    def test_a_letter_that_signs_itself_is_left_alone(self) -> None:
        """Letters of earlier versions keep their own signature."""
        own = '---\nname: news\ntitle: 进展\nsubject: "[#{{ number }}]"\n---\n有进展。\n\n--\n王小二\n'
        book = a_book(**{"replies/news.zh-CN.j2": own})
        assert book.words(an_intent(template="news"), BOX).text == "有进展。\n\n--\n王小二"


class TestWords:
    """replies/wording.yaml."""

    def test_a_mailbox_has_words_of_its_own(self) -> None:
        """What it does not say is said for all; the team is in From, too."""
        book = a_book()
        text = book.words(an_intent(), BOX).text
        assert "星辰客服" in text and "021-5555" in text and "工作时间：每天 08:00–22:00" in text
        other = book.words(an_intent(), replace(BOX, name="other")).text
        assert "客户服务团队" in other and "400-800-8888" in other and "09:00–12:00" in other
        mail = message_from_bytes(book.compose(an_intent("en"), BOX, REPLY_TO).data, policy=policy.default)
        assert str(mail["From"]).startswith("Star Care <")

    def test_the_button_leads_to_the_customer_s_page(self) -> None:
        """In text as an address, in HTML as the only link."""
        page = "https://help.example.com/help/t/abc"
        found = a_book().words(an_intent(), BOX, page)
        assert f"查看进展：{page}" in found.text
        assert found.html.count("<a ") == 1 and f'href="{page}"' in found.html
        without = a_book().words(an_intent(), BOX)
        assert "http" not in without.text and "<a " not in without.html

    def test_a_result_asks_on_its_page_or_by_mail(self) -> None:
        """The signed page of the vote where there is one; else the customer is asked for a line."""
        asking = variables("zh-CN") | {"asks": "1", "vote": "2.7.k1.abc", "body": "已经换好。"}
        intent = an_intent(template="answer", mailbox="sales", variables=asking)
        found = a_book().words(intent, replace(BOX, name="sales"))
        assert 'href="https://help.example.com/r/2.7.k1.abc"' in found.html
        without = a_book().words(intent, BOX)
        assert "http" not in without.text and "请直接回复这封邮件告诉我们" in without.text and "k1" not in without.text

    def test_where_the_pages_are(self) -> None:
        """Each mailbox may have its own."""
        assert a_book().portal("sales", "en") == "https://help.example.com"
        assert a_book().portal("support", "en") == ""

    def test_letters_can_be_off(self) -> None:
        """By name; a name that no letter has is told."""
        assert a_book("off: [progress]").is_off("progress")
        assert not a_book().is_off("progress")
        assert problems_of("off: [progres]") == [
            ("replies/wording.yaml", 1, 7, "unknown letter 'progres'", "did you mean 'progress'?")
        ]

    @pytest.mark.parametrize(("words", "line", "column", "said", "hint"), [
        ("portal: help.example.com", 1, 9, "portal is a whole address", "for example https://help.example.com"),
        ("logo: logo.png", 1, 7, "there is no file logo.png", "put the picture into replies/ first"),
        ("mailboxes:\n  sales:\n    hotlin: 1", 3, 5, "unknown key 'hotlin'", "did you mean 'hotline'?"),
        ("mailboxes:\n  sales: 1", 2, 10, "wording must be a mapping (key: value)", ""),
        ("team: {fr: équipe}", 1, 8, "unknown language 'fr'", ""),
    ])  # fmt: skip
    def test_what_is_wrong_is_told_at_its_place(self, words: str, line: int, column: int, said: str, hint: str) -> None:
        """With what was expected."""
        found = problems_of(words)
        assert [(each[1], each[2], each[3]) for each in found] == [(line, column, said)]
        assert hint in found[0][4]


class TestLogo:
    """The picture on top: inside the mail, so that nobody is asked for it."""

    def test_it_goes_with_the_letter_and_is_read_by_three_parsers(self) -> None:
        """multipart/related around the alternatives, as Outlook and QQ write it; with files inside multipart/mixed."""
        book, file = a_book(), LetterFile(name="换货单.pdf", type="application/pdf", data=b"%PDF-1.4")
        for files in ((), (file,)):
            data = book.compose(an_intent(), BOX, REPLY_TO, files).data
            plain, ours = message_from_bytes(data, policy=policy.default), parse_mail(data).mail
            other = mailparser.parse_from_bytes(data)
            assert ours is not None and not ours.defects and not other.defects
            assert all(not part.defects for part in plain.walk())
            kinds = [part.get_content_type() for part in plain.walk()]
            related = ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]
            assert kinds == (["multipart/mixed", *related, "application/pdf"] if files else related)
            assert "20260305001" in ours.text
            image = next(part for part in plain.walk() if part.get_content_type() == "image/png")
            cid = image["Content-ID"].strip("<>")
            assert (
                f'src="cid:{cid}"' in next(p for p in plain.walk() if p.get_content_subtype() == "html").get_content()
            )
            assert [each.inline for each in ours.attachments if each.type == "image/png"] == [True]

    @pytest.mark.parametrize(("content", "kind", "size"), [
        (LOGO, "image/png", (160, 44)), (JPEG, "image/jpeg", (64, 16)),
    ])  # fmt: skip
    def test_its_size_is_written_down(self, content: str, kind: str, size: tuple[int, int]) -> None:
        """Outlook looks at the attributes alone."""
        logo = read_logo(content)
        assert logo is not None
        assert (logo.type, (logo.width, logo.height)) == (kind, size)

    def test_a_large_one_is_shown_small(self) -> None:
        """At most 240 wide and 64 high, in its shape."""
        large = Logo(type="image/png", data=b"", width=240, height=60)
        header = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + (960).to_bytes(4, "big") + (240).to_bytes(4, "big")
        found = read_logo(base64.b64encode(header + b"\x08\x02\x00\x00\x00" + b"0" * 8).decode())
        assert found is not None and (found.width, found.height) == (large.width, large.height)

    @pytest.mark.parametrize("content", ["", "!!!", "QUJD", LOGO[:20], "/9j/4AAQ", "/9j//////w=="])
    def test_anything_else_is_refused(self, content: str) -> None:
        """Told with its file; letters go out without a picture."""
        assert read_logo(content) is None
        found = problems_of("", **{"replies/logo.png": content})
        assert [each[:3] for each in found] == [("replies/logo.png", 1, 1)]


def test_words_of_a_mailbox_that_there_is_not_are_told() -> None:
    """At their place, with the name that was meant; where the mailboxes are not known nothing is said."""
    files = {"replies/wording.yaml": "mailboxes:\n  salse:\n    hotline: 021-5555\n"}
    assert compile_letters(files)[1] == ()
    [problem] = compile_letters(files, ["support", "sales"])[1]
    assert (problem.line, problem.column) == (2, 3)
    assert (problem.en, problem.hint_en, problem.zh) == ("no mailbox 'salse'", "did you mean sales?", "没有信箱 salse")

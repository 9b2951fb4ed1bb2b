"""What goes over the wire for a letter."""

from __future__ import annotations

import email
from dataclasses import replace

import mailparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import BadTemplate
from core.domain.letter import LetterKind
from core.domain.mail import Address
from responder.wording import LANGUAGES
from tests.factories.letters import (
    BOOK,
    BOX,
    OUTLOOK_ID,
    RECEIVED,
    REPLY_TO,
    an_intent,
    compose,
    read,
    variables,
)


class TestBytes:
    """What goes over the wire."""

    def test_composing_is_a_pure_function_of_the_intent(self) -> None:
        """The same intent gives the same bytes."""
        assert compose().data == compose().data
        assert compose() == BOOK.compose(an_intent(), BOX, REPLY_TO)

    def test_headers(self) -> None:
        """Signed Message-ID, thread, RFC 3834, date, addresses; no Bcc and no Precedence."""
        found = read(compose())
        assert found["Message-ID"] == "<hy.2.7.k1.abcdefghijklmnop@desk.cn>"
        assert found["In-Reply-To"] == "<root@example.cn>"
        assert str(found["References"]).split() == ["<first@example.cn>", "<root@example.cn>"]
        assert found["Auto-Submitted"] == "auto-replied"
        assert found["X-Auto-Response-Suppress"] == "All"
        assert found["Reply-To"] == REPLY_TO
        assert found["To"].addresses[0].addr_spec == "li@example.cn"
        assert found["To"].addresses[0].display_name == "李明"
        assert found["From"].addresses[0].addr_spec == "support@desk.cn"
        assert found["Date"].datetime == RECEIVED
        assert str(found["Subject"]) == "[#20260305001] 您的来信已受理：无法登录系统"
        assert found["Content-Language"] == "zh-CN"
        assert found.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
        assert "Bcc" not in found
        assert "Precedence" not in found

    def test_the_envelope_of_an_automatic_letter_is_null(self) -> None:
        """An agent's letter comes from the mailbox, an automatic one from nowhere."""
        assert (compose().sender, compose().recipients, compose().letter_id) == ("", ("li@example.cn",), 7)
        agent = an_intent(kind=LetterKind.AGENT)
        assert compose(agent).sender == "support@desk.cn"
        assert "Auto-Submitted" not in read(compose(agent))

    def test_mail_parser_reads_it_without_defects(self) -> None:
        """A second reader agrees on subject, addresses and both bodies."""
        found = mailparser.parse_from_bytes(compose().data)
        assert not found.has_defects
        assert found.subject == "[#20260305001] 您的来信已受理：无法登录系统"
        assert found.from_ == [("客户服务团队", "support@desk.cn")]
        assert found.to == [("李明", "li@example.cn")]
        assert "受理编号：20260305001" in found.text_plain[0]
        assert len(found.text_html) == 1
        assert found.attachments == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_line_is_ascii_and_ends_with_crlf(self, language: str) -> None:
        """No bare CR or LF, no eight-bit byte, no line over 998 octets; number readable in the raw subject."""
        data = compose(language=language).data
        data.decode("ascii")
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert b"\r" not in data.replace(b"\r\n", b"")
        assert max(map(len, data.split(b"\r\n"))) <= 998
        assert b"\r\nSubject: [#20260305001]" in data

    def test_a_long_outlook_id_stays_in_one_piece(self) -> None:
        """Longer than any folding width, and yet one token on one line, in both headers."""
        data = compose(an_intent(in_reply_to=OUTLOOK_ID, references=(*["r@x.cn"] * 2, OUTLOOK_ID))).data
        assert data.count(f"<{OUTLOOK_ID}>".encode()) == 2
        found = email.message_from_bytes(data)
        assert found["In-Reply-To"] == f"<{OUTLOOK_ID}>"
        assert found["References"].split() == ["<r@x.cn>", f"<{OUTLOOK_ID}>"]

    def test_a_long_chain_keeps_the_root_and_the_latest(self) -> None:
        """Fifty ancestors: the first and the last ones stay."""
        chain = tuple(f"m{number}@x.cn" for number in range(50))
        found = read(compose(an_intent(in_reply_to="m49@x.cn", references=chain)))["References"].split()
        assert (found[0], found[-1], len(found)) == ("<m0@x.cn>", "<m49@x.cn>", 20)

    @pytest.mark.parametrize("bad", ["", "a b@x.cn", "a>\r\nBcc: v@x.cn", "名@x.cn", "x" * 1000, "a\x00b@x"])
    def test_an_unusable_id_is_left_out(self, bad: str) -> None:
        """A header a stranger broke never breaks ours."""
        found = read(compose(an_intent(in_reply_to=bad, references=(bad, "good@x.cn"))))
        assert "In-Reply-To" not in found
        assert found["References"] == "<good@x.cn>"
        assert "Bcc" not in found

    @pytest.mark.parametrize(
        "evil", ["x\r\nBcc: v@x.cn\r\n\r\nbody", "x\nBcc: v@x.cn", "x\u2028Bcc: v@x.cn", "=?utf-8?q?x=0D=0ABcc:_v?="]
    )
    def test_no_header_can_be_injected(self, evil: str) -> None:
        """Through the subject, the customer's name or the mailbox's."""
        facts = {**variables("zh-CN"), "subject": evil, "name": evil, "number": evil}
        intent = an_intent(variables=facts, recipient=Address(name=evil, address="li@example.cn"))
        found = read(BOOK.compose(intent, replace(BOX, display=evil), REPLY_TO))
        assert "Bcc" not in found
        assert len(found.keys()) == len(set(found.keys())) == len(read(compose()).keys())
        assert found["To"].addresses[0].addr_spec == "li@example.cn"
        assert len(found["To"].addresses) == 1

    @pytest.mark.parametrize("address", [
        "", "li", "li@", "@x.cn", "li@x.cn\r\nBcc: v@x.cn", "li@x.cn>, <v@x.cn", "a b@x.cn", "a,b@x.cn", "李@x.cn",
        "a@b@x.cn", "a" * 400 + "@x.cn",
    ])  # fmt: skip
    def test_an_address_that_cannot_be_sent_to_is_an_error(self, address: str) -> None:
        """The letter fails visibly instead of going astray."""
        with pytest.raises(BadTemplate):
            compose(an_intent(recipient=Address(address=address)))

    def test_a_chinese_domain_is_written_in_ascii(self) -> None:
        """IDNA in header and envelope."""
        mail = compose(an_intent(recipient=Address(address="li@例子.中国")))
        assert mail.recipients == ("li@xn--fsqu00a.xn--fiqs8s",)

    @pytest.mark.parametrize("name", ["Li, Ming", 'Li "M" Ming', "Li (Sales)", "Li\\Ming", "李明 (销售)", "", "a=?b"])
    def test_names_are_quoted_or_encoded(self, name: str) -> None:
        """Whatever the name, one recipient with exactly that name."""
        found = read(compose(an_intent(recipient=Address(name=name, address="li@example.cn"))))["To"].addresses
        assert [(one.display_name, one.addr_spec) for one in found] == [(name, "li@example.cn")]

    @pytest.mark.slow
    @settings(max_examples=60, deadline=None)
    @given(st.text(alphabet='ab é中文𠮷👍<>"\\,;:@=?#[]()\r\n\t\x00\u202e\u2028.', max_size=200))
    def test_any_subject_comes_back_as_one_clean_line(self, subject: str) -> None:
        """What was put in is what two readers get out, with nothing wrong in between."""
        mail = BOOK.compose(an_intent(variables=variables("zh-CN", subject=subject)), BOX, REPLY_TO)
        found = read(mail)
        expected = BOOK.words(an_intent(variables=variables("zh-CN", subject=subject)), BOX).subject
        assert str(found["Subject"]) == expected
        assert max(map(len, mail.data.split(b"\r\n"))) <= 998

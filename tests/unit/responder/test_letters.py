"""Letters to customers: their words, their bytes, and what an admin is told about a broken one."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import mailparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.calendar import BusinessCalendar, Window
from core.domain.decision import By, Choice, Decision, Facts
from core.domain.errors import BadTemplate
from core.domain.letter import LetterIntent, LetterKind, OutgoingMail
from core.domain.mail import Address
from core.domain.settings import MailboxSettings, ServerSettings
from responder.letters import LetterBook, compile_letters, letter_language
from responder.variables import acknowledgement_variables, progress_variables
from responder.wording import LANGUAGES, hours_words, time_words, zone_words

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = (Window.of("09:00", "12:00"), Window.of("13:00", "18:00"))
CN = BusinessCalendar(name="cn", zone="Asia/Shanghai", week=(*(OFFICE,) * 5, (), ()))
RECEIVED = datetime(2026, 3, 5, 10, 0, tzinfo=SHANGHAI)
TOLD = datetime(2026, 3, 5, 10, 15, tzinfo=SHANGHAI)
SERVER = ServerSettings(host="127.0.0.1", port=25)
BOX = MailboxSettings(name="support", address="support@desk.cn", imap=SERVER, smtp=SERVER)
REPLY_TO = "support+t2.k1.abcdefghij@desk.cn"
OUTLOOK_ID = "AM0PR04MB5267" + "0123456789ABCDEF" * 8 + "@AM0PR04MB5267.eurprd04.prod.outlook.com"
BOOK: LetterBook = compile_letters({})[0]


def decided(type_: str, by: By, *, emotion: str = "一般", accepted: bool = False) -> Decision:
    choices = {
        "type": Choice(value=type_, by=by, accepted=accepted),
        "emotion": Choice(value=emotion, by=by, accepted=accepted),
    }
    return Decision(choices=choices, facts=Facts(received=RECEIVED))


def variables(language: str, **changes: Any) -> dict[str, str]:
    facts = {
        "number": "20260305001", "subject": "无法登录系统", "text": "你好，\n系统从今天早上开始无法登录。请尽快处理",
        "name": "李明", "address": "li@example.cn", "received": RECEIVED, "told": TOLD, "calendar": CN,
    }  # fmt: skip
    return acknowledgement_variables(language=language, **{**facts, **changes})


def an_intent(language: str = "zh-CN", **changes: Any) -> LetterIntent:
    fields: dict[str, Any] = {
        "id": 7, "ticket_id": 2, "kind": LetterKind.ACKNOWLEDGEMENT, "occasion": "arrival",
        "template": "acknowledgement", "language": language, "bundle": "b", "mailbox": "support",
        "recipient": Address(name="李明", address="li@example.cn"),
        "date": RECEIVED, "message_id": "hy.2.7.k1.abcdefghijklmnop@desk.cn", "in_reply_to": "root@example.cn",
        "references": ("first@example.cn", "root@example.cn"), "not_before": RECEIVED,
    }  # fmt: skip
    merged = {**fields, **changes}
    return LetterIntent(**{"variables": variables(language), **merged})


def compose(intent: LetterIntent | None = None, **changes: Any) -> OutgoingMail:
    return BOOK.compose(intent or an_intent(**changes), BOX, REPLY_TO)


def read(mail: OutgoingMail) -> EmailMessage:
    """As the standard library reads it, which must find nothing wrong with it."""
    found = email.message_from_bytes(mail.data, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert all(not part.defects for part in found.walk())
    return found


def text_of(mail: OutgoingMail, kind: str = "plain") -> str:
    body = read(mail).get_body((kind,))
    assert body is not None
    return str(body.get_content())


class TestWords:
    """What a customer reads."""

    @pytest.mark.parametrize(("language", "label", "told"), [
        ("zh-CN", "受理编号：20260305001", "3月5日（周四）10:15"),
        ("zh-TW", "案件編號：20260305001", "3月5日（週四）10:15"),
        ("en", "Your reference: 20260305001", "Thursday, 5 March 2026, 10:15"),
    ])  # fmt: skip
    def test_the_acknowledgement_has_number_own_words_and_time(self, language: str, label: str, told: str) -> None:
        """Number, own subject, own first sentence and the promised time, in text and HTML alike."""
        for kind in ("plain", "html"):
            text = text_of(compose(language=language), kind)
            for words in (
                label.partition("：")[2] or "20260305001",
                "无法登录系统",
                "系统从今天早上开始无法登录。",
                told,
            ):
                assert words in text
        assert label in text_of(compose(language=language))

    def test_the_english_letter_has_one_chinese_line(self) -> None:
        """Who cannot read English still learns that it arrived, with the number and the time."""
        lines = [line for line in text_of(compose(language="en")).splitlines() if "受理编号" in line]
        assert lines == ["您的来信已收到，受理编号 20260305001，最迟 3月5日（周四）10:15（北京时间）会有专人回复您。"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_letter_names_priority_level_or_emotion(self, language: str) -> None:
        """Not even when all of them are sure."""
        decision = decided("投诉", By.AGENT, emotion="愤怒")
        intent = an_intent(language, variables=variables(language, decision=decision))
        text = text_of(BOOK.compose(intent, BOX, REPLY_TO)) + text_of(BOOK.compose(intent, BOX, REPLY_TO), "html")
        for word in (
            "优先",
            "優先",
            "priority",
            "紧急",
            "緊急",
            "urgent",
            "愤怒",
            "憤怒",
            "angry",
            "VIP",
            "complaint",
            "投诉",
            "投訴",
        ):
            assert word not in text.replace("font-weight", "")

    @pytest.mark.parametrize(("decision", "sorry"), [
        (decided("投诉", By.RULE), True), (decided("投诉", By.AGENT), True),
        (decided("投诉", By.MODEL, accepted=True), True), (decided("投诉", By.MODEL), False),
        (decided("咨询", By.RULE), False), (decided("咨询", By.MODEL, emotion="愤怒", accepted=True), True),
        (None, False),
    ])  # fmt: skip
    def test_regret_is_said_only_when_it_is_sure(self, decision: Decision | None, sorry: bool) -> None:
        """By rule, by agent or accepted; else the neutral letter."""
        intent = an_intent(variables=variables("zh-CN", decision=decision))
        assert ("抱歉" in text_of(BOOK.compose(intent, BOX, REPLY_TO))) is sorry

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_after_hours_the_letter_says_so(self, language: str) -> None:
        """A mail at night is told why the time is what it is."""
        words = {"zh-CN": "已经下班", "zh-TW": "已經下班", "en": "outside our office hours"}[language]
        night = datetime(2026, 3, 5, 23, 0, tzinfo=SHANGHAI)
        late = an_intent(language, variables=variables(language, received=night))
        assert words in text_of(BOOK.compose(late, BOX, REPLY_TO))
        assert words not in text_of(compose(language=language))
        always = an_intent(language, variables=variables(language, received=night, always_on_duty=True))
        assert words not in text_of(BOOK.compose(always, BOX, REPLY_TO))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_nothing_unknown_leaves_a_hole(self, language: str) -> None:
        """Without a name, a subject, a sentence or a time the letter still reads well."""
        bare = variables(language, name="", subject="", text="", told=None)
        text = text_of(BOOK.compose(an_intent(language, variables=bare), BOX, REPLY_TO))
        assert not re.search(r"[:：][ \t]*$|None|\{|（）|\(\)|\n{4}", text, re.MULTILINE)
        assert "20260305001" in text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_progress_letter_says_that_there_is_no_news_and_when_there_will_be(self, language: str) -> None:
        """Number and next time, no promise of a result."""
        facts = progress_variables(
            language=language, number="20260305001", subject="登录", name="", told=TOLD, calendar=CN
        )
        intent = an_intent(language, kind=LetterKind.PROGRESS, template="progress", variables=facts)
        mail = BOOK.compose(intent, BOX, REPLY_TO)
        assert "20260305001" in text_of(mail)
        assert "10:15" in text_of(mail)
        assert read(mail)["Auto-Submitted"] == "auto-generated"

    def test_hotline_and_team_come_from_the_local_wording(self) -> None:
        """One text for all languages or one for each; the mailbox's own name wins."""
        book, problems = compile_letters({
            "replies/wording.yaml": "hotline: 400-800-8888\nteam:\n  zh-CN: 回应客服\n",
        })  # fmt: skip
        assert problems == ()
        mail = book.compose(an_intent(), BOX, REPLY_TO)
        assert "服务热线：400-800-8888" in text_of(mail)
        assert "回应客服" in text_of(mail)
        assert "Phone: 400-800-8888" in text_of(book.compose(an_intent("en"), BOX, REPLY_TO))
        named = book.compose(an_intent(), replace(BOX, display="星辰客服"), REPLY_TO)
        assert "星辰客服" in text_of(named)
        assert "星辰客服" in str(read(named)["From"])

    def test_html_escapes_and_text_does_not(self) -> None:
        """A customer's markup is shown, never run."""
        facts = variables("zh-CN", subject="<script>alert(1)</script> & 问题", text="1 < 2 & <b>粗体</b> 显示不对")
        mail = BOOK.compose(an_intent(variables=facts), BOX, REPLY_TO)
        page, text = text_of(mail, "html"), text_of(mail)
        assert "<script>" not in page
        assert "<b>" not in page
        assert "&lt;script&gt;" in page
        assert "<script>alert(1)</script> & 问题" in text
        assert "<script>alert(1)</script> & 问题" in str(read(mail)["Subject"])

    @pytest.mark.parametrize(("tag", "language"), [
        ("zh-Hans", "zh-CN"), ("zh-Hant", "zh-TW"), ("zh", "zh-CN"), ("zh-HK", "zh-TW"), ("en", "en"), ("ja", "en"),
        ("und", "en"), ("", "en"), ("ZH-HANT-TW", "zh-TW"),
    ])  # fmt: skip
    def test_the_letter_s_language(self, tag: str, language: str) -> None:
        """Simplified, Traditional, else English."""
        assert letter_language(tag) == language

    def test_times_and_hours_are_written_naturally(self) -> None:
        """In the calendar's zone, whatever zone the instant came in."""
        instant = TOLD.astimezone(UTC)
        assert time_words(instant, CN, "zh-CN") == "3月5日（周四）10:15"
        assert zone_words(CN, instant, "zh-TW") == "北京時間"
        assert hours_words(CN, "zh-CN") == "周一至周五 09:00–12:00、13:00–18:00"
        assert hours_words(CN, "en") == "Monday to Friday 09:00–12:00, 13:00–18:00"
        berlin = BusinessCalendar(name="de", zone="Europe/Berlin", week=(*(OFFICE,) * 5, OFFICE[:1], ()))
        assert zone_words(berlin, instant, "en") == "Berlin time, UTC+01:00"
        assert zone_words(berlin, instant, "zh-CN") == "UTC+01:00"
        assert hours_words(berlin, "zh-TW").endswith("；週六 09:00–12:00")
        always = BusinessCalendar(name="a", zone="UTC", week=((Window.of("00:00", "24:00"),),) * 7)
        assert hours_words(always, "zh-CN") == "全天候"


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

    @settings(max_examples=60, deadline=None)
    @given(st.text(alphabet='ab é中文𠮷👍<>"\\,;:@=?#[]()\r\n\t\x00\u202e\u2028.', max_size=200))
    def test_any_subject_comes_back_as_one_clean_line(self, subject: str) -> None:
        """What was put in is what two readers get out, with nothing wrong in between."""
        mail = BOOK.compose(an_intent(variables=variables("zh-CN", subject=subject)), BOX, REPLY_TO)
        found = read(mail)
        expected = BOOK.words(an_intent(variables=variables("zh-CN", subject=subject)), BOX).subject
        assert str(found["Subject"]) == expected
        assert max(map(len, mail.data.split(b"\r\n"))) <= 998


class TestLocalLetters:
    """An admin's own files: overriding, and every mistake at its line."""

    GOOD = '---\nname: acknowledgement\ntitle: 回执\nsubject: "[#{{ number }}] 收到"\n---\n收到了。编号 {{ number }}\n'

    def problems(self, content: str, name: str = "acknowledgement.zh-CN.j2") -> list[tuple[int, int, str]]:
        book, found = compile_letters({f"replies/{name}": content})
        assert all(problem.file == f"replies/{name}" and problem.zh and problem.en for problem in found)
        if found:
            # A broken letter leaves the built-in one in place: mail never stops.
            assert "您的来信已受理" in book.words(an_intent(), BOX).subject
        return [(problem.line, problem.column, problem.en) for problem in found]

    def test_a_local_letter_takes_the_built_in_one_s_place(self) -> None:
        """In its language only."""
        book, found = compile_letters({"replies/acknowledgement.zh-CN.j2": self.GOOD})
        assert found == ()
        assert book.words(an_intent(), BOX).text == "收到了。编号 20260305001"
        assert "Your reference" in book.words(an_intent("en"), BOX).text

    def test_the_shipped_letters_have_no_problems(self) -> None:
        """Two letters in three languages."""
        book, found = compile_letters({})
        assert found == ()
        assert set(book.letters) == {(name, lang) for name in ("acknowledgement", "progress") for lang in LANGUAGES}

    @pytest.mark.parametrize(("body", "line", "words"), [
        ("好\n{{ numbr }}", 7, "unknown variable 'numbr'"),
        ("{% if told %}好", 6, "template syntax"),
        ("a\nb\n{{ number", 8, "template syntax"),
        ("{% for x in number %}{{ x }}{% endfor %}", 6, "{% for %}"),
        ("{% set a = number %}", 6, "{% set %}"),
        ("{{ number.format(1) }}", 6, "f()"),
        ("{{ number.__class__ }}", 6, "a.b"),
        ("{{ number * 999999999 }}", 6, "*"),
        ("{{ number ** 9 }}", 6, "**"),
        ("{{ number|center(99999999) }}", 6, "filter 'center'"),
        ("{{ number|replace('a', 'b') }}", 6, "filter 'replace'"),
        ("{% include 'x' %}", 6, "{% include %}"),
        ("{{ range(9) }}", 6, "f()"),
        ("{{ cycler }}", 6, "unknown variable 'cycler'"),
        ("{{ number[0] }}", 6, "a[b]"),
        ("x" * 16001, 6, "longer than"),
    ])  # fmt: skip
    def test_a_broken_body_is_told_with_its_line(self, body: str, line: int, words: str) -> None:
        """Unknown variables, syntax, and everything a letter has no business to do."""
        found = self.problems(self.GOOD.rpartition("---\n")[0] + "---\n" + body)
        assert found
        assert found[0][0] == line
        assert words in found[0][2]

    def test_an_unknown_variable_has_its_column_and_a_hint(self) -> None:
        """Did you mean …?"""
        content = self.GOOD.replace("编号 {{ number }}", "编号 {{ nmber }}")
        found = compile_letters({"replies/acknowledgement.zh-CN.j2": content})[1]
        assert [(problem.line, problem.column, problem.hint_en) for problem in found] == [
            (6, 11, "did you mean 'number'?")
        ]

    @pytest.mark.parametrize(("content", "line", "words"), [
        ("收到", 1, "begins with ---"),
        ("---\nname: acknowledgement\n收到", 1, "begins with ---"),
        ("---\nname: acknowledgement\ntitle: 回执\n---\n收到", 2, "lacks 'subject'"),
        ("---\nname: progress\ntitle: 回执\nsubject: 收到\n---\n收到", 2, "differs"),
        ("---\nname: acknowledgement\ntitle: 回执\nsubject: '{{ numbr }}'\n---\n收到", 4, "unknown variable"),
        ("---\nname: acknowledgement\ntitle: 回执\nsubjekt: x\nsubject: x\n---\n收到", 4, "unknown key 'subjekt'"),
        ("---\nname: [\n---\n收到", 3, ""),
    ])  # fmt: skip
    def test_broken_front_matter_is_told_with_its_line(self, content: str, line: int, words: str) -> None:
        """Lines are those of the file, not of the part."""
        found = self.problems(content)
        assert found
        assert found[0][0] == line
        assert words in found[0][2]

    def test_a_file_with_another_name_is_a_problem(self) -> None:
        """An unknown language or form would never be used."""
        assert "NAME.LANGUAGE.j2" in self.problems(self.GOOD, "acknowledgement.fr.j2")[0][2]
        assert "NAME.LANGUAGE.j2" in self.problems(self.GOOD, "acknowledgement.j2")[0][2]

    def test_a_new_letter_needs_all_languages(self) -> None:
        """A misspelt name is noticed by what it lacks, with the name it resembles."""
        content = self.GOOD.replace("name: acknowledgement", "name: acknowledgment")
        found = compile_letters({"replies/acknowledgment.zh-CN.j2": content})[1]
        assert [(problem.en, problem.hint_en) for problem in found] == [
            ("the letter 'acknowledgment' lacks zh-TW, en", "did you mean 'acknowledgement'?"),
        ]  # fmt: skip

    def test_broken_wording_is_told_and_the_built_in_kept(self) -> None:
        """Unknown keys and languages at their lines."""
        book, found = compile_letters({"replies/wording.yaml": "hotlin: 1\nteam:\n  fr: équipe\n"})
        assert [(problem.line, problem.column) for problem in found] == [(1, 1), (3, 3)]
        assert book.wording["zh-CN"]["team"] == "客户服务团队"

    def test_a_missing_letter_is_an_error_of_its_own(self) -> None:
        """The letter fails visibly, nothing else."""
        with pytest.raises(BadTemplate, match="farewell"):
            compose(an_intent(template="farewell"))

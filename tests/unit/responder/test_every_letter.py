"""Every shipped letter in every language, read back by our own parser and by two others."""

from __future__ import annotations

import mailparser
import pytest

from core.domain.letter import LetterKind
from ingest.parse import parse_mail
from tests.factories.letters import BOOK, an_intent, compose, read, variables

LETTERS = sorted(BOOK.letters)
BODY = "李明，您好！\n\n问题已经找到，周五 18:00 前给您答复。\n谢谢您的耐心。"


@pytest.mark.parametrize(("name", "language"), LETTERS)
def test_a_letter_is_a_mail_without_a_defect(name: str, language: str) -> None:
    """Subject, number and words arrive as they were written, in text and in HTML; nothing is left to fill in."""
    given = variables(language) | {"note": "换货单已寄出。", "body": BODY, "agent": "李敏"}
    kind = LetterKind.AGENT if name == "answer" else LetterKind.PROGRESS
    mail = compose(an_intent(language, template=name, kind=kind, variables=given))
    ours, other, plain = parse_mail(mail.data).mail, mailparser.parse_from_bytes(mail.data), read(mail)
    assert ours is not None and not ours.defects and not other.defects
    assert ours.subject == other.subject == str(plain["Subject"])
    assert ours.subject.startswith("[#20260305001] ") and "无法登录系统" in ours.subject
    assert "20260305001" in ours.text and "{" not in ours.text and "None" not in ours.text
    html = plain.get_body(("html",))
    assert html is not None and "20260305001" in html.get_content()
    assert f'lang="{language}"' in html.get_content()


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
def test_an_agent_s_lines_stay_lines(language: str) -> None:
    """What was written over several lines arrives so; control characters do not."""
    mail = compose(
        an_intent(
            language,
            template="answer",
            kind=LetterKind.AGENT,
            variables=variables(language) | {"body": BODY + "\x1b[0m"},
        )
    )
    found = parse_mail(mail.data).mail
    assert found is not None
    assert BODY in found.text and "\x1b" not in found.text

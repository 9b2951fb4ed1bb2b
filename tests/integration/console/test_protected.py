"""The page of a ticket says what was signed and what nobody here can read."""

from __future__ import annotations

from pathlib import Path

import pytest

MAILS = Path(__file__).parents[2] / "mails"


@pytest.mark.parametrize(
    ("name", "there", "absent"),
    [
        ("smime-signed-clear", ["已签名（S/MIME，未验证）", "hetong.pdf"], ["smime.p7s", "系统读不到内容"]),
        ("smime-encrypted", ["已加密（S/MIME）", "系统读不到内容", "smime.p7m"], ["已签名"]),
        ("pgp-mime-encrypted", ["已加密（PGP）", "系统读不到内容", "encrypted.asc"], ["part-1.bin"]),
        ("pgp-signed-inline", ["已签名（PGP，未验证）"], ["系统读不到内容"]),
    ],
)
def test_the_page_says_how_a_mail_is_protected(agent, office, name, there, absent):
    """A signature is no file of the customer's; whoever cannot read reads what to do."""
    [row] = office.bring((MAILS / f"{name}.eml").read_bytes())
    text = agent.get(f"/tickets/{row.number}").text
    for words in there:
        assert words in text, words
    for words in absent:
        assert words not in text, words
    assert "signed:" not in text and "encrypted:" not in text

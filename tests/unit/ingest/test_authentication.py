"""Authentication-Results: who is believed, and what he says (RFC 8601)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.authentication import HEADER, read_authentication

TRUSTED = ("mx.desk.cn",)


def found(*values: str, trusted: tuple[str, ...] = TRUSTED) -> str:
    """The results in words, '' when nobody trusted said anything."""
    return str(read_authentication([(HEADER, value) for value in values], trusted) or "")


@pytest.mark.parametrize(("value", "words"), [
    ("mx.desk.cn; spf=pass smtp.mailfrom=a.cn; dkim=pass header.d=a.cn", "spf=pass dkim=pass (mx.desk.cn)"),
    ("MX.Desk.cn 1; dmarc = fail (p=reject) header.from=bank.cn", "dmarc=fail (mx.desk.cn)"),
    ("mx.desk.cn (our gate; spf=fail); SPF=pass", "spf=pass (mx.desk.cn)"),
    ("mx.desk.cn; dkim=fail reason=\"bad; dmarc=pass\"; spf=softfail", "spf=softfail dkim=fail (mx.desk.cn)"),
    ("mx.desk.cn; dkim=fail header.d=list.cn; dkim=pass header.d=a.cn", "dkim=pass (mx.desk.cn)"),
    ("mx.desk.cn; dkim/1=temperror; x-own=fail; arc=pass", "dkim=temperror (mx.desk.cn)"),
    ("mx.desk.cn; none", "(mx.desk.cn)"),
    ("mx.evil.cn; spf=pass; dmarc=pass", ""),
    ("spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.cn; dmarc=pass", ""),
    ("", ""),
    ("; spf=pass", ""),
    ("mx.desk.cn; spf=pass (never closed; dmarc=fail", "spf=pass (mx.desk.cn)"),
])  # fmt: skip
def test_a_header_is_read_as_its_grammar_says(value: str, words: str) -> None:
    """Comments nest and quoted strings separate nothing; a method that we do not know says nothing; one signature
    that holds is enough."""
    assert found(value) == words


def test_a_server_without_a_name_is_trusted_only_where_that_is_said() -> None:
    """Exchange Online writes no name."""
    value = "spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=a.cn; dkim=none; dmarc=fail action=oreject"
    assert found(value, trusted=("-",)) == "spf=fail dkim=none dmarc=fail (-)"
    assert found(value, trusted=TRUSTED) == ""


def test_what_stands_below_is_believed_least() -> None:
    """A sender may have written a header in our name: the one that our server put on top says more. Several headers of
    one server complete each other."""
    assert found("mx.desk.cn; dmarc=fail", "mx.desk.cn; dmarc=pass; spf=pass") == "spf=pass dmarc=fail (mx.desk.cn)"
    assert found("mx.other.cn; dmarc=pass", "mx.desk.cn; dmarc=fail") == "dmarc=fail (mx.desk.cn)"


@pytest.mark.parametrize(("value", "forged"), [
    ("dmarc=fail", True), ("dmarc=permerror", True), ("dmarc=pass; spf=fail; dkim=fail", False),
    ("dmarc=none; spf=fail; dkim=fail", True), ("spf=fail; dkim=fail", True), ("spf=fail; dkim=pass", False),
    ("spf=fail", False), ("spf=softfail; dkim=fail", False), ("dmarc=temperror; spf=fail; dkim=fail", False),
    ("none", False),
])  # fmt: skip
def test_a_sender_is_forged_when_nobody_vouches_for_him(value: str, forged: bool) -> None:
    """DMARC decides; where it says nothing both others must fail: a forwarded mail fails SPF alone."""
    authentication = read_authentication([(HEADER, f"mx.desk.cn; {value}")], TRUSTED)
    assert authentication is not None and authentication.is_forged is forged


@given(st.text(max_size=300))
def test_any_header_is_read(value: str) -> None:
    """Whatever a sender writes, it is read or not believed; nothing breaks."""
    read_authentication([(HEADER, value), (HEADER, f"mx.desk.cn;{value}")], TRUSTED)

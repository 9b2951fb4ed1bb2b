"""What comes back from outside is believed only with our signature."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.signer import Signer, base36

TICKET, LETTER = 289_347_298_374_982, 289_347_298_374_999


def a_signer(**keys: bytes) -> Signer:
    return Signer(keys or {"k1": b"a" * 32}, next(reversed(tuple(keys or {"k1": b""}))))


def test_a_message_id_is_read_back() -> None:
    """With and without angle brackets."""
    signer = a_signer()
    made = signer.message_id(TICKET, LETTER, "example.cn")
    assert made.endswith("@example.cn")
    assert signer.read_message_id(made) == (TICKET, LETTER)
    assert signer.read_message_id(f" <{made}> ") == (TICKET, LETTER)


@pytest.mark.parametrize("change", [
    lambda text: text.replace(".k1.", ".k2."),
    lambda text: text.replace("hy.", "hy.1", 1),
    lambda text: text.replace("@", "a@"),
    lambda text: text.upper(),
    lambda text: text.partition("@")[0],
    lambda text: "",
])  # fmt: skip
def test_a_changed_message_id_is_nobody_s(change: object) -> None:
    """Another ticket, another key, a longer signature: none is believed."""
    signer = a_signer()
    assert callable(change)
    assert signer.read_message_id(change(signer.message_id(TICKET, LETTER, "example.cn"))) is None


def test_another_ring_is_not_believed() -> None:
    """The same numbers signed with another key are nobody's."""
    forged = a_signer(k1=b"b" * 32).message_id(TICKET, LETTER, "example.cn")
    assert a_signer(k1=b"a" * 32).read_message_id(forged) is None


def test_old_keys_verify_for_ever() -> None:
    """After a rotation old letters are still ours, and new ones carry the new key's name."""
    old = a_signer(k1=b"a" * 32)
    rotated = a_signer(k1=b"a" * 32, k2=b"c" * 32)
    assert rotated.read_message_id(old.message_id(TICKET, LETTER, "x.cn")) == (TICKET, LETTER)
    assert ".k2." in rotated.message_id(TICKET, LETTER, "x.cn")
    assert rotated.read_plus_tag(old.plus_tag(TICKET)) == TICKET


def test_a_plus_tag_is_read_back_in_any_case() -> None:
    """Mail servers may change the case of a local part."""
    signer = a_signer()
    assert signer.read_plus_tag(signer.plus_tag(TICKET).upper()) == TICKET
    assert signer.read_plus_tag("t" + base36(TICKET + 1) + signer.plus_tag(TICKET)[-14:]) is None
    assert signer.read_plus_tag("newsletter") is None


def test_a_plus_tag_s_signature_is_no_message_id_s() -> None:
    """The purposes are signed apart, so that one cannot stand in for the other."""
    signer = a_signer()
    tag = signer.plus_tag(TICKET).rpartition(".")[2]
    assert tag not in signer.message_id(TICKET, LETTER, "x.cn")


def test_a_page_tag_is_read_back_and_no_other_signature_stands_in_for_it() -> None:
    """The address of a ticket's page: 130 bits, its own purpose, one ticket."""
    signer = a_signer()
    tag = signer.page_tag(TICKET)
    assert signer.read_page_tag(tag) == TICKET
    assert signer.read_page_tag(tag.replace(base36(TICKET), base36(TICKET + 1), 1)) is None
    assert signer.read_page_tag(signer.plus_tag(TICKET)) is None
    assert signer.plus_tag(TICKET).rpartition(".")[2] not in tag


def test_an_appraisal_s_link_is_read_back_and_is_no_vote_s() -> None:
    """A ticket and a term, signed for this purpose."""
    signer = a_signer()
    token = signer.appraisal_token(TICKET, "2026H2")
    assert signer.read_appraisal_token(token) == (TICKET, "2026H2")
    assert signer.read_appraisal_token(token.replace("2026h2", "2026h1")) is None
    assert signer.read_vote_token(token) is None and signer.read_appraisal_token(signer.page_tag(TICKET)) is None


@given(st.integers(0, 2**63 - 1))
def test_base36_is_read_back_by_python(value: int) -> None:
    """Any id survives, in at most 13 characters."""
    assert int(base36(value), 36) == value
    assert len(base36(value)) <= 13


@given(st.text(alphabet="hytk.0123abcz@<>- \n中", max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    """Whatever stands in a header, the answer is None."""
    assert a_signer().read_message_id(text) is None
    assert a_signer().read_plus_tag(text) is None

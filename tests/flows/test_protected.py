"""A signed mail is worked as any; an encrypted one is a ticket that says so, with its number for the customer."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.protection import Protection
from huiying.flows.explain import explain
from huiying.flows.show import show
from tests.factories.pipeline import Office

MAILS = Path(__file__).parents[1] / "mails"


def brought(office: Office, name: str) -> str:
    [row] = office.bring((MAILS / f"{name}.eml").read_bytes())
    assert row.stage == "filed"
    return row.number


@pytest.mark.parametrize("name", ["smime-encrypted", "pgp-mime-encrypted", "pgp-encrypted-inline"])
def test_an_encrypted_mail_is_a_ticket_that_says_so(office: Office, name: str) -> None:
    """Its line is the subject, its customer is acknowledged, and neither rules nor the model stumble over it."""
    number = brought(office, name)
    detail = office.ticket(number)
    [protection] = detail.messages[0].protection
    assert protection in (Protection.SMIME_ENCRYPTED, Protection.PGP_ENCRYPTED)
    assert detail.ticket.gist == "未发货"
    assert detail.ticket.fields["urgency"]
    assert [letter.kind for letter in office.letters()] == ["acknowledgement"]
    assert show(office.ctx, number)["messages"][0]["protection"] == [protection.value]
    assert explain(office.ctx, number)["protected"] == {str(detail.messages[0].id): [protection.value]}


@pytest.mark.parametrize("name", ["smime-signed-opaque", "smime-signed-clear", "pgp-signed-inline"])
def test_a_signed_mail_is_read(office: Office, name: str) -> None:
    """What it says is understood as without the signature."""
    detail = office.ticket(brought(office, name))
    [message] = detail.messages
    assert message.protection in ((Protection.SMIME_SIGNED,), (Protection.PGP_SIGNED,))
    assert message.real_defects == ()
    assert message.said.orders == ("HY-20231001",)
    assert detail.ticket.gist == "订单 HY-20231001 还没有发货，请周五前答复"

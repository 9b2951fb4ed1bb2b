"""The page behind List-Unsubscribe: for mail programs and for people, in three languages, without a session."""

from __future__ import annotations

import pytest

from core.domain.address_mark import Mark
from tests.factories.console import Browser


@pytest.fixture
def token(busy):
    letter = busy.letters("sent")[-1]
    return busy.ctx.signer.stop_token(letter.id)


def test_a_mail_program_posts_once(app, busy, token):
    """As RFC 8058 has it: no cookie, no session, no page before."""
    one = Browser(app).client
    answer = one.post(f"/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    with busy.ctx.store.read() as tx:
        assert tx.addresses.why("zhao@example.cn", Mark.OPTED_OUT) == "link"


def test_a_person_looks_first(app, busy, token):
    """Opening the link changes nothing; the button does; the address is masked."""
    one = Browser(app).client
    page = one.get(f"/stop/{token}").text
    assert "不再接收关怀邮件" in page and "z***@example.cn" in page and "zhao@example.cn" not in page
    with busy.ctx.store.read() as tx:
        assert tx.addresses.why("zhao@example.cn", Mark.OPTED_OUT) is None
    assert "已经记下" in one.post(f"/stop/{token}").text
    assert "已经记下" in one.get(f"/stop/{token}").text


def test_a_link_that_is_none_of_ours(app, busy, token):
    """404 in the reader's language, and another site cannot press the button."""
    one = Browser(app).client
    answer = one.post("/stop/1.t1.aaaaaaaaaaaaaaaaaaaa", headers={"accept-language": "en"})
    assert answer.status_code == 404 and "not valid" in answer.text
    assert one.post(f"/stop/{token}", headers={"sec-fetch-site": "cross-site"}).status_code == 403

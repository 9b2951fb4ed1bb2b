"""A desk with three mails, the console in front of it, and browsers that are signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI

from core.domain.keys import KeyRing
from core.domain.people import Role
from store.open import SqlStore
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    """An empty desk with an agent, an English-speaking lead and an auditor."""
    context = worker_context(sqlite_store, keys, clock)
    add_user(context, "li", display="李敏")
    add_user(context, "amy", Role.LEAD, "en")
    add_user(context, "aud", Role.AUDITOR)
    return Office(context)


@pytest.fixture
def busy(office: Office, clock: FixedClock) -> Office:
    """The desk with three tickets: an inquiry, an outage half an hour later, and a hostile one."""
    office.bring(
        a_mail(subject="请问企业版价格", body="请问企业版支持多少个账号？", sender="赵一 <zhao@example.cn>", mid="a")
    )
    clock.advance(minutes=30)
    office.bring(
        a_mail(subject="紧急：系统全部无法登录", body="全部门店无法登录，请立即处理！电话 13812345678", mid="b")
    )
    office.bring(a_mail(subject="<script>alert(1)</script>", body='<img src=x onerror="1"> 建议增加导出', mid="c"))
    return office


@pytest.fixture
def app(office: Office) -> FastAPI:
    return a_console(office.ctx)


@pytest.fixture
def browser(app: FastAPI) -> Callable[[str], Browser]:
    """Opens a browser in which that user is signed in."""

    def open_one(name: str) -> Browser:
        one = Browser(app)
        assert one.sign_in(name).status_code == 200
        return one

    return open_one


@pytest.fixture
def agent(browser: Callable[[str], Browser]) -> Browser:
    return browser("li")


@pytest.fixture
def auditor(browser: Callable[[str], Browser]) -> Browser:
    return browser("aud")

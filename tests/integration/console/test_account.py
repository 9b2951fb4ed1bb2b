"""One's own account: password, language, and where one is signed in."""

from __future__ import annotations

from core.domain.people import Role
from huiying.console.throttle import MOST_FOR_NAME
from tests.factories.console import PASSWORD, Browser, add_user

NEW = "another horse battery"


def actions(office, name: str) -> list[str]:
    """What the trail says of that user, the newest first."""
    with office.ctx.store.read() as tx:
        user = tx.people.user(name)
        return [row.action for row in tx.views.audit(f"user:{user.id}", "", 20).rows]


def test_everybody_has_an_account(agent, auditor, office):
    """Name, role, and a way there in the menu; auditors, too."""
    text = agent.get("/account").text
    assert "我的账号" in text and "李敏" in text and "客服专员" in text and "没有其他登录" in text
    assert 'href="/account"' in auditor.get("/queue").text and auditor.get("/account").status_code == 200


def test_an_own_password_is_changed_by_who_knows_it(agent, app, office):
    """This browser stays signed in, another one does not; the old password is worth nothing; the trail says who."""
    elsewhere = Browser(app)
    elsewhere.sign_in("li")
    agent.get("/account")
    answer = agent.post("/account/password", old=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 303
    assert "密码已修改" in agent.get(answer.headers["location"]).text
    assert elsewhere.get("/queue").url.path == "/sign-in"
    assert Browser(app).sign_in("li").status_code == 403
    assert Browser(app).sign_in("li", NEW).url.path == "/queue"
    assert "user.password" in actions(office, "li")


def test_a_password_that_cannot_be_is_refused_in_words(agent, office):
    """Too short, not the same twice, or without the one that is; nothing changes."""
    agent.get("/account")
    for old, new, again, words in (
        (PASSWORD, "short", "short", "密码至少 10 个字符"),
        (PASSWORD, NEW, NEW + "x", "两次输入的新密码不同"),
        ("wrong", NEW, NEW, "当前密码不对"),
    ):
        answer = agent.post("/account/password", old=old, new=new, again=again)
        assert answer.status_code == 422 and words in answer.text
    assert agent.get("/queue").url.path == "/queue"
    assert "user.password" not in actions(office, "li")


def test_guessing_the_own_password_is_throttled(agent, office):
    """Whoever finds an open browser tries no more often than at the door."""
    agent.get("/account")
    for _ in range(MOST_FOR_NAME):
        agent.post("/account/password", old="wrong", new=NEW, again=NEW)
    answer = agent.post("/account/password", old=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 422 and "15 分钟" in answer.text
    assert actions(office, "li")[0] == "person.sign-in-failed"


def test_one_signs_out_everywhere_else(agent, app, office):
    """The other browsers are out, this one and other people are not."""
    elsewhere, amy = Browser(app), Browser(app)
    elsewhere.sign_in("li")
    amy.sign_in("amy")
    text = agent.get("/account").text
    assert text.count("登录于") == 2 and text.count("当前浏览器") == 1
    assert agent.post("/account/sessions/end").headers["location"] == "/account?done=sessions"
    assert elsewhere.get("/queue").url.path == "/sign-in"
    assert agent.get("/queue").url.path == amy.get("/queue").url.path == "/queue"
    assert actions(office, "li")[0] == "person.sign-out-elsewhere"
    agent.get("/account")
    agent.post("/account/sessions/end")
    assert actions(office, "li").count("person.sign-out-elsewhere") == 1


def test_the_page_speaks_english(browser, office):
    """All of it."""
    add_user(office.ctx, "bob", Role.AGENT, "en")
    text = browser("bob").get("/account?done=password").text
    assert "My account" in text and "Your password was changed" in text and "密码" not in text

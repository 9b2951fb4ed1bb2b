"""Two-step verification: set up, asked for at the door, changed, switched off, and reset."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pyotp
import pytest

from core.domain.people import PeopleSettings, Role
from core.domain.second_factor import SecondFactor
from huiying.console.signing_in import hold
from huiying.console.throttle import MOST_FOR_NAME
from huiying.flows.one_time_code import in_fours, new_secret, recovery_code
from huiying.flows.second_factor import Answer, answer
from tests.factories.console import PASSWORD, Browser, a_console, add_user
from tests.factories.pipeline import worker_context
from tests.integration.console.test_account import NEW, actions

STEP = "/sign-in/second-factor"
MINE = "/account/second-factor"


def shown(text: str) -> str:
    """The secret that a page tells, without its gaps."""
    (found,) = re.findall(r'id="secret">([A-Z2-7 ]+)<', text)
    return str(found).replace(" ", "")


def codes_in(text: str) -> list[str]:
    (found,) = re.findall(r'<textarea[^>]* id="codes"[^>]*>([^<]+)<', text)
    return str(found).split()


class Phone:
    """An authenticator whose clock is right."""

    def __init__(self, office, secret: str) -> None:
        self._now, self.totp = office.ctx.now, pyotp.TOTP(secret)

    def code(self, steps: int = 0) -> str:
        return self.totp.at(self._now(), counter_offset=steps)


@pytest.mark.postgres
@pytest.mark.slow
def test_on_postgresql_a_code_counts_once_too(pg_store, keys, clock):
    """On a database that lets both write at once, of two who give the same code one gets in."""
    ctx = worker_context(pg_store, keys, clock)
    user = add_user(ctx, "li")
    secret = new_secret(b"x" * 20)
    with pg_store.write() as tx:
        tx.sign_ins.save(SecondFactor(user_id=user.id, secret=secret, since=clock()))
    said = []

    def act() -> None:
        with pg_store.write() as tx:
            assert hold(tx, user)
            said.append(answer(ctx, tx, user, pyotp.TOTP(secret).at(clock())))

    other = threading.Thread(target=act)
    with pg_store.write() as tx:
        assert hold(tx, user)
        said.append(answer(ctx, tx, user, pyotp.TOTP(secret).at(clock())))
        other.start()
        other.join(0.2)
        assert other.is_alive(), "it waits"
    other.join(30)
    assert said == [Answer.RIGHT, Answer.USED]


@pytest.fixture
def set_up(office, clock):
    """Switches it on in a browser that is signed in; half a minute later: the phone and the recovery codes."""

    def act(browser: Browser) -> tuple[Phone, list[str]]:
        browser.get("/account")
        assert browser.post(f"{MINE}/begin").headers["location"] == MINE
        phone = Phone(office, shown(browser.get(MINE).text))
        answer = browser.post(MINE, code=phone.code())
        assert answer.status_code == 200
        clock.advance(seconds=30)
        return phone, codes_in(answer.text)

    return act


def half_in(app, name: str = "li", to: str = "/") -> Browser:
    """A browser whose password was right."""
    browser = Browser(app)
    answer = browser.client.post("/sign-in", data={"name": name, "password": PASSWORD, "to": to})
    assert answer.url.path == STEP, answer.url
    return browser


def give(browser: Browser, code: str, to: str = "/", field: str = "code"):
    return browser.client.post(STEP, data={field: code, "to": to})


def test_it_is_set_up_by_scanning_or_typing(agent, office, clock):
    """A picture that the policy allows, the secret in groups of four, one code; then ten recovery codes, this once."""
    agent.get("/account")
    assert agent.post(f"{MINE}/begin").status_code == 303
    page = agent.get(MINE)
    secret = shown(page.text)
    assert in_fours(secret) in page.text and len(secret) == 32
    assert "<svg" in page.text and "style=" not in page.text.split("<main")[1]
    assert f"secret={secret}" in page.text and 'autocomplete="one-time-code"' in page.text
    wrong = agent.post(MINE, code="000000")
    assert wrong.status_code == 422 and "验证码不对" in wrong.text and shown(wrong.text) == secret
    assert Browser(agent.client.app).sign_in("li").url.path == "/queue", "in force only once it was confirmed"
    answer = agent.post(MINE, code=f" {Phone(office, secret).code()[:3]} {Phone(office, secret).code()[3:]}")
    assert len(set(codes_in(answer.text))) == 10
    assert "已经用过" in give(half_in(agent.client.app), Phone(office, secret).code()).text
    assert agent.get(MINE).url.path == "/account"
    page = agent.get("/account").text
    assert "已开启" in page and "备用码还剩 10 个" in page and secret not in page
    assert "person.second-factor-on" in actions(office, "li")
    assert agent.post(f"{MINE}/begin").status_code == 422, "another one needs password and code"


def test_the_code_is_asked_for_on_a_second_page(agent, app, office, set_up):
    """No session before it; with it the browser goes where it wanted to."""
    phone, _ = set_up(agent)
    browser = half_in(app, to="/outbox")
    step = browser.client.cookies["huiying_step"]
    assert "huiying_session" not in browser.client.cookies
    assert browser.get("/queue").url.path == "/sign-in"
    page = browser.get(f"{STEP}?to=/outbox").text
    assert 'autocomplete="one-time-code"' in page and 'inputmode="numeric"' in page and 'value="/outbox"' in page
    answer = give(browser, phone.code(), "/outbox")
    assert answer.url.path == "/outbox"
    cookie = answer.history[0].headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    assert "huiying_step" not in browser.client.cookies
    assert "person.sign-in" in actions(office, "li")
    assert give(browser, phone.code(1)).url.path == "/queue", "a second Enter does no harm"
    thief = Browser(app)
    thief.client.cookies.set("huiying_step", step)
    assert give(thief, phone.code(1)).url.path == "/sign-in"
    assert give(half_in(app), phone.code(1), "//evil.example").url.host == "testserver"


def test_a_code_is_good_once(agent, app, set_up, clock):
    """Whoever looked over the shoulder is told that it was used; one that was shown before it counts no more."""
    phone, _ = set_up(agent)
    code, earlier = phone.code(), phone.code(-1)
    assert give(half_in(app), code).url.path == "/queue"
    for old in (code, earlier):
        answer = give(half_in(app), old)
        assert answer.status_code == 403 and "已经用过" in answer.text
    clock.advance(seconds=30)
    assert give(half_in(app), phone.code()).url.path == "/queue"


def test_of_the_same_code_at_the_same_time_one_counts(agent, app, office, set_up):
    """Both came in time, one gets in."""
    phone, _ = set_up(agent)
    code, browsers, ends = phone.code(), [half_in(app), half_in(app)], []
    start = threading.Barrier(2)

    def act(browser: Browser) -> None:
        start.wait(10)
        ends.append(give(browser, code).url.path)

    threads = [threading.Thread(target=act, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["/queue", STEP]


def test_a_recovery_code_lets_in_once(agent, app, office, set_up):
    """Typed in small letters and without hyphens; it is noted how many are left, and one's page warns of few."""
    _, codes = set_up(agent)
    assert give(half_in(app), codes[0].lower().replace("-", " "), field="recovery").url.path == "/queue"
    answer = give(half_in(app), codes[0], field="recovery")
    assert answer.status_code == 403 and "备用码不对，或者已经用过" in answer.text
    assert "备用码还剩 9 个" in agent.get("/account").text
    assert "person.recovery-code" in actions(office, "li")
    with office.ctx.store.write() as tx:
        assert all(tx.sign_ins.use_code(tx.people.user("li").id, recovery_code(code)) for code in codes[1:8])
    assert "备用码所剩不多" in agent.get("/account").text


def test_guessing_codes_is_throttled_and_written_down(agent, app, office, set_up):
    """As guessing passwords is; then even the right code waits, and so does the password."""
    phone, _ = set_up(agent)
    browser = half_in(app)
    for _ in range(MOST_FOR_NAME):
        assert give(browser, "000000").status_code == 403
    answer = give(browser, phone.code())
    assert answer.status_code == 429 and "15 分钟" in answer.text
    assert Browser(app).sign_in("li").status_code == 429
    assert actions(office, "li").count("person.second-factor-failed") == MOST_FOR_NAME


def test_a_sign_in_does_not_wait_for_ever(agent, app, set_up, clock):
    """After a quarter of an hour the password is asked for again, and the page says why."""
    phone, _ = set_up(agent)
    browser = half_in(app)
    clock.advance(minutes=15)
    answer = give(browser, phone.code())
    assert answer.url.path == "/sign-in" and "请重新登录" in answer.text
    assert "huiying_session" not in browser.client.cookies
    assert browser.get(STEP).url.path == "/sign-in"


def test_a_new_password_ends_the_sign_in_that_waits(agent, app, office, set_up):
    """Whoever had the old one does not get in with a code."""
    phone, _ = set_up(agent)
    browser = half_in(app)
    agent.get("/account")
    agent.post("/account/password", old=PASSWORD, new=NEW, again=NEW)
    assert agent.get("/queue").url.path == "/queue", "his own browser goes on"
    assert give(browser, phone.code()).url.path == "/sign-in"


def test_another_site_gives_no_code(agent, app, set_up):
    """As little as it signs in."""
    phone, _ = set_up(agent)
    browser = half_in(app)
    answer = browser.client.post(STEP, data={"code": phone.code()}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403 and "huiying_session" not in browser.client.cookies


def test_what_was_open_without_it_ends(agent, app, set_up):
    """Another browser that came in by the password alone, perhaps a thief's, is out."""
    elsewhere = Browser(app)
    elsewhere.sign_in("li")
    set_up(agent)
    assert elsewhere.get("/queue").url.path == "/sign-in"
    assert agent.get("/queue").url.path == "/queue"


@pytest.mark.slow
def test_another_phone_takes_over_when_it_gave_its_first_code(agent, app, office, set_up, clock):
    """Password and code first; the old phone counts until then, and its recovery codes with it."""
    phone, codes = set_up(agent)
    agent.get("/account")
    answer = agent.post(f"{MINE}/change", password=PASSWORD, code=phone.code())
    assert answer.headers["location"] == MINE
    new = Phone(office, shown(agent.get(MINE).text))
    clock.advance(seconds=30)
    assert give(half_in(app), phone.code()).url.path == "/queue"
    fresh = codes_in(agent.post(MINE, code=new.code()).text)
    clock.advance(seconds=30)
    assert give(half_in(app), phone.code()).status_code == give(half_in(app), codes[0]).status_code == 403
    assert give(half_in(app), new.code()).url.path == give(half_in(app), fresh[0]).url.path == "/queue"
    assert "person.second-factor-changed" in actions(office, "li")


def test_a_set_up_that_was_left_lying_is_over(agent, office, clock):
    """After a quarter of an hour nobody who finds the browser scans it."""
    agent.get("/account")
    agent.post(f"{MINE}/begin")
    phone = Phone(office, shown(agent.get(MINE).text))
    clock.advance(minutes=15)
    assert agent.get(MINE).url.path == "/account"
    assert agent.post(MINE, code=phone.code()).headers["location"] == "/account"


@pytest.mark.parametrize("verb", ["change", "codes", "off"])
def test_nothing_is_changed_without_password_and_code(agent, app, set_up, office, verb):
    """Either alone is not enough; what was wrong stands on the page and in the trail."""
    phone, codes = set_up(agent)
    agent.get("/account")
    wrong = agent.post(f"{MINE}/{verb}", password="wrong", code=phone.code())
    assert wrong.status_code == 422 and "当前密码不对" in wrong.text
    wrong = agent.post(f"{MINE}/{verb}", password=PASSWORD, code="000000")
    assert wrong.status_code == 422 and "验证码不对" in wrong.text
    assert actions(office, "li")[:2] == ["person.second-factor-failed", "person.sign-in-failed"]
    assert agent.get(MINE).url.path == "/account"
    assert give(half_in(app), codes[0]).url.path == give(half_in(app), phone.code()).url.path == "/queue"


def test_new_recovery_codes_take_the_place_of_the_old(agent, app, office, set_up):
    """Shown once; the old ones are worth nothing."""
    phone, codes = set_up(agent)
    agent.get("/account")
    fresh = codes_in(agent.post(f"{MINE}/codes", password=PASSWORD, code=phone.code()).text)
    assert len(fresh) == 10 and not set(fresh) & set(codes)
    assert give(half_in(app), codes[0]).status_code == 403
    assert give(half_in(app), fresh[0]).url.path == "/queue"
    assert "person.recovery-codes" in actions(office, "li")


def test_it_is_switched_off(agent, app, office, set_up):
    """A recovery code serves, too; from then on the password is enough."""
    _, codes = set_up(agent)
    waiting = half_in(app)
    agent.get("/account")
    answer = agent.post(f"{MINE}/off", password=PASSWORD, code=codes[3])
    assert waiting.get(STEP).url.path == "/sign-in"
    assert "两步验证已关闭" in agent.get(answer.headers["location"]).text
    assert Browser(app).sign_in("li").url.path == "/queue"
    assert actions(office, "li")[1] == "person.second-factor-off"


@pytest.mark.slow
def test_an_admin_resets_that_of_who_lost_his_phone(agent, app, office, browser, set_up):
    """Seen on the page of users; what was open ends, a sign-in that waits, too; one's own is not reset so."""
    phone, _ = set_up(agent)
    add_user(office.ctx, "ada", Role.ADMIN)
    ada = browser("ada")
    assert "/users/li/second-factor/reset" in ada.get("/users").text
    assert "/users/amy/second-factor/reset" not in ada.get("/users").text
    waiting = half_in(app)
    assert ada.post("/users/li/second-factor/reset").headers["location"] == "/users"
    assert ada.post("/users/nobody/second-factor/reset").status_code == 404
    assert agent.get("/queue").url.path == "/sign-in"
    assert give(waiting, phone.code()).url.path == "/sign-in"
    assert Browser(app).sign_in("li").url.path == "/queue"
    assert "user.second-factor-reset" in actions(office, "li")
    set_up(ada)
    assert ada.post("/users/ada/second-factor/reset").status_code == 422


def test_no_secret_is_written_down(agent, app, office, set_up, caplog):
    """Neither in the trail nor in the log stand secret or codes."""
    phone, codes = set_up(agent)
    give(half_in(app), codes[0])
    give(half_in(app), phone.code())
    with office.ctx.store.read() as tx:
        user = tx.people.user("li")
        trail = repr(tx.views.audit(f"user:{user.id}", "", 50).rows)
        factor = tx.sign_ins.factor(user.id)
    said = trail + caplog.text + repr(factor)
    assert phone.totp.secret not in said and codes[0] not in said and phone.code() not in trail
    assert "left" in trail


def test_the_pages_speak_english(office, browser, app, set_up):
    """The user's language, also before he is in."""
    add_user(office.ctx, "bob", Role.AGENT, "en")
    set_up(browser("bob"))
    text = give(half_in(app, "bob"), "1").text
    assert "Two-step verification" in text and "That code is wrong" in text and "验证码" not in text


@pytest.fixture
def strict(office):
    """A console whose agents and leads must."""
    desk = office.ctx.desk()
    roles = PeopleSettings(second_factor_of=frozenset({Role.AGENT, Role.LEAD}))
    return a_console(replace(office.ctx, desk=lambda: replace(desk, people=roles)))


def test_a_role_must(strict, office, clock):
    """Who has none sets it up at the next sign-in before anything else; then the recovery codes and the way on."""
    browser = half_in(strict, to="/outbox")
    assert browser.get("/queue").url.path == "/sign-in"
    page = browser.get(f"{STEP}?to=/outbox").text
    phone = Phone(office, shown(page))
    assert "您的角色必须使用两步验证" in page and "<svg" in page and 'value="/outbox"' in page
    wrong = give(browser, "000000", "/outbox")
    assert wrong.status_code == 403 and "验证码不对" in wrong.text and shown(wrong.text) == phone.totp.secret
    answer = give(browser, phone.code(), "/outbox")
    assert len(codes_in(answer.text)) == 10 and 'href="/outbox"' in answer.text
    assert browser.get("/outbox").url.path == "/outbox"
    assert actions(office, "li")[:2] == ["person.sign-in", "person.second-factor-on"]
    clock.advance(seconds=30)
    assert give(half_in(strict), phone.code()).url.path == "/queue"
    assert Browser(strict).sign_in("aud").url.path == "/queue", "an auditor need not"


@pytest.mark.slow
def test_who_must_may_not_switch_it_off(strict, office, clock):
    """He is told so, and changes it all the same."""
    browser = half_in(strict)
    phone = Phone(office, shown(browser.get(STEP).text))
    give(browser, phone.code())
    clock.advance(seconds=30)
    page = browser.get("/account").text
    assert f"{MINE}/off" not in page and "可以更换，不能关闭" in page
    assert browser.post(f"{MINE}/off", password=PASSWORD, code=phone.code()).status_code == 422
    with office.ctx.store.read() as tx:
        assert tx.sign_ins.factor(tx.people.user("li").id).is_on
    assert browser.post(f"{MINE}/change", password=PASSWORD, code=phone.code()).status_code == 303


def test_of_two_who_know_the_password_one_sees_the_secret(strict):
    """The later one; the earlier one begins again, and then he alone."""
    first = half_in(strict)
    seen = shown(first.get(STEP).text)
    second = half_in(strict)
    assert shown(second.get(STEP).text) != seen
    assert first.get(STEP).url.path == "/sign-in"


def test_a_sign_in_that_waits_is_not_shown_what_is_set_up_elsewhere(agent, strict):
    """Whoever knows the password alone does not read along on the way to the account's page."""
    waiting = half_in(strict)
    agent.get("/account")
    agent.post(f"{MINE}/begin")
    assert waiting.get(STEP).url.path == "/sign-in"


@pytest.mark.slow
def test_what_was_open_before_one_had_to_ends_with_the_set_up(agent, strict, office):
    """It goes on until then."""
    assert agent.get("/queue").url.path == "/queue"
    browser = half_in(strict)
    give(browser, Phone(office, shown(browser.get(STEP).text)).code())
    assert agent.get("/queue").url.path == "/sign-in"


def test_an_admin_sees_who_has_to(strict, office):
    """Whose role must and who has none yet."""
    add_user(office.ctx, "ada", Role.ADMIN)
    ada = Browser(strict)
    ada.sign_in("ada")
    assert ada.get("/users").text.count("下次登录时开启") == 2

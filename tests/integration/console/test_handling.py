"""Handling a ticket in the console: what is offered, what it does, what is refused, and the customers' page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.extension import Extension
from core.domain.people import Role
from core.domain.ticket import State
from core.domain.views import QueueFilter, TicketDetail
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.context import Context
from tests.factories.console import Browser, a_console, add_user, number_of
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock


def of(context: Context, number: str) -> TicketDetail:
    with context.store.read() as tx:
        detail = tx.views.ticket(number)
    assert detail is not None
    return detail


@pytest.fixture
def context(busy: Office) -> Context:
    return busy.ctx


@pytest.fixture
def number(context: Context) -> str:
    return number_of(context, "企业版")


@pytest.fixture
def agent(context: Context, number: str, browser: Callable[[str], Browser]) -> Browser:
    found = browser("li")
    found.get(f"/tickets/{number}")
    return found


def lead(context: Context) -> Browser:
    add_user(context, "zhao", Role.LEAD)
    found = Browser(a_console(context))
    found.sign_in("zhao")
    found.get("/queue")
    return found


def test_the_page_offers_what_the_table_allows(agent: Browser, number: str) -> None:
    """Waiting, hold and hands for an agent; no closing of an open ticket."""
    text = agent.get(f"/tickets/{number}").text
    assert "待内部协作" in text and "挂起（计时暂停）" in text and "领取" in text and 'value="withdrawn"' in text
    assert 'value="closed"' not in text and "催单" in text


def test_a_hold_is_told_with_its_reason_and_its_end(
    agent: Browser, context: Context, number: str, clock: FixedClock
) -> None:
    """By the form; the toast takes it back."""
    until = (clock.at + timedelta(days=1)).astimezone(context.desk().calendar.tz).strftime("%Y-%m-%dT%H:%M")
    done = agent.htmx(f"/tickets/{number}/move", to="on_hold", reason="等样品", until=until)
    assert done.status_code == 200 and "挂起" in done.text and "taken-back" in done.text
    page = agent.get(f"/tickets/{number}").text
    assert "等样品" in page and "自动恢复计时" in page
    assert agent.htmx(f"/tickets/{number}/taken-back", what="move").status_code == 200
    assert of(context, number).ticket.state is State.NEW and not of(context, number).timers


def test_a_refusal_says_what_is_missing(agent: Browser, number: str) -> None:
    """A reason, a right, a time: in a toast, in words."""
    for form, words in (
        ({"to": "on_hold"}, "请写明理由"),
        ({"to": "closed"}, "状态表不允许"),
        ({"to": "on_hold", "reason": "等", "until": "2020-01-01T10:00"}, "恢复时间须在现在之后"),
        ({"to": "on_hold", "reason": "等", "until": "soon"}, "不是时间"),
    ):
        answer_ = agent.htmx(f"/tickets/{number}/move", **form)
        assert answer_.status_code in (403, 422) and words in answer_.text


def test_hands_parts_and_urging(agent: Browser, context: Context, number: str) -> None:
    """Each by one form; the trail has a line for each."""
    for path, form in (
        ("claim", {}),
        ("urge", {}),
        ("parts", {"department": "物流部", "output": "查明去向", "due": "2026-03-06T10:00"}),
        ("return", {"reason": "不归我们"}),
    ):
        assert agent.htmx(f"/tickets/{number}/{path}", **form).status_code == 200, path
    detail = of(context, number)
    actions = {line.action for line in detail.audit}
    assert {"ticket.claimed", "ticket.urged", "part.asked", "ticket.returned"} <= actions
    [part] = detail.parts
    assert agent.htmx(f"/tickets/{number}/parts/{part.id}", state="done").status_code == 200
    assert "物流部" in agent.get(f"/tickets/{number}").text


def test_an_analysis_is_written_shown_and_taken_back(agent: Browser, context: Context, number: str) -> None:
    """One form; the toast gives the fields of before back; what is wrong is told."""
    form = {"in_service": "yes", "customary": "yes", "feasible": "no", "cause": "defect", "improvement": "加回归测试"}
    toast = agent.htmx(f"/tickets/{number}/analysis", **form)
    assert toast.status_code == 200 and f"/tickets/{number}/analysis" in toast.text
    page = agent.get(f"/tickets/{number}").text
    assert "产品缺陷" in page and "加回归测试" in page and '<span class="tag">部分</span>' in page
    assert agent.htmx(f"/tickets/{number}/analysis", quadrant="9").status_code == 422
    assert agent.htmx(f"/tickets/{number}/analysis", cause="", improvement="").status_code == 200
    done = of(context, number).analysis
    assert done is not None and not (done.cause or done.improvement) and done.feasible is False


def test_a_promise_by_telephone_is_noted_kept_and_owed_again(agent: Browser, context: Context, number: str) -> None:
    """Each by one click; the answer form offers it beside the letter's own promises."""
    assert agent.htmx(f"/tickets/{number}/promises", words="尽快回电").status_code == 422
    toast = agent.htmx(f"/tickets/{number}/promises", words="周五下班前给您回电")
    [made] = [p for p in of(context, number).promises if p.clock == "agent_promise"]
    assert toast.status_code == 200 and f"promises/{made.id}" in toast.text
    offered = agent.htmx(f"/tickets/{number}/answer/check", text="赵一，您好！").text
    assert f'name="keeps" value="{made.id}" checked' in offered and "周五下班前给您回电" in offered
    unticked = agent.htmx(f"/tickets/{number}/answer/check", text="赵一，您好！再", owed=str(made.id)).text
    assert f'name="keeps" value="{made.id}">' in unticked
    assert "这次通话兑现了以前的承诺" in agent.get(f"/tickets/{number}").text
    for state, other in (("kept", "running"), ("running", "kept")):
        assert agent.htmx(f"/tickets/{number}/promises/{made.id}", state=state).status_code == 200
        assert f'name="state" value="{other}"' in agent.get(f"/tickets/{number}").text
    assert agent.htmx(f"/tickets/{number}/promises/{made.id}", state="superseded").status_code == 422
    letter = {"text": "赵一，您好！\n\n企业版的账号数不限。", "sure": "yes", "owed": str(made.id)}
    assert agent.htmx(f"/tickets/{number}/answer", **letter).status_code == 200
    with context.store.read() as tx:
        sent = tx.outbox.intent(of(context, number).letters[-1].id)
    assert sent is not None and sent.variables["keeps"] == ""


def test_an_extension_goes_to_the_lead(agent: Browser, context: Context, number: str) -> None:
    """The agent asks and cannot approve; the lead's page has the buttons."""
    promise = next(p for p in of(context, number).promises if p.clock == "resolution")
    asked = agent.htmx(
        f"/tickets/{number}/extensions", promise=str(promise.id), wanted="2026-03-30T10:00", reason="等配件"
    )
    assert asked.status_code == 200
    [extension] = of(context, number).extensions
    assert agent.htmx(f"/tickets/{number}/extensions/{extension.id}", decision="approve").status_code == 403
    boss = lead(context)
    assert "批准" in boss.get(f"/tickets/{number}").text
    assert boss.htmx(f"/tickets/{number}/extensions/{extension.id}", decision="approve").status_code == 200
    assert of(context, number).extensions[0].decided_by == "zhao"


def test_the_lead_sees_what_the_reason_says_to_the_customer(agent: Browser, context: Context, number: str) -> None:
    """It stands in the letter in these words: vague ones are shown beside it, and a time at which nobody works; a
    placeholder is not even asked for, and the agent is told which."""
    promise = next(p for p in of(context, number).promises if p.clock == "resolution")
    form = {"promise": str(promise.id), "wanted": "2026-03-28T10:00"}
    stopped = agent.htmx(f"/tickets/{number}/extensions", **form, reason="等{{ 部件 }}到货")
    assert stopped.status_code == 422 and "占位符" in stopped.text and not of(context, number).extensions
    assert agent.htmx(f"/tickets/{number}/extensions", **form, reason="可能要等配件").status_code == 200
    for page in (agent.get(f"/tickets/{number}").text, lead(context).get("/extensions").text):
        assert "<b>可能</b>" in page and "信里写 03-30 09:00" in page


def test_who_only_looks_changes_nothing(number: str, browser: Callable[[str], Browser]) -> None:
    """An auditor sees the state and no button; a forged request is refused."""
    auditor = browser("aud")
    page = auditor.get(f"/tickets/{number}").text
    assert 'id="handling"' in page and f"/tickets/{number}/claim" not in page
    for path in ("claim", "urge", "move", "verify", "parts", "promises", "analysis", "breach", "taken-back"):
        assert auditor.htmx(f"/tickets/{number}/{path}", to="open", what="move").status_code == 403
        assert auditor.post(f"/tickets/{number}/{path}", token="wrong").status_code == 403


class TestTheCustomersPage:
    @pytest.fixture
    def token(self, context: Context, clock: FixedClock, number: str) -> str:
        """The link of a result that was sent."""
        with context.store.read() as tx:
            li = tx.people.user("li")
        assert li is not None
        letter = answer(
            context, number, li, Draft(text="赵一，您好！\n\n企业版的账号数不限。", then=State.RESOLVED, sure=True)
        )
        clock.at += UNDO
        Office(context).work()
        assert of(context, number).ticket.state is State.RESOLVED
        return letter.variables["vote"]

    def test_anybody_with_the_letter_may_look_and_nothing_happens(
        self, context: Context, number: str, token: str
    ) -> None:
        """No sign-in, no vote by looking, no name or address on the page."""
        page = Browser(a_console(context)).client.get(f"/r/{token}")
        assert page.status_code == 200 and number in page.text and "解决您的问题" in page.text
        assert "@" not in page.text and "赵一" not in page.text
        assert of(context, number).ticket.state is State.RESOLVED

    def test_the_vote_is_a_post(self, context: Context, number: str, token: str) -> None:
        """Satisfied closes, with the marks."""
        client = Browser(a_console(context)).client
        assert client.post(f"/r/{token}", data={}).status_code == 422
        done = client.post(f"/r/{token}", data={"satisfied": "yes", "solution": "5", "words": "好"})
        assert done.status_code == 200 and "办结" in done.text
        detail = of(context, number)
        assert detail.ticket.state is State.CLOSED and dict(detail.votes[0].marks) == {"solution": 5}
        again = client.get(f"/r/{token}")
        assert "已经解决" in again.text

    def test_not_satisfied_is_taken_up_again(self, context: Context, number: str, token: str) -> None:
        """And another site cannot vote in the customer's name."""
        client = Browser(a_console(context)).client
        other = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert client.post(f"/r/{token}", data={"satisfied": "no"}, headers=other).status_code == 403
        assert client.post(f"/r/{token}", data={"satisfied": "no", "solution": "9" * 5_000}).status_code == 422
        assert "重新处理" in client.post(f"/r/{token}", data={"satisfied": "no"}).text
        assert of(context, number).ticket.state is State.SECOND_TREATMENT

    @pytest.mark.parametrize(
        ("tag", "words"), [("zh-Hant", "這樣解決"), ("en", "Does this solve"), ("fr", "Does this")]
    )
    def test_it_speaks_the_customers_language(
        self, context: Context, number: str, token: str, tag: str, words: str
    ) -> None:
        """As the letter did."""
        with context.store.write() as tx:
            ticket = tx.tickets.by_number(number)
            assert ticket is not None
            tx.tickets.update(replace(ticket, language=tag))
        assert words in Browser(a_console(context)).client.get(f"/r/{token}").text

    def test_a_link_that_is_not_ours_says_so(self, context: Context) -> None:
        """Without telling whether such a ticket exists."""
        client = Browser(a_console(context)).client
        assert client.get("/r/a.b.c.d").status_code == 404
        assert client.post("/r/a.b.c.d", data={"satisfied": "yes"}).status_code == 404


class TestMerging:
    """合并 in the console."""

    @pytest.fixture
    def other(self, context: Context, number: str) -> str:
        with context.store.read() as tx:
            rows = tx.views.queue(QueueFilter(state="new"), "", 50).rows
        return next(row.number for row in rows if row.number != number)

    def test_a_ticket_goes_into_another_and_back(
        self, agent: Browser, context: Context, number: str, other: str
    ) -> None:
        """Its number is typed with or without #; both pages lead to each other; the toast takes it back."""
        toast = agent.htmx(f"/tickets/{other}/merge", into=f" #{number}")
        assert "已合并" in toast.text and f"/tickets/{other}/unmerge" in toast.text
        page = agent.get(f"/tickets/{other}").text
        assert "已合并到" in page and f'href="/tickets/{number}"' in page and "取消合并" in page
        assert f"来自 #{other}" in agent.get(f"/tickets/{number}").text
        agent.post(f"/tickets/{other}/unmerge")
        assert of(context, other).ticket.state is State.NEW
        assert f"来自 #{other}" not in agent.get(f"/tickets/{number}").text

    def test_a_possible_copy_is_merged_or_told_apart_by_a_click(
        self, agent: Browser, context: Context, number: str, other: str
    ) -> None:
        """The mark has both buttons; 不是重复 takes it away, merging into what is offered ends the ticket."""
        with context.store.write() as tx:
            ticket = of(context, other).ticket
            tx.tickets.update(replace(ticket, maybe_copy_of=of(context, number).ticket.id, copy_because="near: text"))
        page = agent.get(f"/tickets/{other}").text
        assert f"合并到 #{number}" in page and "不是重复" in page
        agent.post(f"/tickets/{other}/merge", into=number)
        assert "可能重复" not in agent.get(f"/tickets/{other}").text
        agent.post(f"/tickets/{other}/unmerge")
        assert "可能重复" in agent.get(f"/tickets/{other}").text
        agent.post(f"/tickets/{other}/not-a-copy")
        assert "可能重复" not in agent.get(f"/tickets/{other}").text

    def test_a_second_matter_is_split_off_a_message(self, agent: Browser, context: Context, number: str) -> None:
        """The form stands under each of the customer's messages; the toast leads to the new ticket and undoes; both
        pages name each other."""
        message = of(context, number).messages[0]
        words = message.text.strip().split("，")[0]
        page = agent.get(f"/tickets/{number}").text
        assert f'id="split-{message.id}"' in page and "拆成新工单" in page
        toast = agent.htmx(f"/tickets/{number}/messages/{message.id}/split", text=words, subject="另一件事").text
        [(_, new)] = of(context, number).linked
        assert f"已拆分为 #{new}" in toast and f'action="/tickets/{new}/merge"' in toast
        assert f"已拆分出 #{new}" in agent.get(f"/tickets/{number}").text
        assert f"拆分自 #{number}" in agent.get(f"/tickets/{new}").text
        assert "已合并" in agent.htmx(f"/tickets/{new}/merge", into=number, sure="1").text
        refused = agent.htmx(f"/tickets/{number}/messages/{message.id}/split", text="没有说过的话")
        assert refused.status_code == 422 and "不是客户在这里说的话" in refused.text

    def test_an_auditor_splits_nothing(self, auditor: Browser, context: Context, number: str) -> None:
        """He is offered no form, and none that he makes himself is taken."""
        message = of(context, number).messages[0]
        assert "拆成新工单" not in auditor.get(f"/tickets/{number}").text
        refused = auditor.post(f"/tickets/{number}/messages/{message.id}/split", text=message.text)
        assert refused.status_code == 403 and of(context, number).linked == ()

    def test_a_ticket_is_linked_to_a_main_one(self, agent: Browser, context: Context, number: str, other: str) -> None:
        """Its number is typed; the toast takes the link away; both pages name each other meanwhile."""
        assert "关联到主单" in agent.get(f"/tickets/{other}").text
        toast = agent.htmx(f"/tickets/{other}/link", main=f"#{number}").text
        assert "已关联到主单" in toast and 'name="what" value="link"' in toast
        assert f'href="/tickets/{other}"' in agent.get(f"/tickets/{number}").text
        assert "已撤销" in agent.htmx(f"/tickets/{other}/taken-back", what="link").text
        assert of(context, other).ticket.linked_to == 0
        agent.htmx(f"/tickets/{other}/link", main=number)
        assert "已取消关联" in agent.htmx(f"/tickets/{other}/link", main="-").text
        assert of(context, other).ticket.linked_to == 0

    def test_a_main_ticket_is_ended_with_what_follows(
        self, agent: Browser, context: Context, number: str, other: str
    ) -> None:
        """The choice stands where something follows that is not over; the toast counts, and takes all of it back."""
        page = f"/tickets/{number}"
        before = [of(context, one).ticket.state for one in (number, other)]
        assert "还没办结" not in agent.get(page).text
        agent.htmx(f"/tickets/{other}/link", main=number)
        assert "关联的 1 张工单还没办结" in agent.get(page).text
        toast = agent.htmx(f"{page}/move", to="invalid", reason="演练", also="1").text
        assert "关联工单另有 1 张一起改了" in toast and "无效" in toast
        assert of(context, other).ticket.state is State.INVALID and "还没办结" not in agent.get(page).text
        assert "已撤销" in agent.htmx(f"{page}/taken-back", what="move").text
        assert [of(context, one).ticket.state for one in (number, other)] == before
        assert agent.htmx(f"{page}/move", to="waiting_internal", also="1").status_code == 422

    def test_an_auditor_merges_nothing(self, context: Context, number: str, other: str) -> None:
        """He is shown no form, and refused."""
        add_user(context, "sun", Role.AUDITOR)
        found = Browser(a_console(context))
        found.sign_in("sun")
        assert "/merge" not in found.get(f"/tickets/{other}").text
        assert found.post(f"/tickets/{other}/merge", into=number).status_code == 403
        assert of(context, other).ticket.state is State.NEW


class TestSolvedByHimself:
    """已自行解决: proposed, done by a click, taken back by another."""

    @pytest.fixture
    def solved(self, busy: Office, number: str) -> str:
        reply = a_mail(
            subject="回复：请问企业版价格",
            body="我们自己解决了，谢谢",
            sender="赵一 <zhao@example.cn>",
            mid="a2",
            reply_to=["a"],
        )
        busy.bring(reply)
        return number

    def test_the_ticket_proposes_to_withdraw(self, agent: Browser, context: Context, solved: str) -> None:
        """The button is there while the ticket is open; the click withdraws with its reason, and nothing is sent."""
        page = agent.get(f"/tickets/{solved}").text
        assert "撤销工单" in page and 'value="客户已自行解决"' in page
        letters = len(of(context, solved).letters)
        toast = agent.htmx(f"/tickets/{solved}/move", to="withdrawn", reason="客户已自行解决")
        detail = of(context, solved)
        assert detail.ticket.state is State.WITHDRAWN and len(detail.letters) == letters
        last = next(line for line in reversed(detail.audit) if line.action == "ticket.moved")
        assert (last.actor, dict(last.details)["reason"]) == ("li", "客户已自行解决")
        assert "撤销工单" not in agent.get(f"/tickets/{solved}").text
        assert "taken-back" in toast.text
        agent.post(f"/tickets/{solved}/taken-back", what="move")
        assert of(context, solved).ticket.state in (State.NEW, State.OPEN)

    def test_nothing_is_proposed_otherwise(self, agent: Browser, number: str) -> None:
        """Not on a ticket whose customer still wants something."""
        assert "撤销工单" not in agent.get(f"/tickets/{number}").text


def test_spam_is_called_so_with_one_button(agent: Browser, context: Context, number: str) -> None:
    """The toast takes it back; the page of spam lists it meanwhile; who may only look is refused."""
    assert "是垃圾" in agent.get(f"/tickets/{number}").text
    done = agent.htmx(f"/tickets/{number}/spam")
    assert done.status_code == 200 and "作为垃圾作废" in done.text and 'value="spam"' in done.text
    assert of(context, number).ticket.state is State.INVALID
    page = agent.get("/spam").text
    assert number in page and page.count("不是垃圾</button>") == 1
    assert "不是垃圾</button>" in agent.get(f"/tickets/{number}").text
    auditor = Browser(a_console(context))
    auditor.sign_in("aud")
    assert number in auditor.get("/spam").text and "不是垃圾</button>" not in auditor.get("/spam").text
    assert auditor.htmx(f"/tickets/{number}/taken-back", what="spam").status_code == 403
    assert agent.htmx(f"/tickets/{number}/taken-back", what="spam").status_code == 200
    assert of(context, number).ticket.state is State.NEW
    assert number not in agent.get("/spam").text
    assert auditor.htmx(f"/tickets/{number}/spam").status_code == 403


def test_extensions_come_page_by_page(context: Context, number: str) -> None:
    """None is out of sight; a decision on the second page leads back to it."""
    boss, ticket = lead(context), of(context, number).ticket
    promise = of(context, number).promises[0]
    every = [
        Extension(
            id=context.ids(), ticket_id=ticket.id, promise_id=promise.id, clock=promise.clock, reason=f"原因 {place}",
            asked_by="li", due=promise.due, wanted=context.now() + timedelta(days=9), at=context.now(),
        )
        for place in range(120)
    ]  # fmt: skip
    with context.store.write() as tx:
        for one in every:
            tx.extensions.add(one)
    seen, address = [], "/extensions"
    while address:
        page = boss.get(address)
        seen += re.findall(r"li 申请：原因 (\d+)", page.text)
        found = re.search(r'href="(/extensions\?key=\d+)"', page.text)
        address = found[1] if found else ""
    assert seen == [str(place) for place in range(120)]
    second = f"/extensions?key={every[49].id}"
    assert f'name="key" value="{every[49].id}"' in boss.get(second).text
    done = boss.post(f"/extensions/{number}/{every[60].id}", decision="refuse", because="不行", key=str(every[49].id))
    assert done.headers["location"] == second
    assert boss.get("/extensions?key=nonsense").status_code == 400


def test_a_lead_decides_on_one_page(agent: Browser, context: Context, number: str) -> None:
    """What waits, from when to when, why; approved it is gone and the letter is filed; agents only look."""
    boss = lead(context)
    assert "没有等待批准的延期" in boss.get("/extensions").text
    agent.get(f"/tickets/{number}")
    promises = [p for p in of(context, number).promises if p.clock in ("resolution", "next_update")]
    for promise in promises:
        agent.htmx(
            f"/tickets/{number}/extensions", promise=str(promise.id), wanted="2026-03-30T10:00", reason="等配件到货"
        )
    first, second = of(context, number).extensions
    seen = agent.get("/extensions").text
    assert seen.count("li 申请：等配件到货") == 2 and 'value="approve"' not in seen
    assert agent.post(f"/extensions/{number}/{first.id}", decision="approve").status_code == 403
    page = boss.get("/extensions").text
    assert page.count('value="approve"') == 2 and f"#{number}" in page
    done = boss.post(f"/extensions/{number}/{first.id}", decision="approve", because="可以")
    assert (done.status_code, done.headers["location"]) == (303, "/extensions")
    assert boss.post(f"/extensions/{number}/{second.id}", decision="refuse", because="太久").status_code == 303
    assert [(e.state.value, e.because) for e in of(context, number).extensions] == [
        ("approved", "可以"), ("refused", "太久"),
    ]  # fmt: skip
    assert "没有等待批准的延期" in boss.get("/extensions").text
    assert boss.post(f"/extensions/{number}/{second.id}", decision="maybe").status_code == 422
    assert 'href="/extensions"' in page and 'href="/extensions"' not in seen

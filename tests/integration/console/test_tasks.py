"""任务: made with a call, worked through on their page, taken back, and seen on the ticket."""

from __future__ import annotations

import re
from datetime import timedelta

from core.domain.people import User
from core.domain.task import TaskFilter, TaskKind
from core.domain.views import QueueFilter
from huiying.flows.make_task import NewTask
from huiying.flows.tasks import add_task
from tests.factories.console import Browser, number_of
from tests.factories.pipeline import Office
from tests.fakes.fixed_clock import FixedClock


def id_in(page: str) -> str:
    found = re.search(r'data-task="(\d+)"', page)
    assert found is not None, page
    return found[1]


def test_the_next_step_of_a_call_is_a_task(agent: Browser, busy: Office) -> None:
    """On the ticket's page and in one's own list; from there the next call ticks it off."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    assert ">3 工作日内跟进</option>" in agent.get(f"/tickets/{number}").text and "30 天后" in agent.get("/log").text
    call = {"outcome": "reached", "text": "问了预算", "next": "follow_up", "todo": "问是否签约", "task": "0"}
    assert agent.htmx(f"/tickets/{number}/call", **call).status_code == 200
    assert "问是否签约" in agent.get(f"/tickets/{number}").text
    listed = agent.get("/tasks").text
    assert "赵一，您好！" in listed and "通话的下一步" in listed
    task = id_in(listed)
    page = agent.get(f"/tickets/{number}?task={task}").text
    assert f'<option value="{task}" selected>' in page
    assert agent.htmx(f"/tickets/{number}/call", outcome="reached", text="签了", task=task).status_code == 200
    assert "没有任务" in agent.get("/tasks").text and "问是否签约" in agent.get("/tasks?over=yes").text


def test_a_list_is_worked_through(agent: Browser, busy: Office, clock: FixedClock) -> None:
    """Overdue first, with counts; done, taken back, dropped with a reason only; what is wrong is told."""
    number, user = number_of(busy.ctx, "企业版"), user_li(busy)
    for hours in (1, 100, 1000):
        due = busy.ctx.now() + timedelta(hours=hours)
        add_task(busy.ctx, number, user, NewTask(kind=TaskKind.CALL_BACK, due=due, words=f"第 {hours} 小时"))
    assert "任务已超时" not in agent.get("/board").text
    clock.advance(hours=2)
    assert "<b>1</b><span>任务已超时" in agent.get("/board").text
    page = agent.get("/tasks").text
    assert '<option value="care-call-back" selected>' in agent.get(f"/care?who={number}&letter=care-call-back").text
    assert f'/care?who={number}&amp;letter=care-call-back"' in page
    assert re.findall(r"<h2>([^<]+)</h2>", page)[:1] == ["已超时"]
    assert 'tab-count-bad">1<' in page and '<b class="tab-count" title=' in page
    assert "第 100 小时" not in agent.get("/tasks?when=overdue").text
    assert "没有任务" in agent.get("/tasks?whose=team").text
    address = f"/tasks/{id_in(page)}"
    done = agent.htmx(f"{address}/done")
    assert "已完成" in done.text and "task-changed" in done.headers["HX-Trigger"] and "data-undo" in done.text
    assert "已撤销" in agent.htmx(f"{address}/undo").text and "没有可撤销的" in agent.htmx(f"{address}/undo").text
    assert agent.htmx(f"{address}/drop", reason="").status_code == 422
    assert agent.htmx(f"{address}/put-off", due="", reason="晚点").status_code == 422
    assert "已改时限" in agent.htmx(f"{address}/put-off", due="2026-04-30T10:00", reason="晚点").text
    assert "不再需要" in agent.htmx(f"{address}/drop", reason="客户不用了").text
    history = agent.get(f"{address}/history").text
    assert "新建任务" in history and "任务改时限" in history and "客户不用了" in history and "task=" not in history


def test_one_is_made_by_hand(agent: Browser, busy: Office, auditor: Browser) -> None:
    """For a ticket or an address; a gift waits for a lead; who only looks has no form."""
    agent.get("/tasks/new")
    gift = {"who": "zhao@example.cn", "kind": "gift", "words": "寄台历", "csrf": agent.token}
    for wrong, why in (({"who": "nobody@example.cn"}, "没有这个客户"), ({"due": "2020-01-01T10:00"}, "已经过去")):
        again = agent.client.post("/tasks", data=gift | wrong)
        assert again.status_code == 422 and why in again.text and "(" not in again.text.split(why)[1][:9]
        assert 'value="寄台历"' in again.text and '<option value="gift" selected>' in again.text
    assert "寄台历" in agent.client.post("/tasks", data=gift).text
    page = agent.get("/tasks").text
    assert "待批准" in page and f"/tasks/{id_in(page)}/approve" not in page
    assert agent.htmx(f"/tasks/{id_in(page)}/approve").status_code == 403
    seen = auditor.get("/tasks").text
    assert "寄台历" in seen and "/drop" not in seen
    assert agent.htmx("/tasks", who="nobody@example.cn", kind="gift").status_code == 404
    assert "已新建任务：跟进" in agent.htmx("/tasks", who=number_of(busy.ctx, "企业版"), kind="follow_up").text
    address = f"/tasks/{id_in(page)}"
    there = agent.client.get(address, follow_redirects=False).headers["location"]
    assert there.endswith("#tasks") and f'id="task-{id_in(page)}"' in agent.get(there).text
    agent.htmx(f"{address}/drop", reason="客户不用了")
    assert agent.client.get(address, follow_redirects=False).headers["location"] == "/tasks?whose=all&over=yes"


def test_a_gift_that_waits_stands_apart(agent: Browser, busy: Office, clock: FixedClock) -> None:
    """First among all, under its own heading with how many wait, and never as overdue; on the board neither."""
    agent.get("/tasks/new")
    agent.htmx("/tasks", who="zhao@example.cn", kind="gift", words="寄台历")
    clock.advance(days=60)
    agent.sign_in("li")
    page = agent.get("/tasks?whose=all").text
    assert page.index("<h2>待批准</h2>") < page.index("寄台历") and "due-over" not in page
    assert "寄台历" in agent.get("/tasks?whose=all&when=asked").text
    assert "寄台历" not in agent.get("/tasks?whose=all&when=overdue").text
    told = agent.get("/api/v1/tasks?when=asked").json()["tasks"]
    assert [(one["state"], one["overdue"]) for one in told] == [("asked", False)]
    assert agent.get("/api/v1/tasks?when=overdue").json()["tasks"] == []


def test_what_is_logged_has_its_next_step(agent: Browser, office: Office) -> None:
    """Without a call of ours, too; a hand-over names the department before anything is filed."""
    agent.get("/log")
    form = {"channel": "visit", "text": "想了解培训", "name": "王女士", "next": "hand_over", "csrf": agent.token}
    for wrong in ({}, {"team": "商务组", "due": "2926-03-05T10:00"}):
        assert agent.client.post("/log", data=form | wrong).status_code == 422
    with office.ctx.store.read() as tx:
        assert not tx.views.queue(QueueFilter(), "", 9).rows
    for _ in range(2):
        sent = {**form, "team": "商务组", "key": "once", "at": ""}
        assert agent.client.post("/log", data=sent).status_code == 200
    with office.ctx.store.read() as tx:
        [row] = tx.tasks.listed(TaskFilter(), "", 10).rows
    assert (row.task.kind, row.task.team, row.task.owner) == (TaskKind.HAND_OVER, "商务组", "")


def user_li(office: Office) -> User:
    with office.ctx.store.read() as tx:
        found = tx.people.user("li")
    assert found is not None
    return found

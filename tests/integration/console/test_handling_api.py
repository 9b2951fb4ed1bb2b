"""The API's part about handling: the same rights as the pages, and answers for programs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.console import Browser, number_of, numbers


@pytest.fixture
def number(busy):
    return number_of(busy.ctx, "企业版")


def post(who: Browser, number: str, path: str, **body):
    headers = {"X-CSRF-Token": who.token}
    return who.client.post(f"/api/v1/tickets/{number}/{path}", json=body, headers=headers)


def test_a_ticket_is_moved_as_the_table_allows(agent, number):
    """200 with the ticket; 403 where the table has no such move; 422 without its reason; 404 for another number."""
    agent.get("/queue")
    done = post(agent, number, "moves", to="on_hold", reason="等样品")
    assert done.status_code == 200 and done.json()["state"] == "on_hold"
    assert post(agent, number, "moves", to="closed").json()["type"] == "urn:huiying:problem:move-not-allowed"
    assert post(agent, number, "moves", to="withdrawn").json()["type"] == "urn:huiying:problem:say-why"
    assert post(agent, number, "moves", to="asleep").status_code == 422
    assert post(agent, "209901010001", "moves", to="open").status_code == 404


def test_what_follows_a_ticket_is_ended_with_it(agent, busy, number):
    """With ``linked``; a state of work is each ticket's own: 422."""
    agent.get("/queue")
    other = number_of(busy.ctx, "登录")
    assert post(agent, other, "links", main=number).status_code == 200
    assert post(agent, number, "moves", to="waiting_internal", linked=True).status_code == 422
    done = post(agent, number, "moves", to="withdrawn", reason="演练", linked=True)
    assert done.status_code == 200 and done.json()["state"] == "withdrawn"
    assert agent.get(f"/api/v1/tickets/{other}").json()["state"] == "withdrawn"


def test_parts_hands_urging_and_extensions(agent, busy, number):
    """Each answers with what it made; the ticket shows the promise by its id."""
    agent.get("/queue")
    part = post(agent, number, "parts", department="物流部", output="查明去向").json()
    assert post(agent, number, f"parts/{part['id']}", state="done").json()["state"] == "done"
    assert post(agent, number, "claims").json()["assignee"] == "li"
    assert post(agent, number, "hand-overs", team="商务组").json()["team"] == "商务组"
    assert post(agent, number, "returns", reason="不归我们").status_code == 200
    assert post(agent, number, "urges").status_code == 200 and post(agent, number, "urges").status_code == 422
    promises = agent.get(f"/api/v1/tickets/{number}").json()["promises"]
    resolution = next(p for p in promises if p["clock"] == "resolution")
    asked = post(
        agent, number, "extensions", promise=resolution["id"], wanted="2026-04-30T10:00:00+08:00", reason="等配件"
    )
    assert asked.status_code == 201 and asked.json()["state"] == "asked"
    address = f"extensions/{asked.json()['id']}"
    assert post(agent, number, address, decision="approve").status_code == 403
    assert post(agent, number, address, decision="withdraw").json()["state"] == "withdrawn"
    assert post(agent, number, "breaches", promise=resolution["id"], reason="busy").status_code == 422


def test_a_promise_is_noted_and_kept(agent, number):
    """The time stands in the words or is given; what is no state of a promise is refused."""
    agent.get("/queue")
    made = post(agent, number, "promises", words="周五下班前给您回电")
    assert made.status_code == 201 and made.json()["state"] == "running"
    assert post(agent, number, "promises", words="尽快").status_code == 422
    path = f"promises/{made.json()['id']}"
    assert post(agent, number, path, state="kept").json() == made.json() | {"state": "kept"}
    assert post(agent, number, path, state="missed").status_code == 422


def test_an_analysis_is_set_field_by_field(agent, number):
    """It stands on the ticket; a wrong value is a problem, an empty one takes the field away."""
    agent.get("/queue")
    told = post(agent, number, "analysis", fields={"advice": "needs-alternative", "budget": "5 万元"}).json()
    assert (told["advice"], told["budget"], told["reasonable"], told["analyst"]) == (
        "needs-alternative",
        "5 万元",
        None,
        "li",
    )
    assert agent.get(f"/api/v1/tickets/{number}").json()["analysis"] == told
    assert post(agent, number, "analysis", fields={"advice": "never"}).status_code == 422
    assert post(agent, number, "analysis", fields={"advice": "", "budget": ""}).json() is None


def test_the_result_by_telephone_and_the_vote(agent, number):
    """Resolved with its reason, checked by somebody else where that is needed, voted on."""
    agent.get("/queue")
    assert post(agent, number, "checks", passed=True).status_code == 200
    assert post(agent, number, "moves", to="resolved", reason="电话中已解决").json()["state"] == "resolved"
    assert post(agent, number, "votes", satisfied=True, solution=9).status_code == 422
    assert post(agent, number, "votes", satisfied=True, solution=5).json()["state"] == "closed"


def test_who_only_looks_may_not(auditor, number):
    """403 for every change."""
    auditor.get("/queue")
    for path in (
        "moves",
        "claims",
        "urges",
        "parts",
        "promises",
        "analysis",
        "votes",
        "checks",
        "extensions",
        "breaches",
        "returns",
        "splits",
        "snoozes",
        "wakes",
    ):
        assert post(auditor, number, path, to="open").status_code == 403, path


def test_tickets_are_merged_and_taken_apart(agent, busy, number):
    """200 with the state; 422 into itself; afterwards the other ticket has the messages of both."""
    agent.get("/queue")
    other = next(one for one in numbers(busy.ctx) if one != number)
    assert post(agent, other, "merges", into=other).status_code == 422
    assert post(agent, other, "merges", into="209901010001").status_code == 404
    alone = len(agent.get(f"/api/v1/tickets/{number}").json()["messages"])
    assert post(agent, other, "merges", into=number).json()["state"] == "merged"
    assert len(agent.get(f"/api/v1/tickets/{number}").json()["messages"]) > alone
    assert post(agent, other, "unmerges").json()["state"] == "new"
    assert len(agent.get(f"/api/v1/tickets/{number}").json()["messages"]) == alone


def test_a_second_demand_is_split_off(agent, busy, number):
    """Its number and where it came from; the same again is the same; 422 for words that nobody said, 404 for no
    message."""
    agent.get("/queue")
    said = agent.get(f"/api/v1/tickets/{number}").json()["messages"][0]
    words = said["text"].split("，")[0]
    first = post(agent, number, "splits", text=words, message=said["id"]).json()
    assert first["number"] not in ("", number) and first["split_from"] == number and not first["again"]
    assert post(agent, number, "splits", text=words, message=said["id"]).json() == {**first, "again": True}
    assert post(agent, number, "splits", text="没有说过的话").status_code == 422
    for nowhere in ("5", "x"):
        assert post(agent, number, "splits", text=words, message=nowhere).status_code == 404


def send(browser: Browser, path: str, **body):
    return browser.client.post(f"/api/v1/{path}", json=body, headers={"X-CSRF-Token": browser.token})


def test_tickets_are_linked_together(agent, auditor, busy):
    """The earliest is the main ticket; the same again changes nothing and answers the same; they are parted again."""
    agent.get("/queue")
    main, *others = sorted(numbers(busy.ctx))
    for _ in range(2):
        done = send(agent, "links", numbers=[*others, main])
        assert (done.status_code, done.json()) == (200, {"main": main, "linked": others, "left_out": []})
    assert [one for _, one in busy.ticket(main).linked] == others
    lines = [line.action for one in others for line in busy.ticket(one).audit]
    assert lines.count("ticket.linked") == len(others)
    parted = send(agent, "unlinks", numbers=others, main=main)
    assert (parted.status_code, parted.json()["linked"]) == (200, others)
    assert not busy.ticket(main).linked
    auditor.get("/queue")
    for answer, status in (
        (send(agent, "links", numbers=[main]), 422),
        (send(agent, "links", numbers=[]), 422),
        (send(agent, "links", numbers=[main, "209901010001"]), 404),
        (send(agent, "unlinks", numbers=others, main="209901010001"), 404),
        (send(auditor, "links", numbers=[*others, main]), 403),
        (send(auditor, "unlinks", numbers=others, main=main), 403),
    ):
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"


def test_customers_are_merged_and_taken_apart(agent, auditor, busy):
    """By address or ticket; contact data in the answer is masked; each refusal is a problem."""
    agent.get("/queue")
    one, other = numbers(busy.ctx)[:2]
    address = busy.ticket(other).customer.address.address
    done = send(agent, "customers/merges", who=address, into=one)
    assert done.status_code == 200 and done.json()["merged"] and "*" in done.json()["address"]
    assert busy.ticket(other).customer.merged_into == busy.ticket(one).ticket.customer_id
    assert send(agent, "customers/merges", who=other, into=one).status_code == 422
    assert not send(agent, "customers/unmerges", who=other).json()["merged"]
    assert send(agent, "customers/unmerges", who=other).status_code == 422
    auditor.get("/queue")
    for answer, status in (
        (send(agent, "customers/merges", who="no@body.cn", into=one), 404),
        (send(auditor, "customers/merges", who=other, into=one), 403),
        (send(auditor, "customers/unmerges", who=other), 403),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_ticket_is_linked_to_a_main_one(agent, busy, number):
    """200, also with - for none; 422 to itself."""
    agent.get("/queue")
    other = next(one for one in numbers(busy.ctx) if one != number)
    assert post(agent, other, "links", main=other).status_code == 422
    assert post(agent, other, "links", main=number).status_code == 200
    assert [one for _, one in busy.ticket(number).linked] == [other]
    assert post(agent, other, "links", main="-").status_code == 200
    assert not busy.ticket(number).linked


def test_a_call_makes_a_task_that_is_worked_on(agent, busy, number):
    """With the call, in the list, put off with a reason, taken back, done; what is wrong is refused."""
    agent.get("/queue")
    assert post(agent, number, "calls", outcome="reached", next="hand_over").status_code == 422
    for none in ("7", "9" * 19, "x"):
        assert post(agent, number, "calls", outcome="reached", task=none).status_code == 404
    assert post(agent, number, "calls", outcome="reached", words="问价格", next="follow_up").status_code == 201
    [task] = (
        agent.get("/api/v1/tasks?owner=li&when=later").json()["tasks"]
        or (agent.get("/api/v1/tasks?owner=li&when=week").json()["tasks"])
    )
    assert (task["kind"], task["ticket"], task["overdue"]) == ("follow_up", number, False)

    def step(path: str = f"/{task['id']}", **body: object) -> dict[str, Any]:
        answer = agent.client.post(f"/api/v1/tasks{path}", json=body, headers={"X-CSRF-Token": agent.token})
        return {**answer.json(), "status_code": answer.status_code}

    assert step(do="put-off", due="2026-04-30T10:00:00+08:00")["status_code"] == 422
    later = step(do="put-off", due="2026-04-30T10:00:00+08:00", reason="客户出差")
    assert later["due"] == "2026-04-30T02:00:00Z" and step(do="undo")["due"] == task["due"]
    assert step(do="approve")["status_code"] == 403 and step(do="undo")["status_code"] == 422
    assert agent.get(f"/api/v1/tickets/{number}/tasks").json() == [task]
    steps = agent.get(f"/api/v1/tasks/{task['id']}").json()["history"]
    assert [(one["action"], one["actor"]) for one in steps] == [
        (f"task.{one}", "li") for one in ("made", "moved", "undone")
    ]
    assert step(do="done")["state"] == "done"
    assert [one["id"] for one in agent.get("/api/v1/tasks?over=true").json()["tasks"]] == [task["id"]]
    assert agent.client.get("/api/v1/tasks?over=true&when=today").status_code == 422
    made = step("", who="zhao@example.cn", kind="gift", words="寄台历")
    assert (made["state"], made["customer"], made["ticket"], made["owner"]) == ("asked", "赵一", None, "li")


def test_several_are_handled_at_once(agent, busy, auditor):
    """What is done, what was so, and what is left with its code; at most 200, and by those who may alone."""
    agent.get("/queue")
    one, two, _ = numbers(busy.ctx)
    assert send(agent, "several", numbers=[one], what="claim").json()["done"] == [one]
    done = send(agent, "several", numbers=[one, two, "404"], what="claim")
    left_out = [{"number": "404", "code": "not-found", "detail": "没有工单 404 (no ticket 404)"}]
    assert done.json() == {"done": [two], "already": [one], "left_out": left_out}
    held = send(agent, "several", numbers=[one, two], what="move", state="on_hold", reason="等厂家")
    assert held.json()["done"] == [one, two]
    assert send(agent, "several", numbers=[one], what="erase").status_code == 422
    assert send(agent, "several", numbers=[str(n) for n in range(201)], what="claim").status_code == 422
    auditor.get("/queue")
    assert send(auditor, "several", numbers=[one], what="claim").status_code == 403

"""The REST API: what programs read and write, and how they are told that something is wrong."""

from __future__ import annotations

import pytest

from huiying.console.api import v1
from tests.factories.console import Browser, numbers

HANDLING = (
    "moves", "spam", "claims", "hand-overs", "returns", "urges", "checks", "votes", "breaches", "parts",
    "parts/{part_id}", "extensions", "extensions/{extension_id}", "merges", "unmerges", "links", "splits",
    "snoozes", "wakes", "analysis", "promises", "promises/{promise_id}", "calls", "appraisals",
)  # fmt: skip


def test_tickets_come_in_pages(agent, busy):
    """Following ``next`` gives every ticket once, in the queue's order."""
    found, key = [], ""
    for _ in range(5):
        page = agent.get(f"/api/v1/tickets?limit=2&key={key}").json()
        found += [row["number"] for row in page["tickets"]]
        key = page["next"]
        if not key:
            break
    assert found == numbers(busy.ctx)


def test_a_ticket_in_a_list_has_its_one_line(agent, busy):
    """At most forty characters, masked, the same in the list and on the ticket."""
    rows = {row["number"]: row["gist"] for row in agent.get("/api/v1/tickets").json()["tickets"]}
    number = next(one for one, gist in rows.items() if gist.startswith("全部门店无法登录"))
    assert agent.get(f"/api/v1/tickets/{number}").json()["gist"] == rows[number]
    assert all(len(gist) <= 40 and "13812345678" not in gist for gist in rows.values())


def test_a_ticket_carries_its_reasons(agent, busy):
    """Each choice says by whom and because of what; contact data is not part of it."""
    number = numbers(busy.ctx)[0]
    answer = agent.get(f"/api/v1/tickets/{number}")
    ticket = answer.json()
    assert ticket["choices"]["type"]["by"] == "rule" and "规则" in ticket["choices"]["type"]["because"]
    assert {p["clock"] for p in ticket["promises"]} >= {"first_response", "resolution"}
    resolution = next(p for p in ticket["promises"] if p["clock"] == "resolution")
    stretches = resolution["intervals"]
    assert stretches[-1]["end"] == resolution["due"] and {"counts", "idle"} == {s["counting"] for s in stretches}
    assert resolution["notes"][-1].startswith("共计 ")
    assert "wang@example.cn" not in answer.text and "13812345678" not in answer.text


def test_a_correction_is_created(agent, busy):
    """Fields correct, an empty object confirms; both answer 201 with what was touched."""
    agent.get("/queue")
    number = numbers(busy.ctx)[0]
    headers = {"X-CSRF-Token": agent.token}
    address = f"/api/v1/tickets/{number}/corrections"
    answer = agent.client.post(address, json={"fields": {"type": "complaint"}}, headers=headers)
    assert answer.status_code == 201 and answer.json()["after"]["type"] == "投诉"
    assert agent.client.post(address, json={}, headers=headers).json()["kind"] == "confirm"
    assert len(busy.ticket(number).corrections) == 2


def test_problems_are_told_as_rfc_9457_says(agent, auditor, busy, app):
    """Every refusal is application/problem+json with type, title, status and detail."""
    agent.get("/queue")
    auditor.get("/queue")
    address = f"/api/v1/tickets/{numbers(busy.ctx)[0]}/corrections"
    token, other = {"X-CSRF-Token": agent.token}, {"X-CSRF-Token": auditor.token}
    cases = [
        (Browser(app).client.get("/api/v1/tickets"), 401, "sign-in-needed"),
        (auditor.client.post(address, json={}, headers=other), 403, "not-permitted"),
        (agent.client.post(address, json={}), 403, "forged"),
        (agent.client.get("/api/v1/tickets/1"), 404, "not-found"),
        (agent.client.get("/api/v1/nothing"), 404, "not-found"),
        (agent.client.get("/api/v1/tickets?limit=0"), 422, "bad-input"),
        (agent.client.get("/api/v1/tickets?state=odd"), 422, "bad-input"),
        (agent.client.post(address, json={"fields": {"type": "天气"}}, headers=token), 422, "bad-input"),
        (agent.client.post(address, content=b"{", headers=token), 422, "bad-input"),
    ]
    for answer, status, title in cases:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (answer.status_code, problem["status"], problem["title"]) == (status, status, title)
        assert problem["type"] == f"urn:huiying:problem:{title}" and "detail" in problem
    assert not busy.ticket(numbers(busy.ctx)[0]).corrections


def test_the_api_describes_itself(agent):
    """OpenAPI lists the API and none of the pages."""
    paths = agent.get("/api/v1/openapi.json").json()["paths"]
    assert set(paths) == {
        "/api/v1/articles",
        "/api/v1/articles/{number}",
        "/api/v1/articles/{number}/steps",
        "/api/v1/articles/{number}/versions/{version}",
        "/api/v1/customers/merges",
        "/api/v1/customers/unmerges",
        "/api/v1/links",
        "/api/v1/messages",
        "/api/v1/model/weeks",
        "/api/v1/several",
        "/api/v1/tasks",
        "/api/v1/tickets/{number}/tasks",
        "/api/v1/tasks/{task_id}",
        "/api/v1/teach",
        "/api/v1/tickets",
        "/api/v1/tickets/{number}",
        "/api/v1/tickets/{number}/alike",
        *(f"/api/v1/tickets/{{number}}/{name}" for name in HANDLING),
        "/api/v1/tickets/{number}/corrections",
        "/api/v1/unlinks",
    }


def post_message(agent: Browser, key: str = "call-1", **changed: object):
    agent.get("/queue")
    body: dict[str, object] = {"channel": "phone", "text": "系统无法登录，一直报错", "name": "周敏"}
    body |= {"address": "zhou@example.cn", **changed}
    headers = {"X-CSRF-Token": agent.token, **({"Idempotency-Key": key} if key else {})}
    return agent.client.post("/api/v1/messages", json=body, headers=headers)


def test_a_logged_call_is_a_ticket_with_its_number_in_the_answer(agent, office):
    """It is decided, promised and acknowledged as a mail is, and its channel is what it was."""
    answer = post_message(agent, files=[{"name": "截图.png", "type": "image/png", "content": "iVBORw0="}])
    assert answer.status_code == 201, answer.text
    detail = office.ticket(answer.json()["number"])
    assert (detail.ticket.channel, detail.ticket.mailbox) == ("phone", "service")
    assert detail.customer is not None and detail.customer.name == "周敏"
    assert detail.decisions[0].decision.facts.channel == "phone" and detail.promises
    [message] = detail.messages
    assert message.text == "系统无法登录，一直报错"
    assert [(one.name, one.type, one.size) for one in message.attachments] == [("截图.png", "image/png", 5)]
    office.work()
    assert [letter.state for letter in office.letters()] == ["sent"]


def test_the_same_key_files_once(agent, office, clock):
    """A program that heard no answer asks again and hears the same; another message under that key is refused."""
    first = post_message(agent)
    clock.advance(seconds=40)
    again = post_message(agent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = post_message(agent, text="另一件事")
    assert other.status_code == 409 and other.json()["title"] == "conflict"
    assert post_message(agent, "call-2").json()["number"] != first.json()["number"]
    assert office.totals()["tickets"] == 2


def test_a_message_without_an_address_is_filed_and_says_why_no_letter_goes(agent, office):
    """A caller need not have one."""
    answer = post_message(agent, address="", channel="visit").json()
    assert answer["number"] and answer["silent_because"] == "no-sender"
    assert office.ticket(answer["number"]).ticket.channel == "visit"


def test_messages_that_cannot_be_meant_are_refused(agent, auditor, office):
    """Without key or text, from the future, by mail, with an address that is none, by who may not work."""
    cases = [
        (post_message(agent, key=""), 422),
        (post_message(agent, text=" "), 422),
        (post_message(agent, at="2027-01-01T00:00:00Z"), 422),
        (post_message(agent, at="2026-01-01T00:00:00"), 422),
        (post_message(agent, channel="email"), 422),
        (post_message(agent, channel="pigeon"), 422),
        (post_message(agent, address="zhou at example"), 422),
        (post_message(agent, address="a@b.cn\nBcc: c@d.cn"), 422),
        (post_message(agent, mailbox="nobody"), 404),
        (post_message(auditor), 403),
    ]
    assert [answer.status_code for answer, _ in cases] == [status for _, status in cases]
    assert office.totals()["mails"] == 0


def test_nothing_that_is_said_becomes_a_header(agent, office):
    """Line breaks in a subject, a name or a file's name stay words."""
    answer = post_message(
        agent,
        subject="价格\r\nAuto-Submitted: auto-replied",
        name="周\n敏",
        files=[{"name": "a\r\nb.txt", "type": "text/plain", "content": "aGk="}],
    )
    detail = office.ticket(answer.json()["number"])
    assert detail.ticket.subject == "价格 Auto-Submitted: auto-replied"
    assert detail.letters and detail.messages[0].attachments[0].name == "a b.txt"


def test_files_are_limited_together(agent, office, monkeypatch):
    """One file below the limit passes, two of them are too much."""
    monkeypatch.setattr(v1, "MOST_OCTETS", 5)
    one = {"name": "a.txt", "type": "text/plain", "content": "aGk0"}
    assert post_message(agent, files=[one, one]).status_code == 422
    assert post_message(agent, files=[one]).status_code == 201


@pytest.mark.parametrize("content", ["aGk", "aGk0*", "aG k0", "aGk=aGk=", "你好"])
def test_a_damaged_file_is_refused(agent, office, content):
    """It would be stored as another one, with 201."""
    one = {"name": "a.txt", "type": "text/plain", "content": content}
    assert post_message(agent, files=[one]).status_code == 422
    assert office.totals()["mails"] == 0


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z"])
def test_no_message_is_older_than_this_century(agent, at):
    """A time that cannot be told in the desk's zone is the caller's mistake."""
    assert post_message(agent, at=at).status_code == 422

"""The REST API: what programs read and write, and how they are told that something is wrong."""

from __future__ import annotations

from tests.factories.console import Browser, numbers


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


def test_a_ticket_carries_its_reasons(agent, busy):
    """Each choice says by whom and because of what; contact data is not part of it."""
    number = numbers(busy.ctx)[0]
    answer = agent.get(f"/api/v1/tickets/{number}")
    ticket = answer.json()
    assert ticket["choices"]["type"]["by"] == "rule" and "规则" in ticket["choices"]["type"]["because"]
    assert {p["clock"] for p in ticket["promises"]} >= {"first_response", "resolution"}
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
    assert set(paths) == {"/api/v1/tickets", "/api/v1/tickets/{number}", "/api/v1/tickets/{number}/corrections"}

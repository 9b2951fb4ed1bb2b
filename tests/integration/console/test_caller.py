"""Who asks: what the limits count, what a proxy hides, and what of an address never reaches the log."""

from __future__ import annotations

import io
import logging

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from huiying.app.logs import OneLine
from huiying.console.caller import is_hidden, network_of
from huiying.console.throttle import MOST_FOR_ADDRESS
from tests.factories.console import PASSWORD, a_console


def asked(client: str, **headers: str) -> Request:
    pairs = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (client, 5), "headers": pairs, "scheme": "http", "path": "/"})


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_what_is_counted(client, network):
    """An address of IPv4, also where it comes as IPv6; of IPv6 the network that one household has."""
    assert network_of(asked(client)) == network


def test_one_household_is_paused_whichever_address_it_takes(app, office):
    """Every failure from another address of one /64; the next network goes on."""

    def sign_in(client: str, name: str, password: str) -> int:
        browser = TestClient(app, client=(client, 5))
        form = {"name": name, "password": password}
        return browser.post("/sign-in", data=form, follow_redirects=False).status_code

    for place in range(MOST_FOR_ADDRESS):
        assert sign_in(f"2001:db8::{place:x}", f"guess{place}", "nope") == 403
    assert sign_in("2001:db8::ffff", "li", PASSWORD) == 429
    assert sign_in("2001:db8:0:1::1", "li", PASSWORD) == 303


@pytest.mark.parametrize(
    ("client", "headers", "hidden"),
    [
        ("192.0.2.7", {}, False),
        ("127.0.0.1", {"Host": "localhost:8080"}, False),
        ("127.0.0.1", {"Host": "127.0.0.1:8080"}, False),
        ("192.0.2.7", {"Host": "desk.example.com", "X_Forwarded_For": "192.0.2.7"}, False),
        ("192.0.2.7", {"X_Forwarded_For": "192.0.2.9, 192.0.2.7:4711"}, False),
        ("2001:db8::1", {"X_Forwarded_For": "[2001:db8::1]:4711"}, False),
        ("10.88.0.1", {"X_Forwarded_For": "192.0.2.7"}, True),
        ("10.88.0.1", {"X_Forwarded_Proto": "https"}, True),
        ("127.0.0.1", {"Host": "desk.example.com"}, True),
    ],
)
def test_a_proxy_hides_who_asks(client, headers, hidden):
    """Not believed, or silent; a believed one has its visitor's address put in its place by the server."""
    assert is_hidden(asked(client, **headers)) is hidden


def proxy_lines(office) -> list[dict[str, str]]:
    with office.ctx.store.read() as tx:
        return [dict(row.details) for row in tx.views.audit("console:proxy", "", 10).rows]


def test_the_trail_says_once_that_a_proxy_hides(app, office):
    """However many sign in; people who come without a proxy do not take it back."""
    for client, headers in (
        ("192.0.2.7", {}),
        ("10.88.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("192.0.2.7", {}),
        ("10.88.0.1", {"X-Forwarded-For": "192.0.2.8"}),
        ("192.0.2.7", {"X-Forwarded-For": "192.0.2.7"}),
    ):
        browser = TestClient(app, client=(client, 5))
        browser.post("/sign-in", data={"name": "li", "password": PASSWORD}, headers=headers)
    assert proxy_lines(office) == [{"hides": "yes", "proxy": "10.88.0.1"}]


def test_the_next_start_sees_that_it_was_mended(app, office):
    """Whom we believe is read when the process starts."""
    form = {"name": "li", "password": PASSWORD}
    headers = {"X-Forwarded-For": "192.0.2.7"}
    TestClient(app, client=("10.88.0.1", 5)).post("/sign-in", data=form, headers=headers)
    again = a_console(office.ctx)
    for _ in range(2):
        TestClient(again, client=("192.0.2.7", 5)).post("/sign-in", data=form, headers=headers)
    assert proxy_lines(office) == [{"hides": "no"}, {"hides": "yes", "proxy": "10.88.0.1"}]


def test_behind_a_tls_proxy_the_cookie_is_secure(app, office):
    """Also where the proxy is not believed for anything else."""
    browser = TestClient(app, client=("10.88.0.1", 5))
    answer = browser.post(
        "/sign-in",
        data={"name": "li", "password": PASSWORD},
        headers={"X-Forwarded-Proto": "https"},
        follow_redirects=False,
    )
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_failing_page_logs_its_route_and_not_its_link(app, office, monkeypatch, capfd):
    """The links of letters let their customer in: a bug of ours writes them down nowhere, nor the values at hand."""

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("huiying.console.pages.result.asked", fail)
    monkeypatch.setattr("huiying.console.pages.portal.standing", fail)
    browser = TestClient(app, raise_server_exceptions=False)
    said = logging.StreamHandler(io.StringIO())
    said.setFormatter(OneLine())
    # Every logger's lines are looked at, but for the test's own client, which tells whom it asks.
    monkeypatch.setattr(logging.getLogger("huiying"), "handlers", [])
    monkeypatch.setattr(logging.getLogger("huiying"), "propagate", True)
    monkeypatch.setattr(logging.getLogger(), "handlers", [said])
    monkeypatch.setattr(logging.getLogger("httpx2"), "disabled", True)
    for address in ("/r/t0ps3cret", "/help/t/t0ps3cret"):
        assert browser.get(address).status_code == 500
    text = said.stream.getvalue()
    assert "path=/r/{token}" in text and "path=/help/t/{tag}" in text and "RuntimeError: a bug" in text
    assert "t0ps3cret" not in text + "".join(capfd.readouterr())

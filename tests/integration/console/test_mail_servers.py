"""What people and monitors ask about mailboxes: numbers, the whole of a large mail, whether any mail was missed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from core.domain.errors import MailboxUnavailable
from core.domain.ledger import Stage
from core.domain.people import Role
from core.domain.settings import MailboxSettings
from huiying.flows.fetch_whole import fetch_whole
from huiying.flows.receive import receive
from huiying.flows.reconcile import Reconciled, reconcile
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import Office, a_mail
from tests.fakes.folder import MemoryFolder


class Servers:
    """Mail servers in memory: one folder; ``trouble`` is raised instead of an answer."""

    def __init__(self, office: Office) -> None:
        self.ctx = office.ctx
        self.folder = MemoryFolder()
        self.trouble: Exception | None = None

    def fetch(self, ledger_id: int, actor: str, /) -> int:
        return fetch_whole(self.ctx, self._connection(), ledger_id, actor)

    def reconcile(self, box: MailboxSettings, /, *, repair: bool) -> Iterator[Reconciled]:
        yield reconcile(self.ctx, box, self._connection(), repair=repair)

    def _connection(self) -> MemoryFolder:
        if self.trouble:
            raise self.trouble
        return self.folder


@pytest.fixture
def servers(office: Office) -> Servers:
    add_user(office.ctx, "boss", Role.ADMIN)
    servers = Servers(office)
    receive(office.ctx, office.ctx.desk().mailboxes[0], servers.folder)
    return servers


@pytest.fixture
def app(office: Office, servers: Servers):
    return a_console(office.ctx, servers=servers)


def seen(browser: Browser, name: str = "/outbox") -> Browser:
    browser.get(name)
    return browser


def finished(browser: Browser, page: str) -> str:
    """The job's last word: asked for as the page asks."""
    for _ in range(200):
        if "hx-get" not in page:
            return page
        address = page.split('hx-get="')[1].split('"', maxsplit=1)[0]
        time.sleep(0.02)
        page = browser.get(address).text
    raise AssertionError(page)


def audited(office: Office, subject: str) -> list[tuple[str, str]]:
    with office.ctx.store.read() as tx:
        return [(entry.actor, entry.action) for entry in tx.views.audit(subject, "", 20).rows]


class TestFetch:
    @pytest.fixture
    def begun(self, office: Office, servers: Servers):
        """A mail of which only the beginning is here."""
        servers.folder.largest, servers.folder.beginning = 1_000, 700
        servers.folder.arrive(a_mail(body="长" * 900), office.ctx.now())
        receive(office.ctx, office.ctx.desk().mailboxes[0], servers.folder)
        office.work()
        with office.ctx.store.read() as tx:
            (row,) = [tx.views.ledger_row(one.id) for one in ledger(office)]
        assert row is not None and row.stage == Stage.TOO_LARGE
        return row

    def test_an_agent_fetches_the_whole(self, browser, office: Office, begun) -> None:
        """A button on the mail's page; it is filed on the ticket it has, and who asked is written down."""
        agent = seen(browser("li"))
        assert f'action="/mails/{begun.id}/fetch"' in agent.get(f"/mails/{begun.id}").text
        page = agent.htmx(f"/mails/{begun.id}/fetch")
        assert page.status_code == 200
        assert "已取回" in finished(agent, page.text)
        office.work()
        again = office.row(begun.id)
        assert (again.stage, again.number) == ("filed", begun.number)
        assert ("li", "mail.fetched") in audited(office, f"mail:{begun.id}")
        assert "/fetch" not in agent.get(f"/mails/{begun.id}").text
        assert agent.htmx(f"/mails/{begun.id}/fetch").status_code == 422

    def test_a_server_that_is_away_is_told(self, browser, servers: Servers, begun) -> None:
        """In words; the mail stays as it was."""
        servers.trouble = MailboxUnavailable("away")
        servers.trouble.code = "unreachable"
        agent = seen(browser("li"))
        page = finished(agent, agent.htmx(f"/mails/{begun.id}/fetch").text)
        assert "连不上服务器" in page and "unreachable" in page

    def test_an_auditor_only_looks(self, auditor, begun) -> None:
        """No button, and no way around it."""
        assert "/fetch" not in auditor.get(f"/mails/{begun.id}").text
        assert auditor.htmx(f"/mails/{begun.id}/fetch").status_code == 403


def ledger(office: Office):
    from sqlalchemy import select

    from store.tables import raw_mail

    with office.ctx.store.read() as tx:
        return [office.row(row.ledger_id) for row in tx._unit.rows(select(raw_mail.c.ledger_id))]  # type: ignore[attr-defined]  # the store's own


class TestReconcile:
    def test_an_admin_compares_and_what_was_missed_is_kept(self, browser, office: Office, servers: Servers) -> None:
        """The button on the health page; the answer counts, and who asked is written down."""
        servers.folder.arrive(a_mail(), office.ctx.now())
        with office.ctx.store.write() as tx:
            tx.ledger.advance("service", "INBOX", 1, 1)
        with office.ctx.store.write() as tx:
            tx.workers.report("service", "ok")
        admin = seen(browser("boss"))
        assert 'action="/mailboxes/reconcile"' in admin.get("/health").text
        page = finished(admin, admin.htmx("/mailboxes/reconcile").text)
        assert "遗漏 1，补收 1" in page and "服务器上 1 封" in page
        office.work()
        assert office.totals()["tickets"] == 1
        assert ("boss", "mailbox.reconcile-asked") in audited(office, "mailbox:service")

    def test_agents_do_not(self, browser) -> None:
        """Nor see the button."""
        agent = seen(browser("li"))
        assert "/mailboxes/reconcile" not in agent.get("/health").text
        assert agent.htmx("/mailboxes/reconcile").status_code == 403

    def test_a_console_without_servers_has_no_button(self, office: Office) -> None:
        """Such as one in a test: there is nothing behind it."""
        add_user(office.ctx, "boss", Role.ADMIN)
        plain = Browser(a_console(office.ctx))
        plain.sign_in("boss")
        assert "/mailboxes/reconcile" not in plain.get("/health").text
        assert plain.htmx("/mailboxes/reconcile").status_code == 404


class TestReplayAll:
    def test_the_whole_quarantine_is_tried_again(self, browser, office: Office) -> None:
        """One button; each mail keeps its number and has its line in the audit trail."""
        rows = [office.bring(a_mail(mid=f"{n}", sender=f"{n}@example.cn", body=f"第{n}件"))[0] for n in range(3)]
        with office.ctx.store.write() as tx:
            for row in rows:
                tx.ledger.set_stage(row.id, Stage.SHUNTED, "error: ValueError")
        agent = seen(browser("li"))
        assert "全部重新处理" in agent.get("/quarantine").text
        assert "3 封已重新排队处理" in agent.htmx("/quarantine/replay").text
        office.work()
        assert [office.row(row.id).stage for row in rows] == ["filed"] * 3
        assert [office.row(row.id).number for row in rows] == [row.number for row in rows]
        assert all(("li", "mail.replay") in audited(office, f"mail:{row.id}") for row in rows)
        assert "全部重新处理" not in agent.get("/quarantine").text

    def test_an_auditor_only_looks(self, auditor) -> None:
        """Trying again changes tickets."""
        auditor.get("/quarantine")
        assert auditor.htmx("/quarantine/replay").status_code == 403


class TestMetrics:
    def asked(self, app, client: str = "127.0.0.1", **headers: str):
        return TestClient(app, client=(client, 5), base_url="http://localhost:8080").get("/metrics", headers=headers)

    def test_a_monitor_on_this_machine_reads_numbers(self, office: Office, app) -> None:
        """In the text format of Prometheus; of configured mailboxes only; no address and no text of anybody."""
        with office.ctx.store.write() as tx:
            tx.workers.report("service", "ok", announced=True)
            tx.workers.report("gone", "ok")
            tx.workers.lease("mailbox:service", office.ctx.worker, 60)
        office.keep(a_mail())
        answer = self.asked(app)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        numbers = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
        assert numbers["huiying_mails_unfiled"] == "1.0"
        assert float(numbers["huiying_mail_oldest_unfiled_seconds"]) >= 0
        assert numbers['huiying_mailbox_up{mailbox="service"}'] == "1.0"
        assert 'huiying_mailbox_announced_seconds{mailbox="service"}' in numbers
        assert 'huiying_mailbox_read{holder="test:1",mailbox="service"}' in numbers
        assert numbers['huiying_letters{state="queued"}'] == "0.0"
        assert '"gone"' not in answer.text and "wang" not in answer.text

    @pytest.mark.parametrize(
        ("client", "headers"),
        [
            ("192.0.2.7", {}),
            ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
            ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}),
            ("127.0.0.1", {"X-Forwarded-Proto": "https"}),
            ("127.0.0.1", {"Host": "desk.example.com"}),
            ("127.0.0.1", {"Host": "[::1"}),
            # What uvicorn puts in the place of a proxy that it believes; the proxy's own word stays.
            ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
            ("testclient", {}),
        ],
    )
    def test_nobody_else_does(self, app, client: str, headers: dict[str, str]) -> None:
        """Nor through a proxy on this machine."""
        assert self.asked(app, client, **headers).status_code == 404

    def test_with_a_token_only_who_shows_it(self, office: Office) -> None:
        """From anywhere, this machine included."""
        app = a_console(office.ctx, metrics_token=lambda: "s3cret")
        assert self.asked(app).status_code == 404
        assert self.asked(app, Authorization="Bearer wrong").status_code == 404
        assert self.asked(app, "192.0.2.7", Authorization="Bearer s3cret").status_code == 200

    def test_a_token_that_cannot_be_read_lets_nobody_in(self, office: Office) -> None:
        """The answer says that it is our trouble."""

        def missing() -> str:
            raise MailboxUnavailable("no such file")

        assert self.asked(a_console(office.ctx, metrics_token=missing)).status_code == 503

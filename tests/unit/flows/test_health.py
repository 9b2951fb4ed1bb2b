"""What the health strip warns of: everything that ends by itself, days before it does."""

from __future__ import annotations

from datetime import date, timedelta

from core.domain.views import HealthFacts, MailboxFacts, TokenFacts
from huiying.flows.health import Health, judge

DAY = 86_400.0


def judged(facts: HealthFacts, **secrets: timedelta) -> Health:
    return judge(facts, known_until=date(2026, 12, 31), today=date(2026, 3, 5), secrets=secrets)


def codes(health: Health) -> list[tuple[str, str]]:
    return [(code, level) for code, _, _, level in health.items]


def reader(days: float | None) -> MailboxFacts:
    left = None if days is None else days * DAY
    return MailboxFacts(mailbox="service", state="ok", silent_s=1.0, certificate_s=left)


def token(days: float | None, trouble: str = "") -> TokenFacts:
    return TokenFacts(mailbox="service", trouble=trouble, refresh_s=None if days is None else days * DAY)


def test_what_lasts_is_not_mentioned():
    """Neither what ends in weeks nor what has no end."""
    facts = HealthFacts(readers=(reader(15), reader(None)), tokens=(token(30), token(None)))
    assert codes(judged(facts, service=timedelta(days=15))) == [("ok", "ok")]


def test_what_ends_soon_is_a_warning_with_its_days():
    """In both languages, with the mailbox's name and what helps."""
    health = judged(HealthFacts(readers=(reader(9.5),), tokens=(token(3),)), service=timedelta(days=14))
    assert codes(health) == [("certificate-ends", "warn"), ("token-ends", "warn"), ("secret-ends", "warn")]
    assert health.items[0][1:3] == (
        "邮箱 service 的服务器证书还有 9 天到期。请邮箱服务商或管理员更新",
        "The server's certificate of mailbox service ends in 9 days; whoever runs the server renews it",
    )


def test_the_outgoing_servers_certificate_has_words_of_its_own():
    """Both ends of one mailbox may have one."""
    ends = HealthFacts(outgoing=(("service", 9 * DAY), ("sales", 15 * DAY)))
    [(code, zh, en, _)] = judged(ends).items
    assert (code, zh) == (
        "certificate-out-ends",
        "邮箱 service 的发信服务器证书还有 9 天到期。请邮箱服务商或管理员更新",
    )
    assert (
        en == "The outgoing server's certificate of mailbox service ends in 9 days; whoever runs the server renews it"
    )
    assert codes(judged(HealthFacts(outgoing=(("service", 0.0),)))) == [("certificate-out-ended", "error")]


def test_what_has_ended_is_an_error():
    """A refused refresh token too: only a person can help."""
    facts = HealthFacts(readers=(reader(-1),), tokens=(token(0), token(None, "invalid_grant")))
    assert codes(judged(facts)) == [("certificate-ended", "error"), ("token-ended", "error"), ("login-needed", "error")]


def test_a_program_that_is_shut_out_is_told_for_fourteen_days_before_and_after():
    """As a warning: mail flows on."""
    for days, said in (
        (14.5, "ok"),
        (14, "api-token-ends"),
        (0, "api-token-ended"),
        (-13, "api-token-ended"),
        (-14, "ok"),
    ):
        report = judge(
            HealthFacts(), known_until=date(2026, 12, 31), today=date(2026, 3, 5), programs=(("portal", days * DAY),)
        )
        assert codes(report) == [(said, "ok" if said == "ok" else "warn")], days


def test_the_end_of_the_known_year_is_told_sixty_days_before():
    """Not a day earlier; afterwards it is still told."""
    until = date(2026, 12, 31)
    for today, said in ((date(2026, 11, 1), "ok"), (date(2026, 11, 2), "calendar"), (date(2027, 1, 5), "calendar")):
        [(code, _, en, _)] = judge(HealthFacts(), known_until=until, today=today).items
        assert code == said, today
    assert "2027" in en


def test_a_machine_with_an_old_key_ring_is_named():
    """What the new key seals waits there until somebody copies the file."""
    report = judge(HealthFacts(), known_until=date(2026, 12, 31), today=date(2026, 3, 5), old_rings=("mail-2",))
    [(code, zh, en, level)] = report.items
    assert (code, level) == ("key-ring-old", "warn") and "mail-2" in zh and "mail-2" in en

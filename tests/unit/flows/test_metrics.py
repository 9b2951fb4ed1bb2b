"""Numbers for a monitor: stable names, nothing that is not known, nothing about people."""

from __future__ import annotations

from core.domain.views import HealthFacts, MailboxFacts, TokenFacts
from huiying.flows.metrics import metrics


def test_what_is_not_known_is_not_there():
    """A mailbox without TLS has no certificate, one that signs in by password no token."""
    reader = MailboxFacts(mailbox="a", state="error:tls", silent_s=3.0, certificate_s=60.0, holder="h:1")
    facts = HealthFacts(
        oldest_unfiled_s=9.0,
        readers=(reader,),
        outgoing=(("a", 61.0),),
        tokens=(TokenFacts(mailbox="a", trouble="invalid_grant"),),
    )
    found = {(one.name, *sorted(one.labels.values())): one.value for one in metrics(facts, "error")}
    assert found["huiying_health_level",] == 2.0
    assert found["huiying_mail_oldest_unfiled_seconds",] == 9.0
    assert found["huiying_mailbox_up", "a"] == 0.0
    assert found["huiying_mailbox_certificate_seconds", "a"] == 60.0
    assert found["huiying_mailbox_certificate_out_seconds", "a"] == 61.0
    assert found["huiying_mailbox_read", "a", "h:1"] == 1.0
    assert found["huiying_mailbox_signed_in", "a"] == 0.0
    assert not [name for name, *_ in found if "announced" in name or "token_seconds" in name]


def test_a_name_has_one_meaning_and_one_set_of_labels():
    """As the format wants it."""
    many = tuple(MailboxFacts(mailbox=name, state="ok", silent_s=0.0, announced_s=1.0) for name in "ab")
    shapes: dict[str, set[tuple[str, ...]]] = {}
    for one in metrics(HealthFacts(readers=many), "ok"):
        shapes.setdefault(one.name, set()).add((one.says, *one.labels))
    assert all(len(found) == 1 for found in shapes.values())

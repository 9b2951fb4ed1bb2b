"""Looks up for several mails at once what decides whose they are: one query a kind instead of one a mail, since the way
to the database and back costs more than most of these look-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, select

from core.domain.mail import ParsedMail
from store.prepared import PreparedList
from store.tables import customer, message, message_reference
from store.unit import Unit

MOST_IDS = 20
"""So many Message-IDs of a mail are looked up with the others'; what a longer thread names is looked up by itself."""

Found = Mapping[Any, Sequence[Row[Any]]]
_REFERENCES = PreparedList(
    lambda digests: select(message_reference.c.digest, message_reference.c.kind, message_reference.c.ticket_id).where(
        message_reference.c.digest.in_(digests)
    )
)
_CUSTOMERS = PreparedList(lambda keys: select(customer).where(customer.c.address_key.in_(keys)))
_COPIES = PreparedList(
    lambda contents, names: (
        select(message.c.content_key, message.c.message_id, message.c.ticket_id, message.c.id)
        .where(message.c.content_key.in_(contents), message.c.message_id.in_(names))
        .order_by(message.c.id)
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Rows by what was asked for: digest of a Message-ID, digest of an address, and (content key, Message-ID). A key
    that is missing was not asked for."""

    references: Found = field(default_factory=dict)
    customers: Found = field(default_factory=dict)
    copies: Found = field(default_factory=dict)


def look_ahead(unit: Unit, mails: Sequence[ParsedMail]) -> Ahead:
    """What the look-ups about these mails will ask for."""
    seal = unit.seal
    names = {name for mail in mails for name in (mail.message_id, *mail.named_ids[:MOST_IDS]) if name}
    senders = {mail.sender.key for mail in mails if mail.sender}
    contents = {(mail.content_key, mail.message_id): None for mail in mails}
    references = [seal.reference(name) for name in names]
    customers = [seal.address_key(key) for key in senders]
    return Ahead(
        references=_found(references, unit.rows(*_REFERENCES.of(references)) if references else (), "digest"),
        customers=_found(customers, unit.rows(*_CUSTOMERS.of(customers)) if customers else (), "address_key"),
        copies=_found(
            list(contents), unit.rows(*_COPIES.of(*zip(*contents, strict=True))), "content_key", "message_id"
        ),
    )


def _found(keys: Sequence[Any], rows: Sequence[Row[Any]], *columns: str) -> Found:
    """The rows by their key, and nothing for the other keys."""
    of = attrgetter(*columns)
    found: dict[Any, list[Row[Any]]] = {key: [] for key in keys}
    for row in rows:
        # Two lists behind IN also find one mail's content under another's name.
        found.setdefault(of(row), []).append(row)
    return found

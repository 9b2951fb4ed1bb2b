"""The condition ``recipients``: an address or domain that a mail was sent to, Cc included."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look
from rules.operators.addresses import in_domain, read_addresses, read_domains


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientsInclude(Plain):
    """At least one recipient is one of the addresses or of one of the domains."""

    addresses: frozenset[str]
    domains: frozenset[str]

    def holds(self, look: Look) -> bool:
        everyone, to = look.message.recipients, look.facts.to
        if to >= 0 and self.word != "recipients":
            everyone = everyone[:to] if self.word == "to" else everyone[to:]
        return any(one.key in self.addresses or in_domain(one.domain, self.domains) for one in everyone)


def read(reader: Reader, node: Node, _: Making) -> RecipientsInclude | None:
    return read_recipients(reader, node, "recipients")


def read_recipients(reader: Reader, node: Node, word: str) -> RecipientsInclude | None:
    """``recipients`` are all, ``to`` and ``cc`` those of that header."""
    entries = reader.mapping(node, (word, word), optional=("address", "domain"))
    if not entries:
        return None
    return RecipientsInclude(
        word=word,
        line=node.line,
        addresses=read_addresses(reader, entries.get("address")),
        domains=read_domains(reader, entries.get("domain")),
    )

"""The condition ``sender``: the address, domain or name that a mail came from."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.lexicon import fold_for_matching
from rules.looking import Look
from rules.operators.addresses import in_domain, read_addresses, read_domains
from rules.operators.folded import read_folded


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderIs(Plain):
    """The sender is one of the addresses or of one of the domains, and has one of the words in his name; what is not
    written does not matter."""

    addresses: frozenset[str]
    domains: frozenset[str]
    names: tuple[str, ...]

    def holds(self, look: Look) -> bool:
        sender = look.message.sender
        if sender is None:
            return False
        name = fold_for_matching(sender.name) if self.names else ""
        anybody = not self.addresses and not self.domains
        return (anybody or sender.key in self.addresses or in_domain(sender.domain, self.domains)) and (
            not self.names or any(word in name for word in self.names)
        )

    def quotes(self, look: Look) -> tuple[Words, ...]:
        """Only the domain is told: a decision must not keep an address."""
        sender = look.message.sender
        return (Words(where="sender", text=f"@{sender.domain}"),) if sender is not None else ()


def read(reader: Reader, node: Node, _: Making) -> SenderIs | None:
    entries = reader.mapping(node, ("sender", "sender"), optional=("address", "domain", "name"))
    if not entries:
        return None
    return SenderIs(
        word="sender",
        line=node.line,
        addresses=read_addresses(reader, entries.get("address")),
        domains=read_domains(reader, entries.get("domain")),
        names=read_folded(reader, entries.get("name"), "name"),
    )

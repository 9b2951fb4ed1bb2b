"""What a rule may look at: the message, the facts beside it and, in the second pass, the suggestion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.decision import By, Facts
from core.domain.suggestion import Suggestion
from core.domain.ticket import Message
from rules.lexicon import Field, Lexicon

SUBJECT, OWN, BODY = "subject", "own", "body"


@dataclass(slots=True, kw_only=True)
class Look:
    """One message under the rules' eyes; each text field is folded and searched once, when first asked for.

    ``own`` is what the writer wrote himself (without quote and signature; everything when that is empty),
    ``body`` everything visible. ``known`` is what rules of the first pass have set.
    """

    message: Message
    facts: Facts
    lexicon: Lexicon
    suggestion: Suggestion | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    _fields: dict[str, Field] = field(default_factory=dict)

    def field(self, name: str) -> Field:
        if name == BODY and self.message.reply in ("", self.message.text):
            name = OWN
        found = self._fields.get(name)
        if found is None:
            found = self._fields[name] = self.lexicon.scan(*self._source(name))
        return found

    def value(self, name: str) -> str:
        """What a field is by now: by an agent, by a rule of the first pass, as it stands, or by the model."""
        standing = dict(self.facts.fields).get(name, "")
        if standing and dict(self.facts.decided_by).get(name) == By.AGENT:
            return standing
        said = self.suggestion.fields.get(name) if self.suggestion is not None else None
        return self.known.get(name, "") or standing or (said.value if said is not None else "")

    def _source(self, name: str) -> tuple[str, str]:
        if name == SUBJECT:
            return "subject", self.message.subject
        if name == OWN and self.message.reply:
            return "reply", self.message.reply
        return "text", self.message.text

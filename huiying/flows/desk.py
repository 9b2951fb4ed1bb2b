"""The desk: one bundle compiled, ready to decide, promise and write letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.domain.article import KnowledgeSettings
from core.domain.bundle import BundleFiles
from core.domain.calendar import BusinessCalendar
from core.domain.care_plan import CareSettings
from core.domain.letter import LettersMode
from core.domain.notice import NotifySettings
from core.domain.numbering import Numbering
from core.domain.people import PeopleSettings
from core.domain.retention import RetentionSettings
from core.domain.settings import MailboxSettings
from core.domain.taxonomy import Taxonomy
from huiying.flows.suggest import Newcomers
from ingest.said import Understanding
from responder.choice import PolicyChoice
from responder.letters import LetterBook
from responder.phrases import Phrase
from responder.policies import Policy
from responder.reasons import Reasons
from responder.states import StateTable
from responder.task_book import TaskBook
from rules.book import RuleBook
from rules.orders import POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a bundle says, checked as a whole; ``policy`` and ``calendar`` are the chosen ones, ``words`` those
    of its word lists that a segmenter must keep whole."""

    bundle: str
    files: BundleFiles
    taxonomy: Taxonomy
    mailboxes: tuple[MailboxSettings, ...]
    policies: Mapping[str, Policy]
    policy: Policy
    calendars: Mapping[str, BusinessCalendar]
    calendar: BusinessCalendar
    book: RuleBook
    letters: LetterBook
    states: StateTable
    phrases: tuple[Phrase, ...]
    reasons: Reasons
    words: tuple[str, ...]
    newcomers: Newcomers
    notify: NotifySettings
    retention: RetentionSettings
    care: CareSettings
    tasks: TaskBook
    knowledge: KnowledgeSettings
    people: PeopleSettings
    choices: tuple[PolicyChoice, ...] = ()
    understanding: Understanding
    numbering: Numbering

    def mailbox(self, name: str) -> MailboxSettings | None:
        return next((box for box in self.mailboxes if box.name == name), None)

    def letters_mode(self, mailbox: str) -> LettersMode:
        """What is in force for a mailbox's letters; one that is no more has the switch of all."""
        box = self.mailbox(mailbox)
        return self.letters.fixed.switch if box is None else box.letters

    def choice_for(self, facts: Mapping[str, str]) -> PolicyChoice | None:
        """The exception of ``sla/policy.yaml`` that fits a ticket's fields, mailbox and level, if one does."""
        return next((choice for choice in self.choices if choice.fits(facts)), None)

    def serving(self, facts: Mapping[str, str]) -> Desk:
        """The desk with the policy and calendar of the first choice that fits a ticket's fields, mailbox and level; a
        policy that a rule set for the ticket comes before them, as long as the desk has it."""
        chosen = self.choice_for(facts)
        ruled = self.policies.get(facts.get(POLICY, ""))
        if chosen is None:
            return self if ruled is None else replace(self, policy=ruled)
        policy = ruled or chosen.policy or self.policy
        return replace(self, policy=policy, calendar=chosen.calendar or self.calendar, choices=())

"""What one cell of a sheet says of a ticket, in one language; nothing is made up, and no contact data are whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core.domain.part import PartState
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.sheet import SheetCase
from core.domain.task import Task
from core.domain.ticket import FINAL_STATES, Direction, Message, State, Ticket
from core.domain.vote import Vote
from core.text.mask import mask, mask_address, mask_phone
from huiying.flows.correct import last_standing
from huiying.flows.desk import Desk
from huiying.flows.vote import CUSTOMER
from responder.plain import many_lines
from responder.states import SYSTEM

Cell = str | int | float | date | datetime
LONGEST_CELL = 4_000
"""Characters of a text."""
ENDED = (State.RESOLVED, State.CLOSED, State.ARCHIVED)
"""Where a ticket has its result."""
_ASIDE = (State.MERGED, State.WITHDRAWN, State.INVALID)
_COARSE_TOPICS = {"产品质量": ("产品", "Product"), "服务质量": ("服务", "Service")}
_OTHER = ("其他", "Other")
URGENT, INDIVIDUAL = ("紧急", "Urgent"), ("个性化", "Individual")
_SETTLED = (PromiseState.SUPERSEDED, PromiseState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWords:
    """``say`` are the words of the console in that language, ``people`` what each user is called."""

    desk: Desk
    language: str
    say: Mapping[str, str]
    people: Mapping[str, str]

    def pick(self, words: tuple[str, str]) -> str:
        """The Chinese words or the English ones."""
        return words[1 if self.language.startswith("en") else 0]

    def listed(self, words: Iterable[str]) -> str:
        """Each that says something, once."""
        return self.pick(("、", ", ")).join(dict.fromkeys(word for word in words if word))

    def told(self, what: str, words: str) -> str:
        """What it is, and its words where there are any."""
        return f"{what}{self.pick(('：', ': '))}{words}" if words else what

    def local(self, instant: datetime | None) -> Cell:
        """In the zone of the desk's calendar."""
        return instant.astimezone(self.desk.calendar.tz) if instant else ""

    def minute(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.desk.calendar.tz):%Y-%m-%d %H:%M}"

    def text(self, words: str) -> str:
        """What somebody wrote, without control characters and not without end."""
        plain = many_lines(words, LONGEST_CELL)
        return plain + "…" if len(words) > LONGEST_CELL else plain

    def label(self, ticket: Ticket, field: str) -> str:
        value = ticket.fields.get(field, "")
        return self.desk.taxonomy.label(field, value, self.language) if value else ""

    def state(self, ticket: Ticket) -> str:
        return self.say[f"state.{ticket.state.value}"]

    def person(self, name: str) -> str:
        if name in (SYSTEM, CUSTOMER):
            return self.pick(("系统", "System") if name == SYSTEM else ("客户", "Customer"))
        return self.people.get(name) or name

    def customer(self, case: SheetCase) -> str:
        """The company, else the person."""
        one = case.customer
        return mask(one.company or one.name) if one else ""

    def contact(self, case: SheetCase) -> str:
        """The person, with his form of address where an agent knows it."""
        one = case.customer
        if one is None:
            return ""
        return f"{mask(one.name)}（{one.form}）" if one.form and one.name else mask(one.name)

    def whole_customer(self, case: SheetCase) -> str:
        """Company, person and level."""
        level = self.level(case)
        return " · ".join(dict.fromkeys(part for part in (self.customer(case), self.contact(case), level) if part))

    def reach(self, case: SheetCase) -> str:
        """Telephone and address, masked."""
        one = case.customer
        if one is None:
            return ""
        address = mask_address(one.address.address) if one.address else ""
        return " ".join(part for part in (mask_phone(one.phone) if one.phone else "", address) if part)

    def level(self, case: SheetCase) -> str:
        one = case.customer
        return self.desk.taxonomy.label("level", one.level, self.language) if one else ""

    def collector(self, case: SheetCase) -> str:
        """Who logged it, or confirmed what was understood; else the system, by the way on which it came."""
        logged = (line.actor for line in case.trail if line.action == "message.taken-in")
        confirmed = last_standing(case.corrections)
        who = next(logged, confirmed.agent if confirmed else "")
        if who and who not in (SYSTEM, CUSTOMER):
            return self.person(who)
        return f"{self.person(SYSTEM)}({self.channel(case.ticket)})"

    def channel(self, ticket: Ticket) -> str:
        return self.say[f"channel.{ticket.channel}"]

    def own_words(self, case: SheetCase) -> str:
        """The customer's first words."""
        first = next((one for one in case.messages if one.direction is Direction.IN), None)
        return self.text(first.reply or first.text) if first else ""

    def orders(self, case: SheetCase) -> str:
        said = (one.said for one in case.messages if one.direction is Direction.IN)
        return self.listed(order for one in said for order in one.orders)

    def departments(self, case: SheetCase) -> str:
        """The team in charge, and those that owe or have given a part."""
        parts = (each.department for each in case.parts if each.state is not PartState.CANCELLED)
        return self.listed((case.ticket.fields.get("team", ""), *parts))

    def folded(self, ticket: Ticket) -> str:
        """待处理, 处理中 or 已完成 (B5), and the state itself where that says more."""
        if ticket.state is State.NEW:
            return self.pick(("待处理", "To do"))
        if ticket.state in FINAL_STATES:
            done = self.pick(("已完成", "Done"))
            return f"{done}({self.state(ticket)})" if ticket.state in _ASIDE else done
        working = self.pick(("处理中", "In progress"))
        return working if ticket.state is State.OPEN else f"{working}({self.state(ticket)})"

    def solution(self, case: SheetCase) -> str:
        """The reason with which a person moved the ticket there, else our last words before that."""
        ticket, ended = case.ticket, case.ticket.resolved or case.ticket.closed
        if ticket.state not in ENDED or ended is None:
            return ""
        moves = (dict(one.details) for one in case.trail if one.action == "ticket.moved" and one.at >= ended)
        reasons = {move.get("state", ""): move.get("reason", "") for move in moves}
        told = [one.reply or one.text for one in case.messages if one.direction is Direction.OUT and one.at <= ended]
        words = (reasons.get(State.RESOLVED), told[-1] if told else "", reasons.get(State.CLOSED))
        return self.text(next((each for each in words if each), ""))

    def first_responder(self, case: SheetCase) -> str:
        """Who was the first to write to the customer, or to reach him by telephone."""
        first = next((one for one in case.messages if _answers(one)), None)
        return first.sender.name if case.ticket.first_response and first and first.sender else ""

    def type_of_c(self, ticket: Ticket) -> str:
        """C's five words 咨询, 问题反馈, 投诉, 紧急, 个性化: a complaint is one however urgent; what is none of the
        five keeps its own name."""
        taxonomy, type_ = self.desk.taxonomy, ticket.fields.get("type", "")
        if taxonomy.means("type", type_, "投诉"):
            return self.label(ticket, "type")
        if taxonomy.means("urgency", ticket.fields.get("urgency", ""), "紧急"):
            return self.pick(URGENT)
        if taxonomy.means("type", type_, "功能需求", "服务需求", "合作需求"):
            return self.pick(INDIVIDUAL)
        return self.label(ticket, "type")

    def coarse_topic(self, ticket: Ticket) -> str:
        """产品, 服务 or 其他 (B5)."""
        topic = ticket.fields.get("topic", "")
        found = (words for key, words in _COARSE_TOPICS.items() if self.desk.taxonomy.means("topic", topic, key))
        return self.pick(next(found, _OTHER))

    def due(self, case: SheetCase, clock: Clock) -> datetime | None:
        """By when it was owed, as the customer was told."""
        owed = [one for one in case.promises if one.clock is clock and one.state not in _SETTLED]
        return owed[-1].owed if owed else None

    def clocks(self, case: SheetCase) -> str:
        """What is or was owed after the first response, and by when."""
        owed = [one for one in case.promises if one.state not in _SETTLED and one.clock not in _AT_FIRST]
        return "\n".join(f"{self._clock(one)} {self.minute(one.owed)}" for one in sorted(owed, key=_by_time))

    def planned(self, case: SheetCase, because: str) -> str:
        """The tasks that a call or visit has made: what, by when, and what became of it."""
        return "\n".join(self._task(one) for one in case.tasks if one.because.startswith(because))

    def _task(self, one: Task) -> str:
        what = self.told(self.say[f"task.kind.{one.kind}"], one.words)
        return f"{what} {self.minute(one.due)} {self.say[f'task.state.{one.state}']}"

    def next_step(self, ticket: Ticket) -> str:
        if ticket.next_due is None:
            return ""
        return f"{self.say[f'clock.{ticket.next_clock}']} {self.minute(ticket.next_due)}"

    def said_of_result(self, vote: Vote, unhappy: tuple[str, str]) -> str:
        """The customer's word about the result, then his own words."""
        return self.told(self.pick(("满意", "Satisfied") if vote.satisfied else unhappy), self.text(vote.words))

    def remarks(self, case: SheetCase) -> str:
        """Why it was late, where it goes on, and why it came about."""
        known = self.desk.reasons.breach
        late = [(self._clock(one), known.get(one.breach)) for one in case.promises if one.breach]
        found = [self.told(clock, reason.words(self.language)) for clock, reason in late if reason]
        if case.into:
            how = ("并入", "Merged into") if case.ticket.state is State.MERGED else ("关联", "Linked to")
            found.append(f"{self.pick(how)} {case.into}")
        if case.analysis and case.analysis.cause in self.desk.reasons.cause:
            cause = self.desk.reasons.cause[case.analysis.cause].words(self.language)
            found.append(self.told(self.say["analysis.cause"], cause))
        if case.ticket.is_history:
            found.append(self.pick(("历史工单", "History")))
        return self.pick(("；", "; ")).join(found)

    def _clock(self, promise: Promise) -> str:
        return self.say[f"clock.{promise.clock.value}"]


_AT_FIRST = (Clock.ACKNOWLEDGEMENT, Clock.FIRST_RESPONSE)


def _by_time(promise: Promise) -> tuple[datetime, int]:
    return promise.owed, promise.id


def _answers(message: Message) -> bool:
    """Whether a person answered the customer by it."""
    return message.direction is Direction.OUT or message.verdict == "call:reached"

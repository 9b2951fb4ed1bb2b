"""What the desk knows of a customer: level, tags, company, form of address, number, account manager; his ticket
follows (DOMAIN 2 and 4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from core.domain.decision import By
from core.domain.errors import BadInput
from core.domain.filing import AuditEntry
from core.domain.key_date import KeyDate
from core.domain.phone import phone_key
from core.domain.priority import derive_priority
from core.domain.seen import seen
from core.domain.ticket import FORMS_OF_ADDRESS, OPEN_STATES, SERIES, Customer, Ticket
from core.text.mask import mask
from huiying.flows.account_manager import manager_of, require_manager
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.key_dates import read_key_dates
from huiying.flows.limits import recount
from huiying.flows.ports import Transaction

SETTABLE = ("level", "tags", "company", "industry", "form", "phone", "manager", "prefers", "consent")
DATES = "dates"
"""Beside these: his key dates, all of them at once."""
PREFERRED = {"email": "邮件", "phone": "电话", "chat": "在线会话", "visit": "上门", "meeting": "会议"}
"""偏好沟通方式, by its key: how a customer likes to be reached (DOMAIN 2 and 7)."""
NO_MORE = "-"
"""Takes a form of address, a number, a manager or a way away again."""
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,25}(?:(?:ext|x|转|轉) ?[0-9]{1,6})?", re.IGNORECASE)
_TITLE = re.compile(r"(?:先生|女士|小姐|太太|老师|經理|经理|总|總)$|^(?:mr|mrs|ms|miss)\.? ", re.IGNORECASE)
_FORMS = {"先生": "先生", "mr": "先生", "女士": "女士", "ms": "女士", NO_MORE: "", "": ""}
LONGEST, MOST_TAGS, FEWEST_DIGITS = 100, 20, 5
_SETTLED = (By.AGENT.value, By.RULE.value)
Values = dict[str, str | tuple[str, ...]]


def set_customer(ctx: Context, number: str, wanted: Mapping[str, str], actor: str) -> Customer:
    """The customer of that ticket as he is from now on; tags and key dates are separated by commas. An open ticket's
    priority and clocks follow, unless an agent or a rule set the priority. Raises ``NotFound`` for the ticket,
    ``BadInput`` for a value or a ticket without a customer."""

    dates = read_key_dates(wanted[DATES]) if DATES in wanted else None
    others = {name: word for name, word in wanted.items() if name != DATES}
    values = checked_values(ctx.desk(), others) if others or dates is None else {}

    def act(tx: Transaction, ticket: Ticket) -> Customer:
        return _set(ctx, tx, ticket, values, dates, actor)

    return change(ctx, number, act)


def _set(
    ctx: Context, tx: Transaction, ticket: Ticket, values: Values, dates: Sequence[KeyDate] | None, actor: str
) -> Customer:
    known = tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    if known is None:
        raise BadInput(f"工单 {ticket.number} 没有客户 (ticket {ticket.number} has no customer)")
    changed = replace(known, **values)  # type: ignore[arg-type]  # checked one by one by ``checked_values``
    if changed.manager != known.manager:
        require_manager(tx, changed.manager)
    dated = dates is not None and set_key_dates(tx, known, dates)
    if changed == known and not dated:
        return known
    tx.tickets.save_customer(changed)
    entry = changed_customer(ctx, known, changed, actor, dated=dated)
    tx.audit.add((entry,))
    if ticket.state in OPEN_STATES:
        theirs = _managed(ctx, tx, ticket, changed, actor) if changed.manager != known.manager else ticket
        _follow(ctx, tx, theirs, changed, f"customer:{entry.id}")
    return changed


def set_key_dates(tx: Transaction, customer: Customer, dates: Sequence[KeyDate]) -> bool:
    """Whether they are others than before."""
    if tuple(dates) == tx.key_dates.of_customer(customer.id):
        return False
    tx.key_dates.set(customer.merged_into or customer.id, dates)
    return True


def learn_customer(ctx: Context, tx: Transaction, ticket: Ticket, told: Mapping[str, str], actor: str) -> None:
    """Keeps what a caller said of himself where nothing is known yet. Who gave no address is known by his number: the
    same caller is found again (DOMAIN 2); what cannot be kept stands in his words anyway."""
    if told.get("phone", "").strip():
        with suppress(BadInput):
            _know_caller(ctx, tx, ticket, told, actor)
    ticket = tx.tickets.get(ticket.id) or ticket
    known = tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    values: Values = {}
    for name, value in told.items():
        if known is not None and name in SETTABLE and value.strip() and not getattr(known, name):
            with suppress(BadInput):
                values |= checked_values(ctx.desk(), {name: value})
    if values:
        _set(ctx, tx, ticket, values, None, actor)


def _know_caller(ctx: Context, tx: Transaction, ticket: Ticket, told: Mapping[str, str], actor: str) -> None:
    """A ticket without a customer gets the one who has that number, or a new one. Raises ``BadInput`` for what is no
    number."""
    if ticket.customer_id:
        return
    phone = str(checked_values(ctx.desk(), {"phone": told["phone"]})["phone"])
    if not phone_key(phone):
        raise BadInput
    # Two calls from one number that are logged at the same moment are one customer's.
    tx.tickets.lock_series(SERIES)
    name = mask(" ".join(seen(told.get("name", "")).split()))[:LONGEST]
    fitting = [one for one in tx.tickets.customers_by_phone(phone) if _may_be(one.name, name)]
    named = [one for one in fitting if one.name == name] or fitting
    found = named[0] if len(named) == 1 else Customer(id=ctx.ids(), name=name, phone=phone, language=ticket.language)
    if len(named) != 1:
        tx.tickets.save_customer(found)
    entry = AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=actor, action="customer.by-phone", subject=f"ticket:{ticket.id}",
        details=(("customer", str(found.id)), ("known", "yes" if len(named) == 1 else "no")),
    )  # fmt: skip
    tx.audit.add((entry,))
    theirs = replace(ticket, customer_id=found.id)
    if ticket.state in OPEN_STATES:
        _follow(ctx, tx, theirs, found, f"customer:{entry.id}")
    else:
        tx.tickets.update(theirs)


def _may_be(known: str, told: str) -> bool:
    """Whether both names can be one person's: 王女士 may be 王芳, and who says no name may be anybody."""
    one, other = (_TITLE.sub("", name).casefold() for name in (known, told))
    return one.startswith(other) or other.startswith(one)


def checked_values(desk: Desk, wanted: Mapping[str, str]) -> Values:
    """Every value as it is stored, or one ``BadInput`` that names all that is wrong."""
    wrong = [
        f"没有 {name} 这一项 (no such field: {', '.join((*SETTABLE, DATES))})"
        for name in wanted
        if name not in SETTABLE
    ]
    found = {name: _value(desk, name, word, wrong) for name, word in wanted.items() if name in SETTABLE}
    for name, value in found.items():
        if any(len(one) > LONGEST for one in (value if isinstance(value, tuple) else (value,))):
            wrong.append(f"{name} 太长 (longer than {LONGEST} characters)")
    if len(found.get("tags", ())) > MOST_TAGS:
        wrong.append(f"标签太多 (more than {MOST_TAGS} tags)")
    if wrong or not found:
        raise BadInput("; ".join(wrong) or "没有要改的 (nothing to change)")
    return found


def _value(desk: Desk, name: str, word: str, wrong: list[str]) -> str | tuple[str, ...]:
    match name:
        case "level":
            return _level(desk, word, wrong)
        case "form":
            return _form(word, wrong)
        case "phone":
            return _phone(word, wrong)
        case "prefers":
            return _prefers(word, wrong)
        case "consent":
            return _consent(word, wrong)
        case "tags":
            every = (" ".join(seen(tag).split()) for tag in word.replace("，", ",").split(","))
            return tuple(dict.fromkeys(tag for tag in every if tag))
        case "manager":
            return word.strip().removeprefix(NO_MORE)
    return " ".join(seen(word).split())


def _level(desk: Desk, word: str, wrong: list[str]) -> str:
    level = desk.taxonomy.find("level", word)
    if level is None:
        known = ", ".join(value.key for value in desk.taxonomy.values("level"))
        wrong.append(f"没有客户等级 {word} (no such level: {known})")
    return level.key if level else ""


def _form(word: str, wrong: list[str]) -> str:
    form = _FORMS.get(word.strip().casefold())
    if form is None:
        known = ", ".join((*FORMS_OF_ADDRESS, NO_MORE))
        wrong.append(f"没有称谓 {word[:20]} (no such form of address: {known})")
    return form or ""


def _prefers(word: str, wrong: list[str]) -> str:
    """A way by which people are reached, by its key or its Chinese name."""
    named = word.strip().casefold()
    if named in ("", NO_MORE):
        return ""
    found = next((key for key, zh in PREFERRED.items() if named in (key, zh)), "")
    if not found:
        known = ", ".join(f"{key} {zh}" for key, zh in PREFERRED.items())
        wrong.append(f"没有沟通方式 {word[:20]} (no such way: {known})")
    return found


def _consent(word: str, wrong: list[str]) -> str:
    """The day on which he agreed."""
    if word.strip() in ("", NO_MORE):
        return ""
    try:
        return date.fromisoformat(word.strip()).isoformat()
    except ValueError:
        wrong.append(f"同意日期写成 2026-03-05 (a day such as 2026-03-05): {word[:20]}")
    return ""


def _phone(word: str, wrong: list[str]) -> str:
    """The number as it was written, in plain digits and blanks."""
    phone = " ".join(unicodedata.normalize("NFKC", word).split())
    if phone in ("", NO_MORE):
        return ""
    if not _PHONE.fullmatch(phone) or sum(char.isdecimal() for char in phone) < FEWEST_DIGITS:
        wrong.append("电话号码不对，例如 138 1234 5678 (no telephone number, for example +86 138 1234 5678)")
    return phone


def _managed(ctx: Context, tx: Transaction, ticket: Ticket, customer: Customer, actor: str) -> Ticket:
    """What nobody has claimed is the new manager's."""
    manager = manager_of(tx, customer.manager)
    if ticket.assignee or not manager:
        return ticket
    tx.audit.add((trace(ctx, actor, "ticket.handed-over", ticket.id, to=manager),))
    return replace(ticket, assignee=manager)


def _follow(ctx: Context, tx: Transaction, ticket: Ticket, customer: Customer, cause: str) -> None:
    """A level or a tag may raise the priority, and a policy may be chosen by level."""
    fields = dict(ticket.fields)
    if ticket.decided_by.get("priority") not in _SETTLED and fields.get("urgency"):
        raised, _ = derive_priority(fields["urgency"], fields.get("impact", ""), customer.level, customer.tags)
        fields["priority"] = raised
    tx.tickets.update(replace(ticket, fields=fields))
    recount(ctx, tx, ticket, fields, cause, ctx.now())


def changed_customer(
    ctx: Context, known: Customer, changed: Customer, actor: str, *, dated: bool = False
) -> AuditEntry:
    """Says what was changed, and the level before and after; a company's name is nobody's business in a trail."""
    names = [name for name in (*SETTABLE, "name") if getattr(known, name) != getattr(changed, name)]
    names += [DATES] * dated
    level = (("before", known.level), ("after", changed.level)) if "level" in names else ()
    return AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor=actor,
        action="customer.changed",
        subject=f"customer:{known.merged_into or known.id}",
        details=(("fields", ",".join(names)), *level),
    )

"""What the desk knows of its customers as one sheet (DOMAIN 12): brought in from CSV, and given out, masked unless a
reason is told."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain.errors import BadInput, NotPermitted, ReasonNeeded
from core.domain.filing import AuditEntry
from core.domain.key_date import KeyDate
from core.domain.mail import Address
from core.domain.people import Permission, Role, User
from core.domain.seen import seen
from core.domain.ticket import Customer
from core.text.mask import mask, mask_address, mask_phone
from huiying.flows.context import Context
from huiying.flows.csv_cells import csv_line, csv_text, read_cell
from huiying.flows.customer import DATES, LONGEST, PREFERRED, SETTABLE, changed_customer, checked_values, set_key_dates
from huiying.flows.key_dates import key_dates_words, read_key_dates
from huiying.flows.ports import Transaction

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "address": ("邮箱", "E-mail", "email", "mail", "address", "邮件地址", "电子邮箱"),
    "name": ("客户名称", "Name", "name", "联系人", "姓名"),
    "form": ("称谓", "Form of address", "form", "title"),
    "phone": ("电话", "Telephone", "phone", "联系电话", "手机"),
    "company": ("公司", "Company", "company", "单位"),
    "industry": ("所属行业", "Industry", "industry", "行业"),
    "level": ("客户等级", "Customer level", "level", "等级"),
    "tags": ("客户标签", "Tags", "tags", "标签"),
    "manager": ("客户经理", "Account manager", "manager", "account manager"),
    "prefers": ("偏好沟通方式", "Preferred channel", "prefers", "偏好渠道"),
    "consent": ("资料订阅同意", "Content consent", "consent"),
    DATES: ("关键日期", "Key dates", "key dates", "dates"),
}
"""Each column with its headings: the Chinese one and the English one that are written, and others that are read."""
BATCH, MOST_ROWS, MOST_PROBLEMS = 100, 50_000, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """``same`` were known just so."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    address: Address
    values: Mapping[str, str | tuple[str, ...]]
    dates: tuple[KeyDate, ...] | None = None


def import_customers(
    ctx: Context, data: bytes, user: User, told: Callable[[int, int], None] = lambda done, of: None
) -> Brought:
    """All rows, or none of them when one is wrong: ``BadInput`` names the lines. An empty cell leaves what is known.
    Tickets that are open keep their priority; those of later mails follow. ``told`` hears how far it is. Raises
    ``NotPermitted`` but for lead and admin."""
    if user.role not in (Role.LEAD, Role.ADMIN):
        raise NotPermitted
    lines = _lines(ctx, data)
    done = Brought(read=len(lines))
    for begin in range(0, len(lines), BATCH):
        with ctx.store.write() as tx:
            kinds = [_bring(ctx, tx, line, user.name) for line in lines[begin : begin + BATCH]]
        done = replace(
            done,
            new=done.new + kinds.count("new"),
            changed=done.changed + kinds.count("changed"),
            same=done.same + kinds.count("same"),
        )
        told(begin + len(kinds), len(lines))
    return done


def export_customers(ctx: Context, user: User, language: str, *, reason: str = "") -> Iterator[str]:
    """The sheet, line by line. Contact data are masked unless a ``reason`` is told, which stands in the trail first.
    Raises ``NotPermitted``; ``ReasonNeeded`` for a blank reason."""
    if not user.may(Permission.REVEAL_CONTACT):
        raise NotPermitted
    told = mask(seen(reason)[:LONGEST])
    if reason and not told:
        raise ReasonNeeded
    details = (("reason", told),) if told else ()
    with ctx.store.write() as tx:
        tx.audit.add((_entry(ctx, user.name, "customers.exported", "customers", details),))
    return _written(ctx, language, unmasked=bool(told))


def _written(ctx: Context, language: str, *, unmasked: bool) -> Iterator[str]:
    yield csv_line([names[1 if language.startswith("en") else 0] for names in COLUMNS.values()])
    last = 0
    while True:
        with ctx.store.read() as tx:
            found = tx.tickets.customers_after(last, BATCH)
            dates = [tx.key_dates.of_customer(one.id) for one in found]
        for one, days in zip(found, dates, strict=True):
            # A day of birth tells how old somebody is: masked it has no year.
            shown = days if unmasked else [replace(day, year=0) for day in days]
            yield csv_line([*_cells(one, unmasked=unmasked), key_dates_words(shown, language)])
        if len(found) < BATCH:
            return
        last = found[-1].id


def _cells(one: Customer, *, unmasked: bool) -> list[str]:
    address = one.address.address if one.address else ""
    contact = (address, one.phone) if unmasked else (mask_address(address), mask_phone(one.phone))
    known = (
        one.company,
        one.industry,
        one.level,
        ", ".join(one.tags),
        one.manager,
        PREFERRED.get(one.prefers, ""),
        one.consent,
    )
    return [contact[0], one.name, one.form, contact[1], *known]


def _lines(ctx: Context, data: bytes) -> list[_Line]:
    problems: list[str] = []
    seen: set[str] = set()
    lines: list[_Line] = []
    with ctx.store.read() as tx:
        managers = frozenset(one.name for one in tx.people.users() if one.may(Permission.WORK_TICKETS))
    for place, row in _rows(data):
        try:
            line = _line(ctx, row, managers)
            if line.address.key in seen:
                raise BadInput("这个邮箱已在前面出现 (that address stands above already)")
            seen.add(line.address.key)
            lines.append(line)
        except BadInput as error:
            problems.append(f"第 {place} 行 (line {place}): {error.message}")
        if len(problems) >= MOST_PROBLEMS or len(lines) > MOST_ROWS:
            break
    if len(lines) > MOST_ROWS:
        raise BadInput(f"多于 {MOST_ROWS} 行 (more than {MOST_ROWS} lines)")
    if problems:
        raise BadInput("\n".join(problems))
    return lines


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(csv_text(data), newline=""))
    try:
        columns = _columns(next(reader, []))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(columns, (read_cell(cell) for cell in cells), strict=False))
    except csv.Error as error:
        raise BadInput(f"第 {reader.line_num} 行不是 CSV (line {reader.line_num} is no CSV): {error}") from error


def _columns(headings: Sequence[str]) -> list[str]:
    known = {name.casefold(): key for key, names in COLUMNS.items() for name in names}
    found = [known.get(heading.strip().casefold(), "") for heading in headings]
    unknown = [heading[:40] for heading, key in zip(headings, found, strict=True) if not key]
    listed = ", ".join(f"{zh} ({en})" for zh, en, *_ in COLUMNS.values())
    if unknown:
        raise BadInput(f"第 1 行：不认识的列 {'、'.join(unknown)} (line 1: unknown columns). {listed}")
    if "address" not in found or len(set(found)) < len(found):
        raise BadInput(f"第 1 行：要有邮箱一列，每列只写一次 (line 1: a column of addresses, and each once). {listed}")
    return found


def _line(ctx: Context, row: Mapping[str, str], managers: Collection[str]) -> _Line:
    word, name = row.get("address", ""), " ".join(seen(row.get("name", "")).split())
    local, at, domain = word.rpartition("@")
    if not (local and at and "." in domain) or "*" in word or any(char.isspace() for char in word):
        raise BadInput(f"不是邮箱：{word[:40]} (no mail address)" if word else "缺少邮箱 (the address is missing)")
    if "*" in row.get("phone", ""):
        raise BadInput("电话是脱敏的 (the number is masked)")
    if len(name) > LONGEST or len(word) > 2 * LONGEST:
        raise BadInput(f"太长 (longer than {LONGEST} characters)")
    wanted = {key: row[key] for key in SETTABLE if row.get(key)}
    values = checked_values(ctx.desk(), wanted) if wanted else {}
    if values.get("manager", "") not in ("", *managers):
        raise BadInput(f"没有处理工单的用户 {row['manager'][:40]} (no user who works on tickets)")
    return _Line(
        address=Address(name=name, address=word),
        values=values | ({"name": mask(name)} if name else {}),
        dates=read_key_dates(row[DATES]) if row.get(DATES) else None,
    )


def _bring(ctx: Context, tx: Transaction, line: _Line, actor: str) -> str:
    known = tx.tickets.customer_by_address(line.address.key)
    before = known or Customer(id=ctx.ids(), address=line.address)
    after = replace(before, **line.values)  # type: ignore[arg-type]  # checked one by one
    if known is None:
        tx.tickets.save_customer(after)
    dated = line.dates is not None and set_key_dates(tx, after, line.dates)
    if after == known and not dated:
        return "same"
    if known is not None:
        tx.tickets.save_customer(after)
    if known is None:
        fields = (("fields", ",".join(line.values)),)
        tx.audit.add((_entry(ctx, actor, "customer.imported", f"customer:{after.id}", fields),))
        return "new"
    tx.audit.add((changed_customer(ctx, known, after, actor, dated=dated),))
    return "changed"


def _entry(ctx: Context, actor: str, action: str, subject: str, details: tuple[tuple[str, str], ...]) -> AuditEntry:
    return AuditEntry(id=ctx.ids(), at=ctx.now(), actor=actor, action=action, subject=subject, details=details)

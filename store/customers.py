"""Customers and their other addresses: each address is a row; a merged one reads as the customer it belongs to, and
nothing else of it is touched, so that taking it apart again restores it exactly."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, literal_column, select, text, union_all

from core.domain.ticket import Customer
from store.prepared import Prepared
from store.sealed import readable
from store.tables import customer
from store.tables.ticket import CALLED, LEVELLED, UNKEYED
from store.ticket_rows import customer_row, customer_value, phone_digest
from store.unit import Unit

_OF: BindParameter[Any] = bindparam("of")
_CUSTOMER = Prepared(select(customer).where(customer.c.id == _OF))
_MOST_CALLERS = 20
_BY_PHONE = Prepared(
    select(customer).where(customer.c.phone_key == _OF, text(CALLED)).order_by(customer.c.id).limit(_MOST_CALLERS)
)
_BY_KEY = Prepared(select(customer).where(customer.c.address_key == _OF))
_KNOWN = ("level", "tags", "company", "industry", "form", "phone", "manager", "prefers", "consent")
"""What is known of a person and not of his address."""
_KNOWN_COLUMNS = (*_KNOWN, "phone_key")
_SEALED = ("address", "phone")
_me, _other = customer.alias("me"), customer.alias("other")
# The words of the partial index, so that it is used.
_OTHERS = _other.c.merged_into != literal_column("0")
_OLD_PHONE = Prepared(select(customer.c.id).where(text(UNKEYED)).limit(1))
_ANY = Prepared(select(_other.c.id).where(_OTHERS).limit(1))
_MERGED = Prepared(select(_other.c.id).where(_other.c.merged_into == _OF, _OTHERS).order_by(_other.c.id))


def every_address() -> Select[Any]:
    """The ids of all customers who are the same as the one with the id ``of``, some of them twice, and perhaps a 0."""
    me = _me.c.id == bindparam("of")
    siblings = _other.join(_me, _other.c.merged_into == _me.c.merged_into)
    return select(
        union_all(
            select(_me.c.id).where(me),
            select(_me.c.merged_into).where(me),
            select(_other.c.id).where(_other.c.merged_into == bindparam("of"), _OTHERS),
            select(_other.c.id).select_from(siblings).where(me, _OTHERS),
        ).subquery("same")
    )


_ADDRESSES = Prepared(
    select(customer).where(customer.c.id.in_(every_address())).order_by(customer.c.merged_into != 0, customer.c.id)
)


def customer_of(unit: Unit, customer_id: int) -> Customer | None:
    row = unit.row(_CUSTOMER, {"of": customer_id})
    return None if row is None else read_customer(unit, row)


def customers_after(unit: Unit, customer_id: int, limit: int, levels: Collection[str] = ()) -> tuple[Customer, ...]:
    query = select(customer).where(customer.c.id > customer_id).order_by(customer.c.id).limit(limit)
    # Each level is read in the order of its index; the words of the partial index, so that it is used.
    each = [query.where(text(LEVELLED), customer.c.level == level) for level in levels] or [query]
    rows = sorted((row for one in each for row in unit.rows(one)), key=lambda row: row.id)
    return tuple(read_customer(unit, row) for row in rows[:limit])


def customer_by_key(unit: Unit, address_key: bytes) -> Customer | None:
    row = unit.row(_BY_KEY, {"of": address_key})
    return None if row is None else read_customer(unit, row)


def customers_by_phone(unit: Unit, phone: str) -> tuple[Customer, ...]:
    digest = phone_digest(unit.seal, phone)
    rows = unit.rows(_BY_PHONE, {"of": digest}) if digest else ()
    # The row of one more address of somebody may have kept the number of before: the number stands with him.
    return tuple(read_customer(unit, row) for row in rows if not row.merged_into)


def key_phones(unit: Unit, limit: int) -> int:
    """Numbers of before get their digest; what is no number one that nobody calls from. How many."""
    old = unit.rows(select(customer).where(text(UNKEYED)).order_by(customer.c.id).limit(limit))
    for row in old:
        digest = phone_digest(unit.seal, customer_value(unit.seal, row).phone)
        _write(unit, row.id, {"phone_key": digest or b""})
    return len(old)


def has_old_phones(unit: Unit) -> bool:
    return unit.row(_OLD_PHONE) is not None


def read_customer(unit: Unit, row: Row[Any]) -> Customer:
    """The customer of that row, with what is known of the one whose other address it is."""
    read = customer_value(unit.seal, row)
    into = unit.row(_CUSTOMER, {"of": read.merged_into}) if read.merged_into else None
    if into is None:
        return replace(read, merged_into=0)
    known = customer_value(unit.seal, into)
    return replace(read, **{name: getattr(known, name) for name in _KNOWN})


def domains_of(unit: Unit, customer_id: int) -> tuple[str, ...]:
    """The domains of all addresses of that customer, the main one's first."""
    found = (customer_value(unit.seal, row).address for row in unit.rows(_ADDRESSES, {"of": customer_id}))
    return tuple(dict.fromkeys(address.domain for address in found if address))


def save_customer(unit: Unit, changed: Customer) -> None:
    """Name, address and language stand with the address; what is known of him where the one stands that he is."""
    row = customer_row(unit.seal, changed)
    del row["merged_into"]
    if changed.merged_into:
        into = customer_row(unit.seal, replace(changed, id=changed.merged_into, address=None))
        known = {name: into[name] for name in _KNOWN_COLUMNS}
        _write(unit, changed.merged_into, _without_faults(unit, changed.merged_into, known))
        row = {name: value for name, value in row.items() if name not in _KNOWN_COLUMNS}
    else:
        unit.add_new(customer, [row], "id")
    _write(unit, changed.id, _without_faults(unit, changed.id, row))


def _without_faults(unit: Unit, customer_id: int, row: dict[str, Any]) -> dict[str, Any]:
    """What was read as unknown because it does not open stays as it is: a backup or a key may open it again."""
    unknown = [name for name in _SEALED if name in row and row[name] is None]
    stored = unit.row(_CUSTOMER, {"of": customer_id}) if unknown else None
    faulty = [name for name in unknown if stored is not None and _is_faulty(unit, name, stored)]
    return {name: value for name, value in row.items() if name.removesuffix("_key") not in faulty}


def _is_faulty(unit: Unit, name: str, row: Row[Any]) -> bool:
    sealed = getattr(row, name)
    return sealed is not None and readable(lambda: unit.seal.open(sealed, f"customer.{name}.{row.id}"), None) is None


def merge_customer(unit: Unit, customer_id: int, into: int) -> None:
    _write(unit, customer_id, {"merged_into": into})


def merged_customers(unit: Unit, customer_id: int) -> tuple[int, ...]:
    return tuple(row.id for row in unit.rows(_MERGED, {"of": customer_id}))


def has_merges(unit: Unit) -> bool:
    return unit.row(_ANY) is not None


def hold_customers(unit: Unit, ids: Collection[int]) -> None:
    """Nobody else merges these until the transaction is over."""
    unit.rows(select(customer.c.id).where(customer.c.id.in_(sorted(ids))).order_by(customer.c.id).with_for_update())


def _write(unit: Unit, customer_id: int, row: dict[str, Any]) -> None:
    unit.change(customer.update().where(customer.c.id == customer_id).values(**row), quiet=True)

"""Marks on addresses: looked up by digest for every automatic letter, listed newest first."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, bindparam, select

from core.domain.address_mark import AddressMark, Mark
from core.domain.views import AddressMarkRow, Page
from core.text.mask import mask_address
from store.addresses import open_address, seal_address
from store.prepared import Prepared, PreparedList
from store.sealed import readable
from store.tables import address_mark, ticket
from store.types import from_micros, to_micros
from store.unit import Unit
from store.views.paging import bounded, page, read_key

_MARKED = Prepared(
    select(address_mark.c.because).where(
        address_mark.c.address_key == bindparam("key"), address_mark.c.mark == bindparam("which")
    )
)
_MARKED_OF = PreparedList(
    lambda keys: select(address_mark.c.address_key).where(
        address_mark.c.address_key.in_(keys), address_mark.c.mark == bindparam("which")
    )
)
_ROWS = select(address_mark, ticket.c.number).join(ticket, ticket.c.id == address_mark.c.ticket_id, isouter=True)


class SqlAddressMarks:
    """Conforms to ``huiying.flows.addresses.AddressMarks``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, value: AddressMark) -> None:
        key = self._unit.seal.address_key(value.address.key)
        row = {
            "address_key": key,
            "mark": value.mark,
            "at": value.at,
            "address": seal_address(self._unit.seal, value.address, _place(key)),
            "because": value.because,
            "letter_id": value.letter_id,
            "ticket_id": value.ticket_id,
        }
        self._unit.add_new(address_mark, [row], "address_key", "mark")

    def why(self, address_key: str, mark: Mark) -> str | None:
        found = self._unit.value(_MARKED, {"key": self._unit.seal.address_key(address_key), "which": mark})
        return None if found is None else str(found)

    def marked(self, address_keys: Collection[str], mark: Mark) -> frozenset[str]:
        if not address_keys:
            return frozenset()
        keys = {self._unit.seal.address_key(each): each for each in address_keys}
        statement, given = _MARKED_OF.of(list(keys))
        return frozenset(keys[row.address_key] for row in self._unit.rows(statement, given | {"which": mark}))

    def clear(self, key: bytes, mark: Mark) -> bool:
        c = address_mark.c
        return self._unit.change(address_mark.delete().where(c.address_key == key, c.mark == mark)) == 1

    def key_of(self, address_key: str) -> bytes:
        return self._unit.seal.address_key(address_key)

    def list(self, mark: Mark, key: str, limit: int) -> Page[AddressMarkRow]:
        limit, c = bounded(limit), address_mark.c
        after = read_key(key, 1)
        query = _ROWS.where(c.mark == mark)
        if after:
            query = query.where(c.at < from_micros(after[0]))
        rows = self._unit.rows(query.order_by(c.at.desc()).limit(limit + 1))
        return page(rows, limit, self._row, lambda row: str(to_micros(row.at)))

    def _row(self, row: Row[Any]) -> AddressMarkRow:
        place = _place(row.address_key)
        masked = readable(lambda: mask_address(open_address(self._unit.seal, row.address, place).address), "")
        return AddressMarkRow(
            key=row.address_key.hex(),
            masked=masked,
            mark=row.mark,
            at=row.at,
            because=row.because,
            letter_id=row.letter_id,
            number=row.number or "",
        )


def _place(key: bytes) -> str:
    return f"address_mark.address.{key.hex()}"

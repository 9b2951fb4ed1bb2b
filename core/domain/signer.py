"""Signs what comes back to us from outside: Message-IDs of our letters and plus-addresses (DESIGN 3.3)."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping

_MESSAGE_ID = re.compile(r"hy\.([0-9a-z]{1,13})\.([0-9a-z]{1,13})\.([a-z0-9]{1,8})\.([a-z2-7]{16})@([^@\s<>]+)")
_STOP = re.compile(r"([0-9a-z]{1,13})\.([a-z0-9]{1,8})\.([a-z2-7]{20})")
_PLUS_TAG = re.compile(r"t([0-9a-z]{1,13})\.([a-z0-9]{1,8})\.([a-z2-7]{10})")
_VOTE = re.compile(r"([0-9a-z]{1,13})\.([0-9a-z]{1,13})\.([a-z0-9]{1,8})\.([a-z2-7]{20})")
_APPRAISAL = re.compile(r"([0-9a-z]{1,13})\.([0-9]{4}[hq][1-4])\.([a-z0-9]{1,8})\.([a-z2-7]{20})")
_PAGE_TAG = re.compile(r"([0-9a-z]{1,13})\.([a-z0-9]{1,8})\.([a-z2-7]{26})")
_FORM = re.compile(r"([0-9a-z]{1,13})\.([0-9a-z]{1,40})\.([a-z0-9]{1,8})\.([a-z2-7]{20})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(value: int) -> str:
    """A non-negative integer in lower-case base 36."""
    out = ""
    while True:
        value, digit = divmod(value, 36)
        out = _DIGITS[digit] + out
        if not value:
            return out


class Signer:
    """Makes and reads signed names; old keys verify for ever, the current one signs."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        self.use(keys, current)

    def use(self, keys: Mapping[str, bytes], current: str) -> None:
        """From now on these: the key ring got another one."""
        self._keys = dict(keys)
        self._current = current

    def _mac(self, key_id: str, purpose: str, payload: str, length: int) -> str:
        digest = hmac.digest(self._keys[key_id], f"{purpose}\0{payload}".encode(), "sha256")
        return base64.b32encode(digest).decode().lower()[:length]

    def _holds(self, key_id: str, purpose: str, payload: str, given: str) -> bool:
        return key_id in self._keys and hmac.compare_digest(self._mac(key_id, purpose, payload, len(given)), given)

    def message_id(self, ticket_id: int, letter_id: int, domain: str) -> str:
        """The Message-ID of a letter, without angle brackets."""
        payload = f"{base36(ticket_id)}.{base36(letter_id)}"
        mac = self._mac(self._current, "message-id", payload, 16)
        return f"hy.{payload}.{self._current}.{mac}@{domain}"

    def read_message_id(self, text: str) -> tuple[int, int] | None:
        """(ticket id, letter id) of a Message-ID that we signed, else None."""
        found = _MESSAGE_ID.fullmatch(text.strip().strip("<>"))
        if not found:
            return None
        ticket, letter, key_id, mac, _ = found.groups()
        if not self._holds(key_id, "message-id", f"{ticket}.{letter}", mac):
            return None
        return int(ticket, 36), int(letter, 36)

    def page_tag(self, ticket_id: int) -> str:
        """What stands at the end of the address of a ticket's page for its customer."""
        payload = base36(ticket_id)
        return f"{payload}.{self._current}.{self._mac(self._current, 'page', payload, 26)}"

    def read_page_tag(self, tag: str) -> int | None:
        """The ticket id of a page tag that we signed, else None."""
        found = _PAGE_TAG.fullmatch(tag.strip().lower())
        if not found or not self._holds(found[2], "page", found[1], found[3]):
            return None
        return int(found[1], 36)

    def form_token(self, minted: int, nonce: str) -> str:
        """What a public form carries: ours, and when it was given out (whole seconds since 1970)."""
        payload = f"{base36(minted)}.{nonce}"
        return f"{payload}.{self._current}.{self._mac(self._current, 'form', payload, 20)}"

    def read_form_token(self, token: str) -> int | None:
        """When a form of ours was given out, else None."""
        found = _FORM.fullmatch(token.strip())
        if not found or not self._holds(found[3], "form", f"{found[1]}.{found[2]}", found[4]):
            return None
        return int(found[1], 36)

    def plus_tag(self, ticket_id: int) -> str:
        """What stands behind the + of a Reply-To address."""
        payload = base36(ticket_id)
        return f"t{payload}.{self._current}.{self._mac(self._current, 'plus', payload, 10)}"

    def read_plus_tag(self, tag: str) -> int | None:
        """The ticket id of a plus tag that we signed, else None."""
        found = _PLUS_TAG.fullmatch(tag.strip().lower())
        if not found or not self._holds(found[2], "plus", found[1], found[3]):
            return None
        return int(found[1], 36)

    def vote_token(self, ticket_id: int, letter_id: int) -> str:
        """What stands in the link of a result letter: whoever has the letter may vote, and nobody else."""
        payload = f"{base36(ticket_id)}.{base36(letter_id)}"
        return f"{payload}.{self._current}.{self._mac(self._current, 'vote', payload, 20)}"

    def read_vote_token(self, token: str) -> tuple[int, int] | None:
        """(ticket id, letter id) of a link that we signed, else None."""
        found = _VOTE.fullmatch(token.strip())
        if not found:
            return None
        ticket, letter, key_id, mac = found.groups()
        if not self._holds(key_id, "vote", f"{ticket}.{letter}", mac):
            return None
        return int(ticket, 36), int(letter, 36)

    def appraisal_token(self, ticket_id: int, term: str) -> str:
        """What stands in the link of a letter that asks for an appraisal of that term."""
        payload = f"{base36(ticket_id)}.{term.lower()}"
        return f"{payload}.{self._current}.{self._mac(self._current, 'appraisal', payload, 20)}"

    def read_appraisal_token(self, token: str) -> tuple[int, str] | None:
        """(ticket id, term) of a link that we signed, else None."""
        found = _APPRAISAL.fullmatch(token.strip())
        if not found or not self._holds(found[3], "appraisal", f"{found[1]}.{found[2]}", found[4]):
            return None
        return int(found[1], 36), found[2].upper()

    def stop_token(self, letter_id: int) -> str:
        """What stands in the List-Unsubscribe of a letter of care: whoever has the letter may stop them."""
        payload = base36(letter_id)
        return f"{payload}.{self._current}.{self._mac(self._current, 'stop', payload, 20)}"

    def read_stop_token(self, token: str) -> int | None:
        """The letter id of a link that we signed, else None."""
        found = _STOP.fullmatch(token.strip())
        if not found or not self._holds(found[2], "stop", found[1], found[3]):
            return None
        return int(found[1], 36)

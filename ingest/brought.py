"""Writes what came by portal, call or visit as a mail, so that it goes the way of every mail: kept, then understood."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from dataclasses import asdict, replace
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP

from core.domain.channel import BroughtMessage, CallRecord
from core.domain.errors import BadInput
from core.domain.ledger import SPLIT
from core.domain.mail import RawMail

FOLDER = "messages"
_LONGEST_KEY = 200
_UID_BITS = 62
_CALL = b"X-Huiying-Call:"
_WHOLE_CALL = re.compile(_CALL + rb"((?:\r\n [\w+/=]+)+)\r\n")
_LINE = 76


def as_raw_mail(message: BroughtMessage, domain: str) -> RawMail:
    """The same message gives the same bytes, and the same key the same place in the ledger: a UID made of the key,
    which that can hold once only. Raises ``BadInput`` for a key or an address that cannot be one."""
    key = message.key.strip()
    if not key or len(key) > _LONGEST_KEY:
        raise BadInput(f"幂等键须为 1–{_LONGEST_KEY} 个字符 (the idempotency key needs 1 to {_LONGEST_KEY} characters)")
    whole_key = f"{message.keyed_by}\0{key}" if message.keyed_by else key
    digest = hashlib.sha256(f"{message.mailbox}\0{whole_key}".encode()).hexdigest()
    return RawMail(
        source=message.channel.value,
        mailbox=message.mailbox,
        folder=f"{SPLIT}{message.split_from}" if message.split_from else FOLDER,
        uidvalidity=1,
        uid=int(digest[:16], 16) >> (64 - _UID_BITS) or 1,
        arrived=message.at,
        data=_call_header(message.call) + _written(message, digest, domain),
    )


def call_in(data: bytes) -> CallRecord | None:
    """What was logged with the message of which those are the bytes."""
    found = _WHOLE_CALL.match(data)
    if found is None:
        return None
    said = json.loads(b64decode(found[1]))
    return replace(CallRecord(**said), due=datetime.fromisoformat(said["due"]) if said["due"] else None)


def _call_header(call: CallRecord | None) -> bytes:
    """Before all others, where no mail program and no customer's word puts one."""
    if call is None:
        return b""
    said = asdict(call) | {"due": call.due.isoformat() if call.due else ""}
    word = b64encode(json.dumps(said).encode())
    lines = (word[at : at + _LINE] for at in range(0, len(word), _LINE))
    return _CALL + b"".join(b"\r\n " + line for line in lines) + b"\r\n"


def _written(message: BroughtMessage, digest: str, domain: str) -> bytes:
    """Without a Date: who asks again, having heard no answer, asks later. The ledger has the time."""
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = f"<{digest[:32]}.{message.channel.value}@{domain}>"
    if message.customer is not None:
        mail["From"] = _header_address(message.customer.name or message.name, message.customer.address)
    mail["Subject"] = _one_line(message.subject)
    mail.set_content(message.text, cte="base64" if not message.text.isascii() else "quoted-printable")
    for one in message.files:
        maintype, _, subtype = one.type.partition("/")
        if maintype.strip().lower() == "multipart":
            # A saved web page is sent as multipart/related: it is a file here and no part of the mail's own build.
            maintype, subtype = "application", "octet-stream"
        name = _one_line(one.name) or "file"
        mail.add_attachment(
            one.data, maintype=maintype or "application", subtype=subtype or "octet-stream", filename=name
        )
    if message.files:
        # Chosen by chance, it would make the same message other bytes.
        mail.set_boundary(f"huiying-{digest}")
    return mail.as_bytes()


def is_address(word: str) -> bool:
    """Whether it can stand in a header."""
    local, _, domain = word.rpartition("@")
    try:
        return bool(local and "." in domain and _header_address("", word))
    except BadInput:
        return False


def _header_address(name: str, address: str) -> HeaderAddress:
    try:
        return HeaderAddress(display_name=_one_line(name), addr_spec=address.strip())
    except (HeaderParseError, ValueError, IndexError) as problem:
        raise BadInput("这不是邮件地址 (this is no mail address)") from problem


def _one_line(text: str) -> str:
    return " ".join(text.split())

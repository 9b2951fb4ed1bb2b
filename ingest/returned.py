"""Reads what a bounce brings back: the Action fields of its delivery status and the Message-ID of the returned mail."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from ingest.body import leaf_bytes
from ingest.part import Node

_ACTION = re.compile(rb"^Action[ \t]*:[ \t]*([A-Za-z]+)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(rb"^Status[ \t]*:[ \t]*([245]\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^Message-ID[ \t]*:\s*<([^<>\s]{1,400})>", re.IGNORECASE | re.MULTILINE)
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers")
_HEAD = 64 << 10
_MOST = 200


def leaves(node: Node) -> Iterator[Node]:
    """All leaves in order."""
    stack = [node]
    while stack:
        top = stack.pop()
        if top.is_container:
            stack += reversed(top.children)
        else:
            yield top


def actions(tree: Node) -> tuple[str, ...]:
    """The Action fields (RFC 3464, section 2.3.3) in lower case."""
    found: list[str] = []
    for leaf in leaves(tree):
        if leaf.type == "message/delivery-status":
            data = leaf_bytes(leaf)[0][:_HEAD]
            found += [action.decode("ascii").lower() for action in _ACTION.findall(data)[:_MOST]]
    return tuple(found)


def returned_status(tree: Node) -> str:
    """The gravest Status field (RFC 3463) of the delivery status, '' when there is none."""
    found: list[str] = []
    for leaf in leaves(tree):
        if leaf.type == "message/delivery-status":
            found += [status.decode("ascii") for status in _STATUS.findall(leaf_bytes(leaf)[0][:_HEAD])[:_MOST]]
    return max(found, key=lambda status: status[0], default="")


def returned_id(tree: Node) -> str:
    """The Message-ID of the mail that came back, '' when there is none."""
    for leaf in leaves(tree):
        if leaf.type in _RETURNED:
            found = _MESSAGE_ID.search(leaf_bytes(leaf)[0][:_HEAD])
            if found:
                return found[1].decode("ascii", "replace")
    return ""


def names_failed_recipients(data: bytes) -> bool:
    """Whether flufl.bounce recognises the text of a bounce; imported here because only suspects are asked."""
    import email

    from flufl.bounce import scan_message

    # It logs the traces of its detectors, and with them pieces of the mail.
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)
    try:
        return bool(scan_message(email.message_from_bytes(data)))
    except Exception:  # noqa: BLE001  (see below)
        # A detector tripping over a strange bounce tells nothing about the mail.
        return False

"""Decides when a name or a network address has failed to sign in too often."""

from __future__ import annotations

from datetime import datetime, timedelta

from huiying.flows.ports import People

WINDOW = timedelta(minutes=15)
MOST_FOR_NAME = 8
MOST_FOR_ADDRESS = 40


def keys_of(name: str, address: str) -> tuple[tuple[str, int], ...]:
    """(key, failures allowed in the window) for the name and for the network; the store keeps an HMAC."""
    return (f"name:{name.strip().lower()}", MOST_FOR_NAME), (f"address:{address}", MOST_FOR_ADDRESS)


def is_throttled(people: People, keys: tuple[tuple[str, int], ...], now: datetime) -> bool:
    return any(people.failed_sign_ins(key, now - WINDOW) >= most for key, most in keys)

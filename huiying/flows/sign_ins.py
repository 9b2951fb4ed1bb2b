"""What flows need of second factors and of sign-ins that wait for one; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.second_factor import SecondFactor, SignInStep


class SignIns(Protocol):
    """Whoever writes here holds the user."""

    def factor(self, user_id: int) -> SecondFactor:
        """An empty one where there is none."""
        ...

    def with_factor(self) -> frozenset[int]:
        """The ids of those who have one in force."""
        ...

    def save(self, factor: SecondFactor) -> None: ...

    def remove(self, user_id: int) -> bool:
        """The factor with its recovery codes; False when there was none, in force or pending."""
        ...

    def give_codes(self, user_id: int, codes: Sequence[str]) -> None:
        """In the place of those that he had. Keyed digests are stored."""
        ...

    def use_code(self, user_id: int, code: str) -> bool:
        """A recovery code is good once."""
        ...

    def codes_left(self, user_id: int) -> int: ...

    def begin(self, step: SignInStep, now: datetime) -> None:
        """Forgets those that ran out."""
        ...

    def step(self, token_hash: str, now: datetime) -> SignInStep | None: ...

    def end(self, token_hash: str) -> bool:
        """False when it had ended already."""
        ...

    def end_all(self, user_id: int) -> None: ...

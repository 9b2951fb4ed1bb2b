"""What every flow is handed: the ports, the clock, the ids and the active desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.signer import Signer
from core.text.segment import Segmenter
from huiying.flows.desk import Desk
from huiying.flows.ports import Hooks, MailSigner, Now, Parser, Store, Suggester, Transport, Wake


def _unknown() -> None:
    """Nobody knows how much is free."""


def _no_ring() -> int:
    """No data key is known."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Built once in ``huiying/app/bootstrap.py``. ``desk`` gives the active desk (it changes when a bundle is
    published), ``desk_of`` that of an older bundle; ``segmenter`` cuts texts, with one dictionary for the whole
    process; ``worker`` is this process's id for claims; ``free_disk`` the bytes that are free where the data lies,
    ``newest_key`` reads the key ring again where it changed and gives the number of the data key that writes."""

    store: Store
    now: Now
    ids: Callable[[], int]
    signer: Signer
    parser: Parser
    transport: Transport
    hooks: Hooks
    mail_signer: MailSigner
    wake: Wake
    suggester: Callable[[], Suggester]
    desk: Callable[[], Desk]
    desk_of: Callable[[str], Desk]
    segmenter: Segmenter
    worker: int = 0
    free_disk: Callable[[], int | None] = _unknown
    newest_key: Callable[[], int] = _no_ring

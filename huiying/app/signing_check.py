"""Tries the DKIM keys that a configuration names on this machine, and tells each that cannot sign at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.domain.bundle import Problem
from core.domain.errors import HuiyingError
from core.domain.settings import DkimSettings, MailboxSettings
from responder.transports.dkim_signer import SHORTEST, DkimSigner

_HINT = (
    f"要一个没有口令的 PEM 私钥：Ed25519，或 RSA {SHORTEST} 位以上（新的用 2048 位），运行服务的用户能读",
    f"a PEM key without a passphrase: Ed25519, or RSA of {SHORTEST} bits or more (2048 for a new one), which the "
    "service's user can read",
)


def signing_problems(
    mailboxes: Sequence[MailboxSettings], environ: Mapping[str, str], home: Path, file: str
) -> tuple[Problem, ...]:
    """One for each key that signs nothing; letters of its mailbox would fail until it is mended."""
    signer = DkimSigner(environ, home)
    found = (_problem(signer, key, file) for box in mailboxes for key in box.dkim)
    return tuple(problem for problem in found if problem is not None)


def _problem(signer: DkimSigner, key: DkimSettings, file: str) -> Problem | None:
    try:
        signer.record(key)
    except HuiyingError as error:
        # Messages are written "Chinese (English)".
        zh, _, en = error.message.rpartition(" (")
        named = key.key_env or key.key_file
        hint_zh, hint_en = (error.hint, error.hint) if error.hint else _HINT
        return Problem(
            file=file,
            line=key.place[0],
            column=key.place[1],
            zh=f"{named}：{zh or error.message}",
            en=f"{named}: {en.removesuffix(')')}",
            hint_zh=hint_zh,
            hint_en=hint_en,
        )
    return None

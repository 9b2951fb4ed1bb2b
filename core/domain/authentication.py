"""What our own mail server found out about a sender: SPF, DKIM and DMARC, as it wrote them down (RFC 8601)."""

from __future__ import annotations

from dataclasses import dataclass

FORGED = ("fail", "permerror")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """The results of one trusted server, '' for a method that it does not name."""

    server: str
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""

    @property
    def is_forged(self) -> bool:
        """Whether nobody vouches for the sender: DMARC failed, or where it says nothing, SPF failed and no signature
        held."""
        if self.dmarc not in ("", "none"):
            return self.dmarc in FORGED
        return self.spf == "fail" and self.dkim in ("fail", "permerror")

    def __str__(self) -> str:
        found = (("spf", self.spf), ("dkim", self.dkim), ("dmarc", self.dmarc))
        return " ".join([f"{name}={result}" for name, result in found if result] + [f"({self.server})"])

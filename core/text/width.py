"""Full-width letters, digits and marks, which mean what the usual ones mean."""

from __future__ import annotations

NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""For ``str.translate``: as many characters, so that places stay the same."""

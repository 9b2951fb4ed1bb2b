"""Says how sure a count is: the interval of a share, and whether two properties meet more often than by chance."""

from __future__ import annotations

import math

Z95 = 1.959964
"""The two-sided 95 % point of the normal distribution."""


def wilson(good: int, of: int, z: float = Z95) -> tuple[float, float]:
    """The interval of Wilson (1927) for a share of ``good`` among ``of``; (0, 1) when nothing was counted."""
    if of == 0:
        return 0.0, 1.0
    share, square = good / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def fisher_tail(both: int, one: int, other: int, total: int) -> float:
    """Fisher's exact test, one-sided: of ``total`` things ``one`` have the first property and ``other`` the second; the
    probability that ``both`` or more have the two when the properties have nothing to do with each other."""
    most = min(one, other)
    if both <= max(0, one + other - total):
        return 1.0
    whole = _log_choose(total, one)
    terms = (
        math.exp(_log_choose(other, k) + _log_choose(total - other, one - k) - whole)
        for k in range(both, most + 1)
        if one - k <= total - other
    )
    return min(1.0, math.fsum(terms))


def _log_choose(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)

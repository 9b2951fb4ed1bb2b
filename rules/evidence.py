"""Says how sure a count is: the interval of a share, and whether a share is above chance."""

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


def binomial_tail(good: int, of: int, chance: float) -> float:
    """The probability of ``good`` or more among ``of`` when each is good by ``chance`` alone."""
    if good <= 0 or chance >= 1.0:
        return 1.0
    if chance <= 0.0:
        return 0.0
    logs = (
        math.lgamma(of + 1)
        - math.lgamma(k + 1)
        - math.lgamma(of - k + 1)
        + k * math.log(chance)
        + (of - k) * math.log1p(-chance)
        for k in range(good, of + 1)
    )
    return min(1.0, math.fsum(math.exp(each) for each in logs))

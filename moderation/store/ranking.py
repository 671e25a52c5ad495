"""In which order people look: by the expected benefit of a look, not by age alone."""

import math
from datetime import datetime

# What a look is worth doubles with every so many seconds of waiting.
DOUBLING_S = 6 * 3600
_USUAL_PRIORITY = 5
_LEAST_UNCERTAINTY = 0.25
# Random samples are worth a steady trickle of attention, appeals somebody's patience.
KIND_WEIGHTS = {"review": 1.0, "audit": 0.5, "second": 0.5, "appeal": 4.0}


def rank(
    kind: str,
    created_at: datetime,
    priority: int | None = None,
    score: float | None = None,
    reports: int | None = None,
) -> float:
    """The place in the queue; the highest comes first.

    The benefit is severity x uncertainty x reach x 2^(age / 6 hours). Age grows alike for
    all, so the order never changes while items wait: ``log2(benefit)`` without the current
    time can be stored, and indexed.

    Args:
        priority: the policy's, 1 the most urgent; two steps double the severity.
        score: probability 0..1 that the rule goes by; uncertainty is its binary entropy.
        reports: of readers, standing in for how many saw it.
    """
    severity = 2 ** ((_USUAL_PRIORITY - (priority or _USUAL_PRIORITY)) / 2)
    reach = 1 + math.log2(1 + (reports or 0))
    weight = KIND_WEIGHTS[kind] * severity * _uncertainty(score) * reach
    return math.log2(weight) - created_at.timestamp() / DOUBLING_S


def _uncertainty(score: float | None) -> float:
    """Binary entropy in bits, never so low that a sure case starves."""
    if score is None or not 0 < score < 1:
        return 1.0 if score is None else _LEAST_UNCERTAINTY
    entropy = -(score * math.log2(score) + (1 - score) * math.log2(1 - score))
    return max(_LEAST_UNCERTAINTY, entropy)

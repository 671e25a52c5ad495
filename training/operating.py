"""Thresholds asked for by meaning, chosen on dev rows and stored in the bundle.

Five per attribute, all at the stated live prevalence π:

- ``precision_95``, ``precision_90``: the lowest threshold whose precision is at least 0.95
  (0.90) with 95 % confidence.
- ``missed_1``: the highest threshold below which at most 1 % of the comments are abusive,
  with 95 % confidence: what may be approved unread.
- ``best_f1``: the threshold with the best F1; ``best_f2``: with the best F2, for which recall
  counts twice as much as precision (van Rijsbergen 1979).

Precision depends on how much abuse there is, and dev rows hold more than a live stream. So
the two error rates are bounded where they were measured (Clopper & Pearson 1934, each
one-sided at 97.5 %, together at least 95 %) and Bayes' rule takes them to π. A threshold
that cannot be certified on so few rows is stored as "none": nobody acts on a guess.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from moderation.scoring.bundle import MeasuredPoint

MISSED = 0.01
_SIDE = 0.975


@dataclass(frozen=True, slots=True)
class _Rates:
    """At one threshold: hits among ``positives``, false alarms among ``negatives``."""

    threshold: float
    hits: int
    alarms: int
    positives: int
    negatives: int


def _upper(events: int, trials: int) -> float:
    return 1.0 if events == trials else float(beta.ppf(_SIDE, events + 1, trials - events))


def _lower(events: int, trials: int) -> float:
    return 0.0 if events == 0 else float(beta.ppf(1 - _SIDE, events, trials - events + 1))


def precision_at(recall: float, false_alarms: float, prevalence: float) -> float:
    """Bayes' rule: share of abuse among what is held, from the two rates."""
    held = prevalence * recall + (1 - prevalence) * false_alarms
    return prevalence * recall / held if held else 0.0


def missed_at(recall: float, false_alarms: float, prevalence: float) -> float:
    """Share of abuse among what is let through."""
    passed = prevalence * (1 - recall) + (1 - prevalence) * (1 - false_alarms)
    return prevalence * (1 - recall) / passed if passed else 0.0


def _candidates(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> list[_Rates]:
    """Every threshold that tells rows apart, highest first."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], np.cumsum(truth[order])
    last_of_equal = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    return [
        _Rates(float(ordered[i]), int(hits[i]), int(i + 1 - hits[i]), positives, negatives)
        for i in last_of_equal
    ]


def operating_points(
    scores: NDArray[np.float64], truth: NDArray[np.bool_], prevalence: float
) -> dict[str, MeasuredPoint]:
    """The points of one attribute.

    Args:
        scores: calibrated probabilities [N] of dev rows whose label is known.
        truth: bool [N].
        prevalence: share of such comments in the live stream.
    """
    rates = _candidates(scores, truth)
    chosen: dict[str, _Rates | None] = {}
    for name, least in (("precision_95", 0.95), ("precision_90", 0.90)):
        certain = [r for r in rates if _certain_precision(r, prevalence) >= least]
        chosen[name] = certain[-1] if certain else None
    safe = [r for r in rates if _certain_missed(r, prevalence) <= MISSED]
    chosen["missed_1"] = safe[0] if safe else None
    chosen["best_f1"] = max(rates, key=lambda r: _f(1, r, prevalence))
    chosen["best_f2"] = max(rates, key=lambda r: _f(2, r, prevalence))
    return {name: _point(rate, rates[0], prevalence) for name, rate in chosen.items()}


def _certain_precision(r: _Rates, prevalence: float) -> float:
    recall, alarms = _lower(r.hits, r.positives), _upper(r.alarms, r.negatives)
    return precision_at(recall, alarms, prevalence)


def _certain_missed(r: _Rates, prevalence: float) -> float:
    recall, alarms = _lower(r.hits, r.positives), _upper(r.alarms, r.negatives)
    return missed_at(recall, alarms, prevalence)


def _f(weight: float, r: _Rates, prevalence: float) -> float:
    recall = r.hits / r.positives
    precision = precision_at(recall, r.alarms / r.negatives, prevalence)
    below = weight**2 * precision + recall
    return (1 + weight**2) * precision * recall / below if below else 0.0


def _point(chosen: _Rates | None, any_: _Rates, prevalence: float) -> MeasuredPoint:
    counts = {"positives": any_.positives, "negatives": any_.negatives}
    if chosen is None:
        return MeasuredPoint(threshold=None, **counts)
    recall, alarms = chosen.hits / chosen.positives, chosen.alarms / chosen.negatives
    return MeasuredPoint(
        # Rounded down, so that the row that set it still reaches it.
        threshold=float(np.floor(chosen.threshold * 1e4) / 1e4),
        recall=round(recall, 3),
        false_alarms=round(alarms, 4),
        precision=round(precision_at(recall, alarms, prevalence), 3),
        precision_low=round(_certain_precision(chosen, prevalence), 3),
        missed=round(missed_at(recall, alarms, prevalence), 4),
        **counts,
    )

"""How far two opinions on the same comments agree beyond chance."""

from collections import Counter
from collections.abc import Sequence


def raw_agreement(pairs: Sequence[tuple[str, str]]) -> float | None:
    """The share of equal pairs, 0..1; ``None`` without any."""
    if not pairs:
        return None
    return sum(first == second for first, second in pairs) / len(pairs)


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of a first and a second opinion: 1 is perfect, 0 is what chance gives.

    Cohen (1960), "A coefficient of agreement for nominal scales", Educational and
    Psychological Measurement 20(1), 37-46.

    Returns:
        ``None`` without pairs, and where everybody always said the same: chance alone would
        agree then.
    """
    observed = raw_agreement(pairs)
    if observed is None:
        return None
    firsts = Counter(first for first, _ in pairs)
    seconds = Counter(second for _, second in pairs)
    total = len(pairs) ** 2
    by_chance = sum(count * seconds[value] for value, count in firsts.items())
    if by_chance == total:
        return None
    return (observed - by_chance / total) / (1 - by_chance / total)


def krippendorff_alpha(units: Sequence[Sequence[str | None]]) -> float | None:
    """Krippendorff's alpha for nominal values: any number of opinions per comment.

    Krippendorff (2011), "Computing Krippendorff's alpha-reliability"
    (https://repository.upenn.edu/asc_papers/43). Unlike kappa it does not ask who gave which
    opinion, which suits reviewers who take turns.

    Args:
        units: the opinions on each comment, ``None`` where one is missing. Comments with
            fewer than two opinions tell nothing and are left out.

    Returns:
        ``None`` without comparable opinions, and where all are the same.
    """
    totals: Counter[str] = Counter()
    disagreement = 0.0
    for unit in units:
        counts = Counter(value for value in unit if value is not None)
        opinions = counts.total()
        if opinions < 2:
            continue
        totals += counts
        disagreement += _unequal_pairs(counts) / (opinions - 1)
    expected = _unequal_pairs(totals)
    if expected == 0:
        return None
    return 1 - (totals.total() - 1) * disagreement / expected


def _unequal_pairs(counts: Counter[str]) -> int:
    """Ordered pairs of opinions that differ."""
    return counts.total() ** 2 - sum(count**2 for count in counts.values())

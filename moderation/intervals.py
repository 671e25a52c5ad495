"""How sure a share is."""

import math

# 95 %, two-sided.
_Z = 1.959964


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, "Probable inference"); 0 to 1 without data."""
    if total == 0:
        return 0.0, 1.0
    share, squared = hits / total, _Z * _Z
    middle = (share + squared / (2 * total)) / (1 + squared / total)
    half = _Z / (1 + squared / total)
    half *= math.sqrt(share * (1 - share) / total + squared / (4 * total * total))
    # At the ends the formula gives the ends, but for rounding.
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == total else min(1.0, middle + half)
    return low, high

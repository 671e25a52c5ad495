"""Long comments are read in overlapping windows."""

from collections.abc import Sequence
from dataclasses import dataclass

# Enough for 20,480 characters of ordinary Arabic, and a bound for anything else.
MAX_WINDOWS = 64


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of token ids; ``truncated`` tells that the end was left unread."""

    parts: tuple[tuple[int, ...], ...]
    truncated: bool


def cut(ids: Sequence[int], size: int, limit: int = MAX_WINDOWS) -> Windows:
    """Cut ids into windows of at most ``size`` that overlap by a quarter.

    Example: ``cut([1, 2, 3, 4, 5], 4).parts`` is ``((1, 2, 3, 4), (4, 5))``.
    """
    if len(ids) <= size:
        return Windows((tuple(ids),), truncated=False)
    step = max(1, size - size // 4)
    starts = range(0, len(ids) - (size - step), step)
    parts = tuple(tuple(ids[s : s + size]) for s in starts[:limit])
    return Windows(parts, truncated=len(starts) > limit)

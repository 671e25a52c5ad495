"""Hashed letter and word n-grams of a comment, for the linear part of the model.

Pieces of words tell what a small network has seen too rarely to know: rare
insults, dialect endings, misspellings. Letter n-grams of 2 to 6 do not cross
words but see their edges; word n-grams are single words and pairs. Each is
hashed (Weinberger et al. 2009, "Feature hashing for large scale multitask
learning") by a rolling polynomial in 64 bits.
"""

import numpy as np
from numpy.typing import NDArray

# A model's table has this many rows: another number is another bundle format.
BUCKETS_LOG2 = 18
BUCKETS = 1 << BUCKETS_LOG2

_LETTERS = range(2, 7)
_SPACE = np.uint64(ord(" ") + 1)
_BASE = np.uint64(0x9E3779B97F4A7C15)
# A word's letters are weighed by powers of a number that has an inverse modulo 2^64 (it
# is odd), so that a word has one hash wherever it stands.
_WORD_BASE = 0xC2B2AE3D27D4EB4F
_WORD_INVERSE = np.uint64(pow(_WORD_BASE, -1, 1 << 64))
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_ONE = np.uint64(1)


def ngram_ids(normalized: str) -> NDArray[np.int64]:
    """Bucket numbers of all n-grams of a normalized text, sorted, each once.

    Args:
        normalized: what ``normalize`` returned.

    Returns:
        int64 [n], 0 ≤ id < ``BUCKETS``; empty for an empty text.
    """
    text = " ".join(normalized.split())
    if not text:
        return np.empty(0, dtype=np.int64)
    letters = np.frombuffer(f" {text} ".encode("utf-32-le"), dtype=np.uint32)
    codes = letters.astype(np.uint64) + _ONE
    hashes = np.concatenate([*_letter_hashes(codes), *_word_hashes(codes)])
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _MIX
    return np.unique(mixed >> np.uint64(64 - BUCKETS_LOG2)).astype(np.int64)


def _letter_hashes(codes: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    """Hashes of n-grams without a space inside, one array per length."""
    spaces = np.concatenate([[0], np.cumsum(codes == _SPACE)])
    rolling, found = codes, []
    for size in _LETTERS:
        if len(codes) < size:
            break
        rolling = rolling[:-1] * _BASE + codes[size - 1 :]
        first = np.arange(len(rolling))
        inside = spaces[first + size - 1] - spaces[first + 1]
        found.append(rolling[inside == 0])
    return found


def _word_hashes(codes: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    """Hashes of words and of pairs of neighbours."""
    edges = np.flatnonzero(codes == _SPACE)
    start, end = edges[:-1] + 1, edges[1:]
    sums = np.cumsum(codes * _powers(np.uint64(_WORD_BASE), len(codes)))
    inverse = _powers(_WORD_INVERSE, len(codes))
    words = (sums[end - 1] - sums[start - 1]) * inverse[start]
    return [words, words[:-1] * _BASE + words[1:]]


def _powers(base: np.uint64, count: int) -> NDArray[np.uint64]:
    """1, base, base², … modulo 2^64."""
    powers = np.full(count, base)
    powers[0] = _ONE
    return np.cumprod(powers)

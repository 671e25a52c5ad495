"""Which texts resemble each other: MinHash in bands.

Broder, "On the resemblance and containment of documents" (1997); banding as in Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3. Texts that share half of their
letter groups meet in at least one of eight bands with probability 1 - (1 - 0.5^2)^8 = 0.9.
"""

import hashlib

import numpy as np
from sqlalchemy import Connection, func, select, union_all

from moderation.store.room_tables import fingerprints

BANDS, _ROWS = 8, 2
_GROUP = 4
# Of a long text the beginning is enough to know it again.
_MOST_GROUPS = 2000
# Looked at per band.
_NEWEST = 50
_PRIME = np.uint64((1 << 61) - 1)
_random = np.random.default_rng(20)
_FACTORS = _random.integers(1, 1 << 31, BANDS * _ROWS, dtype=np.uint64)
_SHIFTS = _random.integers(0, 1 << 31, BANDS * _ROWS, dtype=np.uint64)


def bands(normalized: str) -> list[int]:
    """``BANDS`` numbers of 63 bits; empty for a text too short to be told from others."""
    letters = "".join(normalized.split())
    groups = {letters[i : i + _GROUP] for i in range(len(letters) - _GROUP + 1)}
    if len(groups) < _GROUP:
        return []
    hashes = np.array(
        [_hash(group) for group in sorted(groups)[:_MOST_GROUPS]], dtype=np.uint64
    )
    # 32-bit hashes times 31-bit factors stay below 2^63: exact in 64 bits.
    mixed = (hashes[:, None] * _FACTORS + _SHIFTS) % _PRIME
    least = mixed.min(axis=0).reshape(BANDS, _ROWS)
    return [
        int.from_bytes(hashlib.blake2b(row.tobytes(), digest_size=8).digest()) >> 1
        for row in least
    ]


def fingerprint_rows(normalized: str, version_id: int) -> list[dict[str, int]]:
    """Rows of ``fingerprints``."""
    return [
        {"band": band, "value": value, "version_id": version_id}
        for band, value in enumerate(bands(normalized))
    ]


def similar_versions(connection: Connection, version_id: int, limit: int) -> list[int]:
    """Ids of versions that share most bands with this one, the most similar first.

    Of a flood of one text the newest are enough.
    """
    own = connection.execute(
        select(fingerprints.c.band, fingerprints.c.value).where(
            fingerprints.c.version_id == version_id
        )
    ).all()
    if not own:
        return []
    alike = [
        select(fingerprints.c.version_id)
        .where(fingerprints.c.band == band, fingerprints.c.value == value)
        .where(fingerprints.c.version_id != version_id)
        .order_by(fingerprints.c.version_id.desc())
        .limit(_NEWEST)
        .subquery()
        for band, value in own
    ]
    found = union_all(*(select(part.c.version_id) for part in alike)).subquery()
    return list(
        connection.scalars(
            select(found.c.version_id)
            .group_by(found.c.version_id)
            .order_by(func.count().desc(), found.c.version_id.desc())
            .limit(limit)
        )
    )


def _hash(group: str) -> int:
    written = group.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(written, digest_size=4).digest())

"""Whole-word masking over packed sequences.

The rule is BERT's (Devlin et al. 2019: of the chosen tokens 80 % become [MASK],
10 % a random token, 10 % stay), applied to whole words.
"""

import zlib

import numpy as np
import torch
from numpy.typing import NDArray

IGNORE = -100


class WholeWordMasking:
    """Collator: rows of token ids → ``input_ids``, ``attention_mask``, ``labels``.

    Args:
        starts: bool [vocab], whether a piece starts a word.
        special: bool [vocab], whether a piece is a special token (never masked).
        mask_id: id of [MASK].
        share: share of words to predict, 0..1.
    """

    def __init__(
        self,
        starts: NDArray[np.bool_],
        special: NDArray[np.bool_],
        mask_id: int,
        share: float,
    ) -> None:
        self._starts, self._special = starts, special
        self._mask_id, self._share = mask_id, share

    def __call__(self, rows: list[dict[str, NDArray[np.int64]]]) -> dict[str, torch.Tensor]:
        """Mask a batch: int64 [B, T] each.

        Chance is seeded by the batch itself: the loader works ahead of the trainer,
        and a run that resumes must mask what an unbroken one would have masked.
        """
        ids = torch.from_numpy(np.stack([row["input_ids"] for row in rows]).astype(np.int64))
        chance = torch.Generator().manual_seed(zlib.crc32(ids.numpy().tobytes()))
        starts = torch.from_numpy(self._starts)[ids]
        special = torch.from_numpy(self._special)[ids]
        word = starts.long().cumsum(dim=1)  # [B, T], number of the word a piece belongs to
        chosen = torch.rand(len(word), int(word.max()) + 1, generator=chance) < self._share
        picked = chosen.gather(1, word) & ~special
        labels = ids.masked_fill(~picked, IGNORE)
        roll = torch.rand(ids.shape, generator=chance)
        ids = ids.masked_fill(picked & (roll < 0.8), self._mask_id)
        swap = picked & (roll >= 0.8) & (roll < 0.9)
        other = torch.randint(len(self._starts), ids.shape, generator=chance)
        ids = torch.where(swap, other, ids)
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}

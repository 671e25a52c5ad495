"""From rows to batches: views of a row, noise, mixture of corpora, padding."""

import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from torch.utils.data import Dataset, Sampler

from training.corpora import ABUSE_LABELS, Row
from training.model import UNKNOWN
from training.noise import training_noise

_MEGABATCH = 50


def mixture_weights(
    sources: Sequence[str], weights: Mapping[str, float], power: float
) -> NDArray[np.float64]:
    """Row weights [N], 1 on average: corpora count as much as ``MixtureSampler`` draws them."""
    counts = Counter(sources)
    shares = {s: weights.get(s, 1.0) * n ** (power - 1) for s, n in counts.items()}
    found = np.array([shares[source] for source in sources])
    return np.asarray(found / found.mean(), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Example:
    """One input of the network: the comment alone, or after a stance target."""

    text: str
    target: str | None
    source: str
    labels: Mapping[str, float]
    sentiment: int
    stance: int


def views(row: Row) -> Iterator[Example]:
    """The comment alone for abuse and sentiment; after its target for stance."""
    if row.labels or row.sentiment is not None:
        sentiment = -1 if row.sentiment is None else row.sentiment
        yield Example(row.text, None, row.source, row.labels, sentiment, -1)
    if row.stance is not None and row.target:
        yield Example(row.text, row.target, row.source, {}, -1, row.stance)


class Examples(Dataset[Example]):
    """A list of examples, with the lengths (in characters) that batching sorts by."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._items = [example for row in rows for example in views(row)]
        self.sources = [example.source for example in self._items]
        self.lengths = [len(e.text) + len(e.target or "") for e in self._items]

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> Example:
        return self._items[index]


class MixtureSampler(Sampler[int]):
    """Draws an epoch with source shares ∝ weight · n^power, in batches of like length.

    Small corpora are repeated, large ones sampled anew each epoch (temperature
    sampling, Conneau & Lample 2019). The order depends on seed and epoch alone,
    so that a resumed run sees what an unbroken one would have seen.
    """

    def __init__(
        self,
        data: Examples,
        weights: Mapping[str, float],
        power: float,
        rows: int,
        batch: int,
        seed: int,
    ) -> None:
        self._lengths, self._batch, self._seed = data.lengths, batch, seed
        self._by_source: dict[str, list[int]] = defaultdict(list)
        for index, source in enumerate(data.sources):
            self._by_source[source].append(index)
        mass = {s: weights.get(s, 1.0) * len(i) ** power for s, i in self._by_source.items()}
        total = sum(mass.values())
        self._counts = {s: round(rows * m / total) for s, m in mass.items()}
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer before each epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return sum(self._counts.values())

    def __iter__(self) -> Iterator[int]:
        rng = random.Random(self._seed * 1000 + self._epoch)
        drawn: list[int] = []
        for source, count in self._counts.items():
            pool = self._by_source[source]
            whole, part = divmod(count, len(pool))
            drawn += pool * whole + rng.sample(pool, part)
        rng.shuffle(drawn)
        size = self._batch * _MEGABATCH
        batches: list[list[int]] = []
        for start in range(0, len(drawn), size):
            mega = sorted(drawn[start : start + size], key=self._lengths.__getitem__)
            batches += [mega[i : i + self._batch] for i in range(0, len(mega), self._batch)]
        rng.shuffle(batches)
        yield from (index for batch in batches for index in batch)


class Collator:
    """Examples → padded tensors.

    Args:
        sources: corpora by index, as the model knows them.
        max_length: tokens; what is longer is cut.
        noise: share of batches whose comments get slips and disguises.
    """

    def __init__(
        self, tokenizer: Tokenizer, sources: list[str], max_length: int, noise: float = 0.0
    ) -> None:
        self._tokenizer, self._max_length, self._noise = tokenizer, max_length, noise
        self._source_ids = {source: i for i, source in enumerate(sources)}

    def encode(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        """``input_ids``, ``token_type_ids``, ``attention_mask``, all int64 [B, T]."""
        # Seeded by the batch itself, so that a resumed run sees what an unbroken one saw.
        rng = random.Random(zlib.crc32("".join(e.text for e in examples).encode()))
        # A batch is disguised as a whole or not at all: disguises make texts longer, and the
        # plain ones would be filled up to their length.
        noisy = rng.random() < self._noise
        texts = [training_noise(e.text, rng) if noisy else e.text for e in examples]
        encodings = self._encodings(examples, texts)
        out = np.zeros((3, len(examples), max(len(e.ids) for e in encodings)), dtype=np.int64)
        for index, encoding in enumerate(encodings):
            n = len(encoding.ids)
            out[0, index, :n] = encoding.ids
            out[1, index, :n] = encoding.type_ids
            out[2, index, :n] = encoding.attention_mask
        input_ids, types, mask = torch.from_numpy(out)
        return {"input_ids": input_ids, "token_type_ids": types, "attention_mask": mask}

    def _encodings(self, examples: Sequence[Example], texts: list[str]) -> list[Encoding]:
        """Too long is cut where it is longest: a target stays whole unless it is longer."""
        self._tokenizer.enable_truncation(self._max_length, strategy="longest_first")
        return self._tokenizer.encode_batch(
            [
                text if e.target is None else (e.target, text)
                for e, text in zip(examples, texts, strict=True)
            ]
        )

    def __call__(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        """The arguments of ``ModerationModel.forward``."""
        batch = self.encode(examples)
        batch["source"] = torch.tensor([self._source_ids.get(e.source, 0) for e in examples])
        batch["abuse"] = torch.tensor(
            [[e.labels.get(label, UNKNOWN) for label in ABUSE_LABELS] for e in examples]
        )
        batch["sentiment"] = torch.tensor([e.sentiment for e in examples])
        batch["stance"] = torch.tensor([e.stance for e in examples])
        return batch

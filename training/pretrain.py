"""Masked-language pretraining of the encoder, from scratch or from a checkpoint.

    python -m training pretrain --config training/configs/cpu-small.yaml

Sequences are packed: lines follow each other, separated by [SEP], and no token
is spent on padding. Only the masked positions go through the output layer,
which would otherwise cost more than the encoder itself.
"""

import random
import shutil
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional
from torch.utils.data import Dataset
from transformers import BertConfig, BertForMaskedLM, Trainer, TrainingArguments
from transformers.modeling_outputs import MaskedLMOutput

from moderation.text.normalize import PLACEHOLDERS
from training.config import PretrainStage, Recipe
from training.corpora.public import CORPORA, corpus_path, read_public
from training.corpora.raw import read_lines
from training.environment import device_arguments, resolve_base, resume_point
from training.masking import IGNORE, WholeWordMasking
from training.record import record_run, save_curve
from training.tokenizer import BERT, SPECIAL, special_of

_LINES_AT_ONCE = 2000
_HELD_OUT_SEQUENCES = 512
# No text is seen often enough here for dropout to help, and on a CPU its random numbers
# cost time; so does the fused attention, which short rows gain nothing from.
_IN_PRETRAINING: dict[str, Any] = {
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "attn_implementation": "eager",
}


class SparseMaskedLM(BertForMaskedLM):
    """``BertForMaskedLM`` that computes logits for masked positions only."""

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        **unused: Any,
    ) -> MaskedLMOutput:
        """Mean cross-entropy over masked positions, in nats.

        Args:
            input_ids, labels: int64 [B, T].
            attention_mask: not looked at.
        """
        # Packed rows have no padding, so nothing needs to be masked off.
        del unused, attention_mask
        assert labels is not None
        hidden = self.bert(input_ids)[0]  # [B, T, H]
        picked = labels != IGNORE
        logits = self.cls(hidden[picked])  # [N, V]
        loss = functional.cross_entropy(logits.float(), labels[picked])
        return MaskedLMOutput(loss=loss)


class PackedSequences(Dataset[dict[str, NDArray[np.int64]]]):
    """Token ids cut into rows of equal length."""

    def __init__(self, rows: NDArray[np.uint16]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> dict[str, NDArray[np.int64]]:
        return {"input_ids": self._rows[index].astype(np.int64)}


def mixed_lines(folder: Path, stage: PretrainStage, seed: int) -> list[str]:
    """Lines of every source, each taken ``weight`` times (a fraction: a sample), shuffled."""
    rng = random.Random(seed)
    sources = [(list(read_lines(folder, [n])), w) for n, w in stage.texts.items()]
    if stage.labeled:
        sources.append((list(_labeled_texts(folder)), stage.labeled))
    lines: list[str] = []
    for source, weight in sources:
        whole, part = divmod(weight, 1)
        lines += source * int(whole)
        lines += rng.sample(source, round(part * len(source)))
    rng.shuffle(lines)
    return lines


def _labeled_texts(folder: Path) -> Iterator[str]:
    """Train texts of the labeled corpora that are there; one line each."""
    for corpus in CORPORA:
        if corpus_path(folder, corpus).exists():
            for row in read_public(folder, corpus):
                if row.split == "train":
                    yield " ".join(row.text.split())


def pack(
    lines: Iterable[str], tokenizer: Tokenizer, length: int, max_tokens: int
) -> NDArray[np.uint16]:
    """Encode lines into rows of ``length`` ids: [CLS] line [SEP] line [SEP] …

    Returns:
        uint16 [N, length] with at most ``max_tokens`` ids.
    """
    vocab = tokenizer.get_vocab()
    start, end = vocab["[CLS]"], vocab["[SEP]"]
    budget = max_tokens // length * (length - 1)
    stream: list[NDArray[np.uint16]] = []
    count = 0
    batch: list[str] = []

    def flush() -> None:
        nonlocal count
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            ids = np.array([*encoding.ids, end], dtype=np.uint16)
            stream.append(ids)
            count += len(ids)
        batch.clear()

    for line in lines:
        batch.append(line)
        if len(batch) == _LINES_AT_ONCE:
            flush()
            if count >= budget:
                break
    flush()
    flat = np.concatenate(stream)[:budget]
    flat = flat[: len(flat) // (length - 1) * (length - 1)].reshape(-1, length - 1)
    return np.insert(flat, 0, start, axis=1)


def masking_for(tokenizer: Tokenizer, share: float) -> WholeWordMasking:
    """The masking collator for a tokenizer's vocabulary."""
    vocab = tokenizer.get_vocab()
    starts = np.zeros(len(vocab), dtype=bool)
    special = np.zeros(len(vocab), dtype=bool)
    for piece, index in vocab.items():
        starts[index] = not piece.startswith("##")
        special[index] = piece in SPECIAL or piece in PLACEHOLDERS
    return WholeWordMasking(starts, special, vocab["[MASK]"], share)


def build_encoder(recipe: Recipe, tokenizer: Tokenizer, folder: Path) -> SparseMaskedLM:
    """The base checkpoint, or a fresh encoder of the recipe's shape."""
    if recipe.base:
        return load_masked_lm(resolve_base(recipe.base, folder))
    shape = recipe.shape
    return SparseMaskedLM(
        BertConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=shape.hidden,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            intermediate_size=shape.feed_forward,
            max_position_embeddings=shape.positions,
            **_IN_PRETRAINING,
        )
    )


def load_masked_lm(name: str | Path) -> SparseMaskedLM:
    """A checkpoint, ready for more masked-language training."""
    model: SparseMaskedLM = SparseMaskedLM.from_pretrained(name, **_IN_PRETRAINING)
    return model


def _arguments(step: PretrainStage, out: Path, seed: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(out),
        seed=seed,
        num_train_epochs=1,
        per_device_train_batch_size=step.batch_size,
        learning_rate=step.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0.04,
        weight_decay=0.01,
        adam_beta2=0.98,
        adam_epsilon=1e-6,
        max_grad_norm=1.0,
        save_steps=step.save_steps,
        logging_steps=20,
        eval_strategy="steps",
        eval_steps=step.save_steps,
        per_device_eval_batch_size=step.batch_size,
        **device_arguments(),
    )


def pretrain(recipe: Recipe, folder: Path, run: Path) -> Path:
    """Run the recipe's stages in order; returns the folder of the last checkpoint.

    Finished stages are kept, an interrupted one goes on from its last checkpoint.
    """
    if not recipe.pretrain:
        raise ValueError(f"recipe {recipe.name} has no pretrain stages")
    record_run(recipe, run)
    before: Path | None = None
    for stage in recipe.pretrain:
        done = run / f"encoder-{stage.name}"
        if not done.is_dir():
            _run_stage(recipe, stage, folder, run, before)
        before = done
    shutil.copytree(done, run / "encoder", dirs_exist_ok=True)
    return run / "encoder"


def _run_stage(
    recipe: Recipe, stage: PretrainStage, folder: Path, run: Path, before: Path | None
) -> None:
    torch.manual_seed(recipe.seed)
    tokenizer = Tokenizer.from_file(str(run / "tokenizer" / "tokenizer.json"))
    if special_of(run) != BERT:
        raise ValueError(
            f"{recipe.base}: only encoders with BERT's tokens are pretrained further here; "
            "leave the pretrain stages out of the recipe and fine-tune it as it is."
        )
    rows = _packed(recipe, stage, folder, run, tokenizer)
    held_out = min(_HELD_OUT_SEQUENCES, len(rows) // 10)
    checkpoints = run / f"pretrain-{stage.name}"
    trainer = Trainer(
        model=load_masked_lm(before) if before else build_encoder(recipe, tokenizer, folder),
        args=_arguments(stage, checkpoints, recipe.seed),
        train_dataset=PackedSequences(rows[held_out:]),
        eval_dataset=PackedSequences(rows[:held_out]),
        data_collator=masking_for(tokenizer, stage.mask_share),
    )
    trainer.train(resume_from_checkpoint=resume_point(checkpoints))
    trainer.save_metrics("eval", trainer.evaluate())
    save_curve(trainer.state, checkpoints)
    # Last of all, and in one step: a stage whose encoder is there counts as finished.
    partial = run / f"encoder-{stage.name}.partial"
    trainer.save_model(str(partial))
    partial.rename(run / f"encoder-{stage.name}")


def _packed(
    recipe: Recipe, stage: PretrainStage, folder: Path, run: Path, tokenizer: Tokenizer
) -> NDArray[np.uint16]:
    made_from = stage.model_dump_json() + tokenizer.to_str()
    cache = run / f"packed-{stage.name}-{zlib.crc32(made_from.encode()):08x}.npy"
    if not cache.exists():
        lines = mixed_lines(folder, stage, recipe.seed)
        budget = stage.max_tokens + _HELD_OUT_SEQUENCES * stage.sequence_length
        partial = cache.with_suffix(".partial.npy")
        np.save(partial, pack(lines, tokenizer, stage.sequence_length, budget))
        partial.rename(cache)
    packed: NDArray[np.uint16] = np.load(cache)
    return packed

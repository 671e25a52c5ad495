"""Multi-task fine-tuning on every labeled corpus at once.

    python -m training finetune --config training/configs/cpu-small.yaml

Unknown labels are masked out, corpora are mixed by temperature sampling, and
annotation habits go into a per-corpus bias that is dropped at inference
(see ``ModerationModel``).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch.utils.data import DataLoader, Sampler
from transformers import Trainer, TrainingArguments

from training.config import FinetuneStep, Recipe
from training.corpora import CorpusError, Row, stable_fraction
from training.corpora.own import SOURCE, read_own
from training.corpora.public import BY_NAME, CORPORA, corpus_path, read_public, with_dev
from training.environment import device_arguments, resolve_base, resume_point
from training.examples import Collator, Examples, MixtureSampler
from training.functional import SOURCE as FUNCTIONAL
from training.functional import generate
from training.model import ModerationModel, load_encoder
from training.record import record_run, save_curve
from training.tokenizer import load_tokenizer

_DEV_ROWS = 5_000


def load_rows(step: FinetuneStep, folder: Path) -> list[Row]:
    """Train and dev rows of the recipe's corpora and of our own dataset; never test rows.

    A corpus that the recipe names must be there; where the recipe takes "all",
    one that is not there is skipped with a message.

    Raises:
        CorpusError: a named corpus is missing or broken, or nothing is left.
    """
    rows: list[Row] = []
    for name in step.corpora or [corpus.name for corpus in CORPORA]:
        try:
            rows += with_dev(
                [r for r in read_public(folder, BY_NAME[name]) if r.split != "test"]
            )
        except KeyError as error:
            raise CorpusError(f"{name}: unknown corpus; known: {sorted(BY_NAME)}") from error
        except CorpusError as error:
            if step.corpora or corpus_path(folder, BY_NAME[name]).exists():
                raise
            Console(stderr=True).print(f"skipped: {error}")
    rows += [*read_own("train"), *read_own("dev")]
    rows += generate("train", step.functional_rows)
    if not any(row.split == "train" for row in rows):
        raise CorpusError(f"{folder}: no training rows in any corpus of the recipe.")
    return rows


class MixtureTrainer(Trainer):
    """The library's trainer with our sampler, and noise in training only."""

    def __init__(
        self, sampler: MixtureSampler, clean_collator: Collator, **options: Any
    ) -> None:
        super().__init__(**options)
        self._mixture = sampler
        self._clean = clean_collator

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        del train_dataset
        return self._mixture

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader[Any]:
        """Dev rows come without typing slips."""
        noisy, self.data_collator = self.data_collator, self._clean
        try:
            return super().get_eval_dataloader(eval_dataset)
        finally:
            self.data_collator = noisy


def _sample(rows: list[Row]) -> list[Row]:
    """Enough dev rows for a curve, the same each time."""
    return sorted(rows, key=lambda row: stable_fraction(row.id))[:_DEV_ROWS]


def source_weights(step: FinetuneStep) -> Mapping[str, float]:
    """How often a corpus is drawn, times its size to ``source_power``."""
    ours = {SOURCE: step.own_weight, FUNCTIONAL: step.functional_weight}
    return {corpus.name: corpus.weight for corpus in CORPORA} | ours


def _arguments(step: FinetuneStep, out: Path, seed: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(out),
        seed=seed,
        num_train_epochs=step.epochs,
        per_device_train_batch_size=step.batch_size,
        per_device_eval_batch_size=step.batch_size,
        learning_rate=step.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0.06,
        weight_decay=0.01,
        max_grad_norm=1.0,
        save_steps=step.save_steps,
        logging_steps=50,
        eval_strategy="epoch",
        remove_unused_columns=False,
        label_names=["abuse", "sentiment", "stance"],
        prediction_loss_only=True,
        **device_arguments(),
    )


def finetune(recipe: Recipe, folder: Path, run: Path) -> Path:
    """Fine-tune the run's encoder (or the base model); returns the model's folder.

    An interrupted run goes on from its last checkpoint.
    """
    step = recipe.finetune
    record_run(recipe, run)
    torch.manual_seed(recipe.seed)
    rows = load_rows(step, folder)
    train = Examples([row for row in rows if row.split == "train"])
    dev = Examples(_sample([row for row in rows if row.split == "dev"]))
    sources = sorted(set(train.sources) | set(dev.sources))
    sampler = MixtureSampler(
        train,
        source_weights(step),
        step.source_power,
        step.rows_per_epoch or len(train),
        step.batch_size,
        recipe.seed,
    )
    tokenizer = load_tokenizer(run)
    encoder = load_encoder(_encoder_of(recipe, folder, run), step.dropout)
    if tokenizer.get_vocab_size() > encoder.config.vocab_size:
        # Placeholders for links, names and numbers that its vocabulary did not have.
        encoder.resize_token_embeddings(tokenizer.get_vocab_size())
    model = ModerationModel(encoder, sources, step.bias_dropout)
    trainer = MixtureTrainer(
        sampler,
        clean_collator=Collator(tokenizer, sources, step.max_length),
        model=model,
        args=_arguments(step, run / "finetune", recipe.seed),
        train_dataset=train,
        eval_dataset=dev,
        data_collator=Collator(tokenizer, sources, step.max_length, step.noise_share),
    )
    trainer.train(resume_from_checkpoint=resume_point(run / "finetune"))
    save_curve(trainer.state, run / "finetune")
    model.save(run / "model")
    return run / "model"


def _encoder_of(recipe: Recipe, folder: Path, run: Path) -> str:
    encoder = run / "encoder"
    if encoder.is_dir():
        return str(encoder)
    if recipe.base is None:
        raise CorpusError(f"{encoder}: not there. Run the pretrain step first.")
    return resolve_base(recipe.base, folder)

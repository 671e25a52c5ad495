"""Recipes: one YAML file tells every step what to do."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError


class RecipeError(Exception):
    """A recipe that cannot be read; the message names file and field."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shape(_Section):
    """Size of an encoder made from scratch; ignored where a base checkpoint is given."""

    layers: int = 4
    hidden: int = 256
    heads: int = 4
    feed_forward: int = 1024
    positions: int = 256


class TokenizerStep(_Section):
    """Where the vocabulary comes from."""

    vocab_size: int = 16_000
    # Take over the base checkpoint's vocabulary instead of learning one.
    adopt_base: bool = True
    texts: list[str] = []


class PretrainStage(_Section):
    """One stage of masked-language pretraining; it starts from the stage before.

    Lengths are counted in tokens, batches in sequences.
    """

    name: str
    # How often each raw source is taken (0.3: a sample of 30 %).
    texts: dict[str, float]
    # The same for the train texts of every labeled corpus.
    labeled: float = 0
    sequence_length: int = 64
    batch_size: int = 64
    learning_rate: float = 1e-3
    mask_share: float = 0.2
    max_tokens: int = 20_000_000
    save_steps: int = 200


class FinetuneStep(_Section):
    """Multi-task fine-tuning on labeled corpora."""

    # None takes every corpus that training.corpora knows.
    corpora: list[str] | None = None
    own_weight: float = 4.0
    functional_rows: int = 12_000
    functional_weight: float = 1.5
    epochs: int = 3
    rows_per_epoch: int | None = None
    batch_size: int = 64
    learning_rate: float = 3e-4
    max_length: int = 128
    noise_share: float = 0.3
    # Penalty on the squared weights of the n-grams.
    linear_strength: float = 40.0
    source_power: float = 0.7
    bias_dropout: float = 0.15
    # In the encoder. One pass over the rows leaves little to overfit, and it costs time.
    dropout: float = 0.0
    save_steps: int = 500


class Recipe(_Section):
    """One way from text to a shipped model."""

    name: str
    seed: int = 7
    # A folder in the hub's format, relative to the corpora folder, or a hub name.
    base: str | None = None
    # Where it comes from and what it saw, for the model card.
    base_about: str = ""
    shape: Shape = Shape()
    tokenizer: TokenizerStep = TokenizerStep()
    pretrain: list[PretrainStage] = []
    finetune: FinetuneStep = FinetuneStep()


def load_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Raises:
        RecipeError: no such file, broken YAML, or an unknown or wrong field.
    """
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Recipe.model_validate(raw)
    except FileNotFoundError as error:
        raise RecipeError(f"{path}: no such recipe") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: {error}") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
        )
        raise RecipeError(f"{path}: {problems}") from error

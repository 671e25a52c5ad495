"""The commands of ``python -m training``."""

from pathlib import Path
from typing import Annotated

import typer

from training.config import load_recipe
from training.environment import corpora_folder, resolve_base

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

ConfigOption = Annotated[Path, typer.Option("--config", help="The recipe, a YAML file.")]
CorporaOption = Annotated[
    Path | None, typer.Option("--corpora", help="Folder with labeled/ and text/.")
]
RunsOption = Annotated[Path, typer.Option("--runs", help="Where run folders go.")]
DEFAULT_CONFIG = Path("training/configs/cpu-small.yaml")


@app.command()
def tokenizer(
    config: ConfigOption = DEFAULT_CONFIG,
    corpora: CorporaOption = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Learn a vocabulary, or adopt the base checkpoint's, under our normalizer."""
    from training import tokenizer as step
    from training.corpora.raw import read_lines

    recipe = load_recipe(config)
    folder = corpora_folder(corpora)
    if recipe.tokenizer.adopt_base and recipe.base:
        made = step.adopt_vocabulary(Path(resolve_base(recipe.base, folder)))
    else:
        texts = recipe.tokenizer.texts or list(recipe.pretrain.texts if recipe.pretrain else ())
        made = step.train_tokenizer(read_lines(folder, texts), recipe.tokenizer.vocab_size)
    step.save(made, runs / recipe.name / "tokenizer", recipe.shape.positions)


@app.command()
def pretrain(
    config: ConfigOption = DEFAULT_CONFIG,
    corpora: CorporaOption = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Masked-language pretraining; goes on where an interrupted run stopped."""
    from training.pretrain import pretrain as run_pretrain

    recipe = load_recipe(config)
    run_pretrain(recipe, corpora_folder(corpora), runs / recipe.name)


@app.command()
def finetune(
    config: ConfigOption = DEFAULT_CONFIG,
    corpora: CorporaOption = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Multi-task fine-tuning; goes on where an interrupted run stopped."""
    from training.finetune import finetune as run_finetune

    recipe = load_recipe(config)
    run_finetune(recipe, corpora_folder(corpora), runs / recipe.name)

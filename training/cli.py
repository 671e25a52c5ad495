"""The commands of ``python -m training``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from training.config import load_recipe
from training.environment import corpora_folder, resolve_base

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From text to a shipped model, one command per step.",
)

ConfigOption = Annotated[Path, typer.Option("--config", help="The recipe, a YAML file.")]
CorporaOption = Annotated[
    Path | None, typer.Option("--corpora", help="Folder with labeled/ and text/.")
]
RunsOption = Annotated[Path, typer.Option("--runs", help="Where run folders go.")]
DEFAULT_CONFIG = Path("training/configs/cpu-small.yaml")
DEFAULT_MODEL = Path("models/mizan-small")


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
        made, special = step.adopt(resolve_base(recipe.base, folder))
    else:
        texts = recipe.tokenizer.texts or [t for s in recipe.pretrain for t in s.texts]
        made = step.train_tokenizer(read_lines(folder, texts), recipe.tokenizer.vocab_size)
        special = step.BERT
    step.save(made, runs / recipe.name / "tokenizer", recipe.shape.positions, special)


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
def linear(
    config: ConfigOption = DEFAULT_CONFIG,
    corpora: CorporaOption = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Logistic regression over n-grams, on the rows that the encoder is fine-tuned on."""
    from training.linear import linear as fit

    recipe = load_recipe(config)
    fit(recipe, corpora_folder(corpora), runs / recipe.name)


@app.command()
def blend(
    config: ConfigOption = DEFAULT_CONFIG,
    corpora: CorporaOption = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Weigh the n-grams against the fine-tuned encoder on dev rows; prints the ratios."""
    from training.linear import blend as fit

    recipe = load_recipe(config)
    ratios = fit(recipe, corpora_folder(corpora), runs / recipe.name)
    typer.echo(json.dumps({name: round(ratio, 3) for name, ratio in ratios.items()}))


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


@app.command()
def calibrate(
    config: ConfigOption = DEFAULT_CONFIG,
    corpora: CorporaOption = None,
    runs: RunsOption = Path("runs"),
    prevalence: Annotated[
        float, typer.Option(min=0.001, max=0.999, help="Share of abuse in the live stream.")
    ] = 0.1,
) -> None:
    """Probabilities and operating points at a stated prevalence, from dev rows."""
    from training.calibrate import calibrate as fit
    from training.calibrate import save_calibrations

    recipe = load_recipe(config)
    folder, run = corpora_folder(corpora), runs / recipe.name
    fitted = fit(run, folder, prevalence, recipe.finetune.max_length)
    save_calibrations(fitted, run)


@app.command()
def export(
    config: ConfigOption = DEFAULT_CONFIG,
    corpora: CorporaOption = None,
    runs: RunsOption = Path("runs"),
    target: Annotated[Path, typer.Option(help="Folder of the bundle.")] = DEFAULT_MODEL,
) -> None:
    """Write the calibrated run as an int8 bundle, if it scores like the model."""
    from training.calibrate import dev_rows, load_calibrations
    from training.export import export as write
    from training.export import write_training_record

    recipe = load_recipe(config)
    folder, run = corpora_folder(corpora), runs / recipe.name
    # Served windows are as long as those the network was fine-tuned on.
    max_tokens = recipe.finetune.max_length
    calibrations = load_calibrations(run)
    texts = [row.text for row in dev_rows(folder) if row.labels][:500]
    parity = write(run, target, calibrations, texts, max_tokens)
    write_training_record(recipe, target, parity)
    typer.echo(json.dumps({"parity": parity}))


@app.command()
def evaluate(
    model: Annotated[Path, typer.Option(help="Folder of the bundle.")] = DEFAULT_MODEL,
    corpora: CorporaOption = None,
    svm: Annotated[bool, typer.Option(help="Also fit the SVM baseline (minutes).")] = True,
    dev: Annotated[
        bool, typer.Option(help="Dev splits only, for choosing; writes nothing.")
    ] = False,
) -> None:
    """Measure a bundle on every test split; print the figures, keep them in metrics.json."""
    from training.figures import write_figures
    from training.report import measure, measure_dev, sections_markdown, table_markdown

    if dev:
        typer.echo(table_markdown(measure_dev(model, corpora_folder(corpora))))
        return
    content = measure(model, corpora_folder(corpora), svm)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (model / "metrics.json").write_text(text + "\n", encoding="utf-8")
    write_figures(model, content["table"])
    typer.echo(f"{table_markdown(content['table'])}\n\n{sections_markdown(content)}")


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Folder of the bundle to compare with.")],
    second: Annotated[Path, typer.Argument(help="Folder of the other bundle.")],
    corpora: CorporaOption = None,
) -> None:
    """Two bundles on the same test rows: better, same or worse, line by line."""
    from moderation.scoring import OnnxScorer, load_bundle
    from training.compare import compare as measure
    from training.compare import to_markdown
    from training.evaluate import Data
    from training.scored import ScoredRows

    one, other = (ScoredRows(OnnxScorer(load_bundle(folder))) for folder in (first, second))
    typer.echo(to_markdown(measure(Data(corpora_folder(corpora)), one, other)))


@app.command()
def card(
    model: Annotated[Path, typer.Option(help="Folder of the bundle.")] = DEFAULT_MODEL,
) -> None:
    """Write the model card and the README's table from the bundle's files."""
    from training.card import write_card, write_readme_figures

    typer.echo(write_card(model))
    if model == DEFAULT_MODEL:
        write_readme_figures(model, Path("README.md"))


@app.command()
def recipe(
    name: Annotated[str, typer.Argument(help="A file of training/configs, without .yaml.")],
    corpora: CorporaOption = None,
    runs: RunsOption = Path("runs"),
    target: Annotated[Path | None, typer.Option(help="Folder of the bundle.")] = None,
) -> None:
    """Run every step of a recipe, from tokenizer to card."""
    config = Path(__file__).parent / "configs" / f"{name}.yaml"
    bundle = target or Path("models") / f"mizan-{name}"
    tokenizer(config, corpora, runs)
    if load_recipe(config).pretrain:
        pretrain(config, corpora, runs)
    linear(config, corpora, runs)
    finetune(config, corpora, runs)
    blend(config, corpora, runs)
    calibrate(config, corpora, runs)
    export(config, corpora, runs, bundle)
    evaluate(bundle, corpora, svm=True, dev=False)
    card(bundle)


@app.command()
def agreement() -> None:
    """Agreement of the two labelling passes over our own dataset."""
    from training.agreement import agreement as measure

    typer.echo("| label | rows | Krippendorff's alpha |\n|---|---:|---:|")
    for label, (rows, alpha) in measure().items():
        typer.echo(f"| {label} | {rows} | {alpha:.2f} |")

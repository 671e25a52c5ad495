"""The model card, made from the bundle's own files: nothing in it is typed by hand twice.

python -m training card --model models/mizan-small
"""

import json
from pathlib import Path
from typing import Any

from training.config import Recipe
from training.corpora.public import BY_NAME, CORPORA
from training.export import TRAINING_FILE
from training.figures import FIGURES_FILE
from training.report import points_markdown, sections_markdown, table_markdown

CARD_FILE, METRICS_FILE = "README.md", "metrics.json"
_START, _END = "<!-- figures -->", "<!-- end of figures -->"


def write_card(bundle: Path) -> Path:
    """Write a bundle's ``README.md`` from its manifest, metrics and training record.

    Raises:
        FileNotFoundError: the bundle was not exported or not evaluated yet.
    """
    manifest = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    metrics = json.loads((bundle / METRICS_FILE).read_text(encoding="utf-8"))
    training = json.loads((bundle / TRAINING_FILE).read_text(encoding="utf-8"))
    recipe = Recipe.model_validate(training["recipe"])
    card = "\n\n".join(
        [
            _head(manifest, bundle),
            _about(recipe),
            _figures(metrics),
            _calibration(manifest),
            _sources(recipe),
            _limits(),
            _environment(training),
        ]
    )
    path = bundle / CARD_FILE
    path.write_text(card + "\n", encoding="utf-8")
    return path


def write_readme_figures(bundle: Path, readme: Path) -> None:
    """Put the bundle's table between the markers of ``readme``.

    Raises:
        ValueError: the markers are not there.
    """
    metrics = json.loads((bundle / METRICS_FILE).read_text(encoding="utf-8"))
    text = readme.read_text(encoding="utf-8")
    before, found_start, rest = text.partition(_START)
    _, found_end, after = rest.partition(_END)
    if not (found_start and found_end):
        raise ValueError(f"{readme}: the markers {_START} and {_END} are not there")
    table = table_markdown(metrics["table"])
    readme.write_text(f"{before}{_START}\n{table}\n{_END}{after}", encoding="utf-8")


def _head(manifest: dict[str, Any], bundle: Path) -> str:
    size = (bundle / "model.onnx").stat().st_size / 1e6
    return (
        f"# {manifest['id']}\n\n"
        f"Scores Arabic reader comments for {', '.join(manifest['attributes'])}, "
        "for sentiment, and for stance toward a named target. "
        f"int8 ONNX, {size:.1f} MB, windows of {manifest['max_tokens']} tokens.\n\n"
        "Intended use: to help human moderators of news sites. Not intended to decide about "
        "people, to measure opinions of individuals, or to run without human review."
    )


def _about(recipe: Recipe) -> str:
    stages = "; ".join(
        f"stage “{s.name}”: up to {s.max_tokens / 1e6:.0f} M tokens, {s.mask_share:.0%} of the "
        f"words masked, peak learning rate {s.learning_rate:g}"
        for s in recipe.pretrain
    )
    step = recipe.finetune
    about = recipe.base_about or recipe.base
    origin = f"base checkpoint: {about}" if recipe.base else "from scratch"
    return (
        "## How it was made\n\n"
        f"Recipe `{recipe.name}` ({origin}). "
        f"Masked-language pretraining ({stages}). "
        f"Multi-task fine-tuning: {step.epochs} epoch(s), "
        f"learning rate {step.learning_rate:g}, batches of {step.batch_size}, unknown labels "
        "masked, a per-corpus bias that is dropped at inference, slips and disguises in "
        f"{step.noise_share:.0%} of the rows. Beside the encoder a linear part over hashed "
        "letter and word n-grams, trained with it, adds to the logits of abuse and sentiment. "
        "Dynamic int8 quantization per channel."
    )


def _figures(metrics: dict[str, Any]) -> str:
    speed = metrics["speed"]
    return "\n\n".join(
        [
            "## Figures",
            "Made by `make evaluate`. Thresholds (for several classes: offsets) were chosen on "
            "the dev split of each corpus (for MPOLD: on one half, reported on the other; for "
            "functional sentences: on ours). Intervals are 95 % bootstraps over rows. The SVM "
            "learned from the train split of the same corpus, for MPOLD from a pool of all "
            "others.",
            table_markdown(metrics["table"]),
            f"![The same as a picture]({FIGURES_FILE})",
            f"One comment of 24 tokens: {speed['median_ms_per_comment']} ms median on one "
            f"core; model file {speed['onnx_mb']} MB.",
            sections_markdown(metrics),
        ]
    )


def _calibration(manifest: dict[str, Any]) -> str:
    return (
        "## Calibration\n\n"
        "Probabilities are Platt-scaled on dev rows that were weighted so that "
        f"{manifest['prevalence']:.0%} of them are abusive. Where more or less abuse comes in, "
        "they will be off accordingly; calibrate on your own decisions.\n\n"
        "Operating points, chosen on dev rows at that prevalence, each attribute at its own "
        "share. “Not certified”: too few rows to be 95 % sure, so no rule may act on it.\n\n"
        + points_markdown(manifest["operating_points"])
    )


def _sources(recipe: Recipe) -> str:
    named = recipe.finetune.corpora or [corpus.name for corpus in CORPORA]
    lines = [
        "## Sources and licences\n",
        "Labeled corpora, as their authors state the licence:\n",
        "| corpus | what | licence |",
        "|---|---|---|",
        "| Mizan dataset | reader comments written for this project | CC BY 4.0 |",
        "| Mizan functional | templated sentences of this project | Apache-2.0 |",
    ]
    lines += [
        f"| {BY_NAME[name].name} | {BY_NAME[name].about} | {BY_NAME[name].licence} |"
        for name in named
    ]
    texts = sorted({text for stage in recipe.pretrain for text in stage.texts})
    lines.append(
        f"\nRaw text for pretraining: {', '.join(texts)}"
        + (", and what the base checkpoint saw" if recipe.base else "")
        + ". Some of it is under non-commercial (saudinewsnet and doda: CC BY-NC) or research "
        "terms (masc), some states no licence. Whoever needs a model free of these can leave "
        "them out of the recipe and train anew."
    )
    return "\n".join(lines)


def _limits() -> str:
    return (
        "## Limits\n\n"
        "- A small network: it misses insults without insulting words (implicature, irony, "
        "allusion), and it holds back some harsh but legitimate criticism.\n"
        "- Context enters only through the stance target; the abuse scores read the comment "
        "alone.\n"
        "- Dialects differ: see the table. Arabizi is weakest.\n"
        "- The labels of public corpora disagree with each other and with ours about what is "
        "offensive.\n"
        "- Stance toward targets unlike those of training is a guess; it decides nothing in "
        "the shipped policy."
    )


def _environment(training: dict[str, Any]) -> str:
    listed = ", ".join(f"{k} {v}" for k, v in training["environment"].items())
    return f"## Environment\n\nTrained with {listed}."

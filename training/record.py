"""What a run folder tells of itself: recipe, environment, curves."""

import json
from pathlib import Path

from transformers import TrainerState

from training.config import Recipe
from training.environment import describe_environment

RUN_FILE = "run.json"


def record_run(recipe: Recipe, run: Path) -> None:
    """Write recipe and environment of a run to its folder."""
    run.mkdir(parents=True, exist_ok=True)
    content = {"recipe": recipe.model_dump(), "environment": describe_environment()}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (run / RUN_FILE).write_text(text + "\n", encoding="utf-8")


def save_curve(state: TrainerState, folder: Path) -> None:
    """Losses over steps as ``curve.json`` and, drawn, as ``curve.png``."""
    # Not at the top: drawing costs a second of imports that other steps need not pay.
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    state.save_to_json(str(folder / "curve.json"))
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, label in (("loss", "train"), ("eval_loss", "dev")):
        points = [(h["step"], h[name]) for h in state.log_history if name in h]
        if points:
            steps, losses = zip(*points, strict=True)
            axes.plot(steps, losses, marker="o" if len(points) < 40 else "", label=label)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / "curve.png", dpi=120)
    pyplot.close(figure)

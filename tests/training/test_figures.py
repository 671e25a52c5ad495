"""The table as a picture."""

import json
from pathlib import Path

from training.figures import FIGURES_FILE, write_figures

SHIPPED = Path(__file__).parents[2] / "models" / "mizan-small"


def test_a_picture_shows_its_table_and_nothing_else(tmp_path: Path) -> None:
    table = json.loads((SHIPPED / "metrics.json").read_text("utf-8"))["table"]
    drawn = write_figures(tmp_path, table).read_bytes()
    assert write_figures(tmp_path, table).read_bytes() == drawn
    assert (SHIPPED / FIGURES_FILE).read_bytes()[:4] == drawn[:4]
    table[0]["model"] -= 0.2
    assert write_figures(tmp_path, table).read_bytes() != drawn


def test_lines_without_a_baseline_are_drawn(tmp_path: Path) -> None:
    row = {"task": "x", "metric": "F1", "model": 0.5, "model_interval": [0.4, 0.6], "svm": None}
    assert write_figures(tmp_path, [row]).stat().st_size > 1000

"""Notebooks run from top to bottom, and what is committed was run that way."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from notebooks.run import FOLDER, run

ROOT = Path(__file__).parents[2]
DATA, ERRORS, THRESHOLDS = "01_data.ipynb", "02_errors.ipynb", "03_thresholds.ipynb"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
# Homes, temporary folders, mounts and drives, and the files that a kernel names in warnings.
MACHINE_PATH = re.compile(
    r"(?<![\w./:-])/(?:Users|etc|home|media|mnt|opt|private|root|srv|sys|tmp|usr|var)/"
    r"|\b[A-Z]:\\|ipykernel_\d|site-packages"
)


def read(name: str) -> Any:
    """A committed notebook."""
    return nbformat.read(FOLDER / name, as_version=4)  # type: ignore[no-untyped-call]


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def pictures(notebook: Any) -> int:
    """How many PNGs a notebook holds."""
    return sum("image/png" in output.get("data", {}) for output in outputs(notebook))


@pytest.mark.parametrize(
    ("name", "start"),
    [
        (DATA, FOLDER),
        (DATA, ROOT),
        pytest.param(ERRORS, FOLDER, marks=pytest.mark.model),
        pytest.param(THRESHOLDS, FOLDER, marks=pytest.mark.model),
    ],
)
def test_a_notebook_runs_and_draws(
    name: str, start: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIZAN_DATA_LIMIT", "60")
    monkeypatch.delenv("MIZAN_MODEL", raising=False)
    assert pictures(run(FOLDER / name, start)) >= 1


def test_all_notebooks_are_run_here() -> None:
    assert NAMES == [DATA, ERRORS, THRESHOLDS]


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_notebook_was_run_once_from_top_to_bottom(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert pictures(notebook) >= 1
    # A warning among the figures is read as a fault of the project.
    assert {output.output_type for output in outputs(notebook)} <= {
        "display_data",
        "execute_result",
    }
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert not any(cell.metadata for cell in notebook.cells)


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_notebook_names_no_path_of_a_machine(name: str) -> None:
    notebook = read(name)
    for output in outputs(notebook):
        output.get("data", {}).pop("image/png", None)
    # A path at the start of a line would otherwise hide behind the letter n.
    text = json.dumps(notebook, ensure_ascii=False).replace(r"\n", " ")
    assert str(ROOT) not in text and str(Path.home()) not in text
    assert MACHINE_PATH.findall(text) == []


def test_a_path_of_a_machine_would_be_found() -> None:
    for text in ('"/home/me/x.py:1: UserWarning"', "C:\\Users\\me", "/tmp/ipykernel_12/3.py"):
        assert MACHINE_PATH.search(text)
    assert not MACHINE_PATH.search(
        "[README](../training/data/README.md), 1/2, https://x.org/tmp/"
    )

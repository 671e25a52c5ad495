"""Run the notebooks from top to bottom and keep what they show.

    python -m notebooks.run

Needs the shipped model; the figures are those of the whole splits
unless ``MIZAN_DATA_LIMIT`` is set.
"""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent


def run(path: Path, start: Path = FOLDER) -> nbformat.NotebookNode:
    """The notebook with new outputs only.

    Args:
        start: folder that the kernel starts in.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        # Times, and the Python at hand, would change the file with every run.
        record_timing=False,
        resources={"metadata": {"path": start}},
    ).execute()
    notebook.metadata.language_info = {"name": "python"}
    return notebook


if __name__ == "__main__":
    for notebook_path in sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(run(notebook_path), notebook_path)  # type: ignore[no-untyped-call]

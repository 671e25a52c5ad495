"""Raw text for pretraining: ``<folder>/text/*.txt.xz``, one comment or paragraph per line."""

import lzma
from collections.abc import Iterator
from pathlib import Path

from training.corpora.rows import CorpusError


def read_lines(folder: Path, names: list[str]) -> Iterator[str]:
    """Non-empty lines of the named sources, in the order given.

    Raises:
        CorpusError: a source that is not there.
    """
    for name in names:
        path = folder / "text" / f"{name}.txt.xz"
        if not path.is_file():
            raise CorpusError(
                f"{path}: not there. Put the text in place or leave it out of the recipe."
            )
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                if line := line.strip():
                    yield line

"""Which words carry a score: leave each out in turn and see how far the score falls.

Occlusion, after Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks".
The number of calls is bounded whatever the length: neighbours are left out together.
"""

import re

from moderation.domain import Comment
from moderation.scoring.base import Scorer

_WORD = re.compile(r"\S+")
MAX_PARTS = 12
# Longer comments take several windows a call: their words are left to the word list.
MAX_CHARS = 600
# A part counts when the score falls by this share of itself without it.
_FALL = 0.25
_MOST_SPANS = 3


def telling_spans(
    scorer: Scorer, text: str, attribute: str, score: float
) -> tuple[tuple[int, int], ...]:
    """The stretches without which ``score`` would fall most, in the order of the text.

    Args:
        text: as it was scored.

    Returns:
        offsets into ``text`` in code points; empty where no part tells by itself, and for
        texts of one part or of more than ``MAX_CHARS``.
    """
    parts = _parts(text)
    if len(parts) < 2 or len(text) > MAX_CHARS:
        return ()
    without = [Comment(f"{text[:start]} {text[end:]}") for start, end in parts]
    falls = [
        (score - (found.attributes[attribute] or 0.0), part)
        for found, part in zip(scorer.score(without), parts, strict=True)
        if found is not None
    ]
    telling = sorted((fall, part) for fall, part in falls if fall >= _FALL * score)
    return tuple(sorted(part for _, part in telling[-_MOST_SPANS:]))


def _parts(text: str) -> list[tuple[int, int]]:
    """Words, or runs of neighbouring words where there are more than ``MAX_PARTS``."""
    words = [match.span() for match in _WORD.finditer(text)]
    size = -(-len(words) // MAX_PARTS) or 1
    runs = [words[i : i + size] for i in range(0, len(words), size)]
    return [(run[0][0], run[-1][1]) for run in runs]

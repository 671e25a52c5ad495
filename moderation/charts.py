"""Charts as SVG, drawn on the server: no script, no style of their own, a table beside each."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _MARGIN = 640, 220, 32
BINS = 20


def histogram(scores: Sequence[float]) -> list[int]:
    """Counts of scores 0..1 in ``BINS`` equal bins."""
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, int(score * BINS))] += 1
    return counts


def held(scores: Sequence[float], threshold: float) -> int:
    """How many of scores in ascending order are at or above a threshold."""
    return len(scores) - bisect_left(scores, threshold)


def held_share(scores: Sequence[float], threshold: float) -> float:
    """The same as a share; 0 without any scores."""
    return held(scores, threshold) / len(scores) if scores else 0.0


def threshold_chart(
    counts: Sequence[int],
    shares: Sequence[tuple[float, float]],
    marks: Mapping[str, float],
    chosen: float,
    title: str,
) -> Markup:
    """Bars of the scores, the share held as a line, operating points and the choice as marks.

    Args:
        counts: from ``histogram``.
        shares: thresholds with the share of comments at or above them, 0..1 each.
        marks: operating points by name.
    """
    parts = [*_bars(counts)]
    points = " ".join(f"{_x(limit):.1f},{_y(share):.1f}" for limit, share in shares)
    parts.append(f'<polyline class="held" points="{points}"/>')
    for name, place in marks.items():
        parts.append(_mark("point", place, name))
    parts.append(_mark("chosen", chosen, f"{chosen:.3f}"))
    parts += [
        f'<text class="axis" x="{_x(value):.1f}" y="{_HEIGHT - 8}" text-anchor="middle">'
        f"{value:g}</text>"
        for value in (0, 0.25, 0.5, 0.75, 1)
    ]
    return _svg(parts, title)


def histogram_chart(counts: Sequence[int], title: str) -> Markup:
    """Bars of a ``histogram``."""
    return _svg(_bars(counts), title)


def _bars(counts: Sequence[int]) -> Iterator[str]:
    most = max([*counts, 1])
    bar = (_WIDTH - 2 * _MARGIN) / len(counts)
    for i, n in enumerate(counts):
        yield (
            f'<rect class="bar" x="{_MARGIN + i * bar + 1:.1f}" y="{_y(n / most):.1f}" '
            f'width="{bar - 2:.1f}" height="{_y(0) - _y(n / most):.1f}"/>'
        )


def _svg(parts: Iterable[str], title: str) -> Markup:
    # Direction is fixed: scores grow to the right in both languages.
    # All parts are numbers or escaped.
    return Markup(  # noqa: S704
        f'<svg class="chart" dir="ltr" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )  # fmt: skip


def _x(value: float) -> float:
    return _MARGIN + value * (_WIDTH - 2 * _MARGIN)


def _y(share: float) -> float:
    return _HEIGHT - _MARGIN - share * (_HEIGHT - 2 * _MARGIN)


def _mark(kind: str, place: float, label: str) -> str:
    x = _x(place)
    # The choice may stand on a point: its label is one line lower.
    y = _y(1) - (4 if kind == "point" else -8)
    return (
        f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_y(1):.1f}" y2="{_y(0):.1f}"/>'
        f'<text class="{kind}" x="{x + 3:.1f}" y="{y:.1f}">{escape(label)}</text>'
    )

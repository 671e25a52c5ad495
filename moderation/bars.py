"""Counts and shares over time as SVG, for both directions of reading.

Nothing is told by colour alone: bars have textures, and a table stands beside each chart.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 640, 220
_SIDE, _TOP, _BOTTOM = 44, 32, 188
_MOST_LABELS = 8
_SWATCH = 10
# Of the second and the third series; the first has none.
_TEXTURES = ("M0 6L6 0", "M1 3h2")


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing that is counted.

    Attributes:
        kind: how it looks: a class of the style sheet.
        values: one per column, not negative.
    """

    name: str
    kind: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Frame:
    """What all charts of a page have in common.

    Attributes:
        rtl: time runs from the right to the left.
        number: a value of the axis as readers write it.
    """

    rtl: bool
    number: Callable[[float], str]


def bar_chart(
    id: str,  # noqa: A002 - the name of the attribute
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    frame: Frame,
) -> Markup:
    """Columns, each stacked from at most three series.

    Args:
        id: unique on the page.
        title: what is said of it to those who do not see it.
        labels: one per column; where there are many, some are left out.
    """
    columns = list(zip(*(each.values for each in series), strict=True))
    most = max([*map(sum, columns), 1])
    parts = [*_textures(id), *_legend(id, series, frame), *_axes(labels, most, frame)]
    width = _column_width(len(labels))
    gap = min(2.0, width / 4)
    for index, column in enumerate(columns):
        x, below = _middle(index, len(labels), frame) - width / 2 + gap / 2, 0.0
        for order, (one, value) in enumerate(zip(series, column, strict=True)):
            if value:
                y, height = _y((below + value) / most), value / most * (_BOTTOM - _TOP)
                parts += _box(id, order, one.kind, (x, y, width - gap, height))
            below += value
    return _drawn(title, parts)


def line_chart(
    title: str,
    labels: Sequence[str],
    values: Sequence[float | None],
    intervals: Sequence[tuple[float, float]],
    frame: Frame,
) -> Markup:
    """Shares 0..1 as dots with their intervals, neighbours joined; nothing where unknown."""
    known = [i for i, value in enumerate(values) if value is not None]
    most = max([intervals[i][1] for i in known], default=1.0)
    parts = [*_axes(labels, most, frame)]
    points = {
        i: (_middle(i, len(labels), frame), _y(value / most))
        for i, value in enumerate(values)
        if value is not None
    }
    for i, (x, y) in points.items():
        low, high = (_y(end / most) for end in intervals[i])
        parts.append(_line("interval", x, low, x, high))
        if i + 1 in points:
            parts.append(_line("line", x, y, *points[i + 1]))
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
    return _drawn(title, parts)


def _column_width(columns: int) -> float:
    return (_WIDTH - 2 * _SIDE) / max(columns, 1)


def _middle(index: int, columns: int, frame: Frame) -> float:
    offset = (index + 0.5) * _column_width(columns)
    return _WIDTH - _SIDE - offset if frame.rtl else _SIDE + offset


def _y(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)


def _axes(labels: Sequence[str], most: float, frame: Frame) -> Iterator[str]:
    start, anchor = (_WIDTH - _SIDE + 4, "start") if frame.rtl else (_SIDE - 4, "end")
    for share in (0, 1):
        yield _line("grid", _SIDE, _y(share), _WIDTH - _SIDE, _y(share))
        yield _text("axis", start, _y(share) + 3, anchor, frame.number(share * most))
    for index in range(0, len(labels), math.ceil(len(labels) / _MOST_LABELS) or 1):
        x = _middle(index, len(labels), frame)
        yield _text("axis", x, _HEIGHT - 12, "middle", labels[index])


def _legend(id: str, series: Sequence[Series], frame: Frame) -> Iterator[str]:  # noqa: A002
    if len(series) < 2:
        return
    step = (_WIDTH - 2 * _SIDE) / len(series)
    for order, one in enumerate(series):
        edge = _WIDTH - _SIDE - order * step if frame.rtl else _SIDE + order * step
        x, at, anchor = (
            (edge - _SWATCH, edge - _SWATCH - 4, "end")
            if frame.rtl
            else (edge, edge + _SWATCH + 4, "start")
        )
        yield from _box(id, order, one.kind, (x, 6, _SWATCH, _SWATCH))
        yield _text("legend", at, 15, anchor, one.name)


def _textures(id: str) -> Iterator[str]:  # noqa: A002
    for order, path in enumerate(_TEXTURES, 1):
        yield (
            f'<pattern id="{escape(id)}-{order}" width="6" height="6" '
            f'patternUnits="userSpaceOnUse"><path class="texture" d="{path}" '
            f'stroke="currentColor" fill="none"/></pattern>'
        )


def _box(
    id: str,  # noqa: A002
    order: int,
    kind: str,
    place: tuple[float, float, float, float],
) -> Iterator[str]:
    x, y, width, height = place
    size = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    yield f'<rect class="column {escape(kind)}" {size}/>'
    if order:
        yield f'<rect fill="url(#{escape(id)}-{order})" {size}/>'


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(kind: str, x: float, y: float, anchor: str, text: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _drawn(title: str, parts: Sequence[str]) -> Markup:
    # Places are worked out for either direction; text-anchor must not turn them once more.
    # All parts are numbers, our own names or escaped.
    return Markup(  # noqa: S704
        f'<svg class="chart" direction="ltr" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )

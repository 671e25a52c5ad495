"""Charts: where things stand, in both directions of reading."""

import re
from xml.etree import ElementTree

import pytest

from moderation.bars import Frame, Series, bar_chart, line_chart

LTR, RTL = Frame(False, lambda n: f"{n:g}"), Frame(True, lambda n: f"{n:g}")
DAYS = ["٨ مارس", "٩ مارس", "١٠ مارس"]
SERIES = [Series("نُشر", "approve", [1, 0, 3]), Series("رُفض", "reject", [1, 2, 1])]


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def columns(svg: str, kind: str) -> list[tuple[float, float, float, float]]:
    """Left, top, width and height of a series' boxes; the legend's is the first."""
    return [
        tuple(float(box.attrib[name]) for name in ("x", "y", "width", "height"))  # type: ignore[misc]
        for box in parsed(svg).iter("rect")
        if box.get("class") == f"column {kind}"
    ]


def texts(svg: str) -> dict[str, float]:
    """Where each text stands, from the left."""
    return {text.text or "": float(text.attrib["x"]) for text in parsed(svg).iter("text")}


@pytest.mark.parametrize(("frame", "sign"), [(LTR, 1), (RTL, -1)])
def test_time_runs_with_the_language(frame: Frame, sign: int) -> None:
    places = texts(bar_chart("c", "قرارات", DAYS, SERIES, frame))
    assert sign * places[DAYS[0]] < sign * places[DAYS[1]] < sign * places[DAYS[2]]
    # The axis stands where time begins.
    assert (places["4"] < places[DAYS[0]]) == (sign == 1)
    assert sign * places["نُشر"] < sign * places["رُفض"]


def test_columns_are_stacked_to_scale() -> None:
    svg = bar_chart("c", "قرارات", DAYS, SERIES, LTR)
    _, first, third = columns(svg, "approve")
    assert third[3] == pytest.approx(3 * first[3], abs=0.2)
    _, rejected, _, last = columns(svg, "reject")
    # The highest column reaches the top; the second series stands on the first.
    assert last[1] == pytest.approx(32)
    assert rejected[1] + rejected[3] == pytest.approx(first[1], abs=0.2)
    assert third[1] + third[3] == pytest.approx(188, abs=0.2)


def test_nothing_is_told_by_colour_alone() -> None:
    svg = bar_chart("c", "قرارات", DAYS, SERIES, LTR)
    ids = {pattern.attrib["id"] for pattern in parsed(svg).iter("pattern")}
    textured = re.findall(r"url\(#([^)]+)\)", svg)
    assert set(textured) == {"c-1"} <= ids
    # Each rejected box and its place in the legend.
    assert len(textured) == len(columns(svg, "reject"))


def test_what_it_says_is_escaped() -> None:
    svg = bar_chart('"<', '"<b>', ["<i>"], [Series("<a>", "approve", [1])] * 2, LTR)
    assert parsed(svg).attrib["aria-label"] == '"<b>'
    assert {"<i>", "<a>"} <= set(texts(svg))


def test_many_labels_are_thinned_out() -> None:
    days = [f"يوم {n}" for n in range(90)]
    svg = bar_chart("c", "قرارات", days, [Series("نُشر", "approve", [1] * 90)], RTL)
    shown = [day for day in days if day in texts(svg)]
    assert len(shown) <= 8
    assert shown[0] == days[0]
    # One series needs no legend.
    assert "نُشر" not in texts(svg)


def test_dots_and_intervals_where_something_is_known() -> None:
    values = [0.2, None, 0.4, 0.5]
    intervals = [(0.1, 0.3), (0.0, 1.0), (0.2, 0.6), (0.3, 0.8)]
    svg = line_chart("خطأ", ["أ", "ب", "ج", "د"], values, intervals, RTL)
    dots = [(float(d.attrib["cx"]), float(d.attrib["cy"])) for d in parsed(svg).iter("circle")]
    assert len(dots) == 3
    assert dots[0][0] > dots[1][0] > dots[2][0]
    lines = [line.get("class") for line in parsed(svg).iter("line")]
    assert lines.count("interval") == 3
    assert lines.count("line") == 1  # no line across the gap
    # The widest interval ends at the top, and the dot at 5/8 of the height.
    assert dots[2][1] == pytest.approx(188 - 156 * 0.5 / 0.8, abs=0.1)


def test_charts_without_anything() -> None:
    assert columns(bar_chart("c", "لا شيء", [], [], LTR), "approve") == []
    assert not list(parsed(line_chart("لا شيء", ["أ"], [None], [(0, 1)], LTR)).iter("circle"))

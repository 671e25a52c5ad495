"""A backtest in words and tables, in Markdown."""

from collections.abc import Iterator

from moderation.backtest.run import Report
from moderation.intervals import wilson

_ACTIONS = ("approve", "review", "reject")
_MOST_RULES = 10


def report_markdown(report: Report, seconds_per_review: float) -> str:
    """The whole report.

    Args:
        seconds_per_review: what one comment costs a moderator.
    """
    return "\n".join(
        [
            *_actions(report),
            "",
            *_changes(report),
            "",
            *_rules(report),
            "",
            *_costs(report, seconds_per_review),
            "",
            *_judged(report),
        ]
    )


def _share(hits: int, total: int) -> str:
    if not total:
        return "–"
    low, high = wilson(hits, total)
    return f"{hits / total:.1%} ({low:.1%}–{high:.1%})"


def _actions(report: Report) -> Iterator[str]:
    yield f"**{report.total:,} comments**"
    yield ""
    yield "| action | comments | share |\n|---|---:|---:|"
    for action in _ACTIONS:
        count = report.actions[action]
        yield f"| {action} | {count:,} | {_share(count, report.total)} |"
    automatic = report.actions["approve"] + report.actions["reject"]
    yield f"| decided without a human | {automatic:,} | {_share(automatic, report.total)} |"


def _changes(report: Report) -> Iterator[str]:
    changed = {k: n for k, n in report.changes.items() if k[0] != k[1]}
    yield f"**Changed: {sum(changed.values()):,}**"
    for (old, new), count in sorted(changed.items(), key=lambda item: -item[1]):
        yield f"- {old} → {new}: {count:,}"
        for example in sorted(report.examples.get((old, new), []), reverse=True):
            text = example.text or "(no text at hand)"
            yield f"  - {example.id} [{example.rule}] {text}"


def _rules(report: Report) -> Iterator[str]:
    yield "| first reason | action | comments |\n|---|---|---:|"
    for (action, rule), count in report.rules.most_common(_MOST_RULES):
        yield f"| {rule} | {action} | {count:,} |"


def _costs(report: Report, seconds: float) -> Iterator[str]:
    if not report.actions["review"]:
        yield "Nothing would go to review."
        return
    if not report.days:
        minutes = report.actions["review"] * seconds / 60
        yield f"Review: {minutes:,.0f} moderator minutes in all at {seconds:g} seconds each."
        return
    mean = sum(report.days.values()) / len(report.days)
    day, most = max(report.days.items(), key=lambda item: item[1])
    yield (
        f"Review: {mean:,.0f} comments a day on {len(report.days):,} days, "
        f"{mean * seconds / 60:,.0f} moderator minutes at {seconds:g} seconds each; "
        f"most on {day}: {most:,}, {most * seconds / 60:,.0f} minutes."
    )


def _judged(report: Report) -> Iterator[str]:
    total = report.judged.total()
    if not total:
        yield "No human decisions at hand to compare with."
        return
    judged = report.judged
    rejected = sum(judged[human, "reject"] for human in ("approve", "reject"))
    approved = sum(judged[human, "approve"] for human in ("approve", "reject"))
    abusive = sum(judged["reject", action] for action in _ACTIONS)
    yield f"**Against {total:,} human decisions** (95 % intervals)"
    yield ""
    yield f"- decided without a human: {_share(rejected + approved, total)}"
    right = judged["reject", "reject"]
    yield f"- automatic rejects that humans rejected too: {_share(right, rejected)}"
    yield f"- abuse that would be approved: {_share(judged['reject', 'approve'], abusive)}"

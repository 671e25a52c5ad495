"""A policy in words: its order on one screen, and what differs between two of them."""

from collections.abc import Iterator, Mapping

from moderation.policy.conditions import All, Any_, Not
from moderation.policy.engine import Policy
from moderation.policy.questions import (
    Amount,
    Condition,
    Feeling,
    Flag,
    Named,
    Pattern,
    Points,
    Score,
    Toward,
    Words,
)
from moderation.policy.schema import Group, Override, PolicyFile, Rule, Window


def explain(policy: Policy, points: Points | None = None) -> Iterator[str]:
    """The whole order of a decision, one line a rule.

    Args:
        points: of a model; with them thresholds that have a name are shown as numbers too.
    """
    file = policy.file
    yield f"{file.id} version {file.version} ({policy.ref.sha256[:12]}), {file.timezone}"
    yield "In each group the first rule that matches speaks; the strictest group wins."
    yield "Unknown scores and facts, comments too long to read whole, and rules that disagree"
    yield "about approving and rejecting → review. No match → approve."
    yield (
        f"Automatic rejection stops above {file.breaker.share:.0%} of an hour's decisions "
        f"(from {file.breaker.decisions} on)."
    )
    yield from _groups(file.groups, points, "")
    for name, section in file.sections.items():
        yield f"in section {name}:"
        yield from _overrides(section.overrides)
        yield from _groups(section.groups, points, "  ")
    for window in file.schedule:
        yield f"{window.id}: {_when(window)}: {window.title.ar} · {window.title.en}"
        yield from _overrides(window.overrides)
        yield from _groups(window.groups, points, "  ")


def diff(old: Policy, new: Policy, points: Points | None = None) -> list[str]:
    """What changed, one line each: rules by id, whatever their place, then all the rest."""
    before, after = _rules(old.file), _rules(new.file)
    lines = [f"- {_line(before[i], points)}" for i in before if i not in after]
    lines += [f"+ {_line(after[i], points)}" for i in after if i not in before]
    for name in before.keys() & after.keys():
        if before[name] != after[name]:
            lines += [f"- {_line(before[name], points)}", f"+ {_line(after[name], points)}"]
    homes, new_homes = _homes(old.file), _homes(new.file)
    lines += [
        f"~ {name} moved from group {homes[name]} to {new_homes[name]}"
        for name in before.keys() & after.keys()
        if homes[name] != new_homes[name]
    ]
    kept = [i for i in before if i in after]
    if kept != [i for i in after if i in before]:
        lines.append("~ the order of the rules changed")
    for part in ("timezone", "breaker", "sections", "schedule"):
        one, other = getattr(old.file, part), getattr(new.file, part)
        if one != other:
            lines.append(f"~ {part} changed")
    return sorted(lines, key=lambda line: (line[2:].split(" ", 1)[0], line))


def describe(condition: Condition, points: Points | None = None) -> str:
    """A condition in words, as short as can be."""
    match condition:
        case All(all=parts):
            return " and ".join(_nested(part, points) for part in parts)
        case Any_(any=parts):
            return " or ".join(_nested(part, points) for part in parts)
        case Not(no=part):
            return f"not {_nested(part, points)}"
        case Score():
            sign = "≥" if condition.below is None else "<"
            return f"{condition.score} {sign} {_bound(condition, points)}"
        case Amount(fact=fact, at_least=low, at_most=high):
            bounds = [
                f"≥ {low:g}" if low is not None else "",
                f"≤ {high:g}" if high is not None else "",
            ]
            return f"{fact} {' and '.join(filter(None, bounds))}"
        case Named(fact=fact, is_in=names):
            return f"{fact} in {', '.join(names)}"
        case Flag(fact=fact, is_so=so):
            return fact if so else f"not {fact}"
        case Words(words=categories, severity=severity, sure=sure):
            return f"{'' if sure else 'possible '}{'/'.join(categories)} words ≥ {severity}"
        case Pattern(matches=pattern):
            return f"text matches {pattern!r}"
        case Feeling(sentiment=name, at_least=limit):
            return f"{name} sentiment ≥ {limit:g}"
        case Toward(stance=name, at_least=limit, target=target):
            return f"stance {name}{f' toward {target}' if target else ''} ≥ {limit:g}"
    raise TypeError(f"no words for {type(condition).__name__}")


def _nested(condition: Condition, points: Points | None) -> str:
    words = describe(condition, points)
    return f"({words})" if isinstance(condition, (All, Any_)) else words


def _bound(score: Score, points: Points | None) -> str:
    if isinstance(score.bound, float):
        return f"{score.bound:g}"
    point = (points or {}).get(score.score, {}).get(score.bound)
    if point is None:
        return score.bound
    number = "not certified: off" if point.threshold is None else f"{point.threshold:.3f}"
    return f"{score.bound} ({number})"


def _line(rule: Rule, points: Points | None) -> str:
    shadow = "on trial: " if rule.shadow else ""
    where = f" → {rule.queue}" if rule.queue else ""
    return (
        f"{rule.id}: {describe(rule.when, points)} → {shadow}{rule.then}{where} "
        f"[{rule.code or '-'}, {rule.priority}{', own notice' if rule.notice else ''}] "
        f"{rule.title.ar} · {rule.title.en}"
    )


def _groups(groups: tuple[Group, ...], points: Points | None, indent: str) -> Iterator[str]:
    for group in groups:
        yield f"{indent}{group.id}"
        for number, rule in enumerate(group.rules, 1):
            yield f"{indent}  {number}. {_line(rule, points)}"


def _overrides(overrides: tuple[Override, ...]) -> Iterator[str]:
    for override in overrides:
        change = f"at_least {override.at_least}" if override.enabled else "off"
        yield f"  {override.rule}: {change}"


def _when(window: Window) -> str:
    days = ", ".join(window.days) or ", ".join(str(day) for day in window.dates) or "every day"
    where = f" in {', '.join(window.sections)}" if window.sections else ""
    return f"{days} {window.start:%H:%M}–{window.end:%H:%M}{where}"


def _homes(file: PolicyFile) -> Mapping[str, str]:
    return {rule.id: group.id for group, _ in file.all_groups() for rule in group.rules}


def _rules(file: PolicyFile) -> Mapping[str, Rule]:
    return {rule.id: rule for group, _ in file.all_groups() for rule in group.rules}

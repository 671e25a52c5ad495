"""A policy in words."""

from moderation.policy import diff_policies, explain_policy, load_policy
from tests.fakes import FakeScorer

from .samples import parsed, rule

LOW = {"score": "insult", "at_least": "best_f2"}


def test_every_rule_of_the_shipped_policy_is_on_the_screen() -> None:
    policy = load_policy()
    lines = list(explain_policy(policy, FakeScorer.operating_points))
    for group, _ in policy.file.all_groups():
        for each in group.rules:
            [line] = [line for line in lines if f" {each.id}: " in line]
            assert each.title.ar in line and each.title.en in line
    assert len(lines) <= 45
    assert any("insult ≥ best_f2 (0.400)" in line for line in lines)


def test_conditions_of_every_kind_have_words() -> None:
    when = {
        "all": [
            {"any": [LOW, {"words": ["insult", "blocked"], "severity": 2}]},
            {"not": {"fact": "section", "in": ["sport", "satire"]}},
            {"fact": "links", "at_least": 1, "at_most": 3},
            {"fact": "is_reply", "is": False},
            {"matches": "اشتر"},
        ]
    }
    tone = {
        "any": [
            {"stance": "against", "at_least": 0.9, "target": "الوزير"},
            {"sentiment": "negative", "at_least": 0.5},
        ]
    }
    policy = parsed([rule("a", when), rule("t", tone, "flag", queue="tone")])
    text = "\n".join(explain_policy(policy))
    assert (
        "a: (insult ≥ best_f2 or insult/blocked words ≥ 2) and not section in sport, satire "
        "and links ≥ 1 and ≤ 3 and not is_reply and text matches 'اشتر' → review"
    ) in text
    assert (
        "stance against toward الوزير ≥ 0.9 or negative sentiment ≥ 0.5 → flag → tone" in text
    )


def test_differences_by_rule() -> None:
    old = parsed([rule("kept"), rule("gone", {"fact": "is_reply"})])
    new = parsed(
        [rule("kept", {"score": "insult", "at_least": 0.7})],
        [rule("new", {"fact": "links", "at_least": 2})],
        timezone="Asia/Riyadh",
    )
    lines = diff_policies(old, new)
    changed = [line[:6] for line in lines if line[0] in "+-"]
    assert changed == ["- gone", "+ kept", "- kept", "+ new:"]
    assert "~ timezone changed" in lines
    assert diff_policies(old, old) == []

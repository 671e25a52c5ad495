"""A policy file that is wrong is refused, and the message says where and what to do."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from moderation.errors import PolicyError
from moderation.policy import DEFAULT_POLICY, json_schema, load_policy, parse_policy
from tests.fakes import FakeScorer

from .samples import content, rule, written

LOW = {"score": "insult", "at_least": 0.3}
HIGH = {"score": "insult", "at_least": 0.8}
WINDOW = {"id": "n", "title": {"ar": "ل", "en": "n"}}


def test_a_valid_file(tmp_path: Path) -> None:
    path = tmp_path / "سياسة.yaml"
    path.write_bytes(written(content([rule()])))
    loaded = load_policy(path)
    assert (loaded.ref.id, loaded.ref.version) == ("ours", 1)
    assert loaded.ref.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded.file.groups[0].rules[0].title.ar == "عنوان"
    assert loaded.text == path.read_text("utf-8")


def test_the_shipped_file() -> None:
    loaded = load_policy(DEFAULT_POLICY)
    assert loaded.ref.id == "default"
    assert loaded.for_model(FakeScorer.operating_points).ref == loaded.ref


def refused(*groups: list[dict[str, Any]], **more: Any) -> str:
    """The message about a policy."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(written(content(*groups, **more)), "ours.yaml")
    return caught.value.message


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (rule(when={"score": "insult", "at_least": 1.5}), "less than or equal to 1"),
        (rule(when={"score": "insult", "at_least": -0.1}), "greater than or equal to 0"),
        (rule(when={"score": "insult", "at_least": "best_f3"}), "Did you mean best_f"),
        (rule(when={"score": "insult", "at_least": True}), "valid number"),
        (rule(when={"score": "insult"}), "either at_least or below"),
        (rule(when={"score": "insult", "at_least": 0.5, "below": 0.9}), "either at_least"),
        (rule(when={"score": "rudeness", "at_least": 0.5}), "groups.0.rules.0.when.score"),
        (rule(when={"score": "insult", "atleast": 0.5}), "Did you mean at_least?"),
        (rule(when={"insult": 0.5}), "is no condition: it needs one of score"),
        (rule(when={"fact": "links"}), "needs at_least or at_most"),
        (rule(when={"fact": "lenght", "at_least": 3}), "Did you mean length?"),
        (rule(when={"all": []}), "at least 1 item"),
        (rule(when={"words": ["insults"]}), "Did you mean insult?"),
        (rule(when={"matches": r"(a)\1"}), "sure to end in time"),
        (rule(when={"matches": r"(?=ا)ب"}), "sure to end in time"),
        (rule(when={"matches": "("}), "sure to end in time"),
        (rule(then="delete"), "'approve', 'review', 'reject' or 'flag'"),
        (rule(then="reject", code=None), "needs a code"),
        (rule(id="Has Spaces"), "groups.0.rules.0.id"),
        (rule(code="a-b"), "groups.0.rules.0.code"),
        (rule(title={"ar": "إهانة"}), "groups.0.rules.0.title.en"),
        (rule(priority=0), "groups.0.rules.0.priority"),
        (rule(shadwo=True), "Did you mean shadow?"),
        # Well-formed, and still not to be.
        (rule(when={"stance": "against", "at_least": 0.8}), "disagreement is not abuse"),
        (rule(when={"sentiment": "negative", "at_least": 0.8}, then="reject"), "never reject"),
        (rule(when={"score": "sarcasm", "at_least": 0.9}, then="reject"), "never reject it"),
        (rule(when={"score": "likely_to_reject", "at_least": 0.9}, then="reject"), "never"),
        (rule(when={"score": "insult", "below": 0.4}), "milder; review rules compare"),
        (rule(when={"not": {"score": "insult", "below": "best_f1"}}), "needs a number"),
        (
            rule(when={"any": [{"score": "sarcasm", "at_least": 0.5}, HIGH]}, then="reject"),
            "never reject it alone",
        ),
        (rule(when={"fact": "evasion", "at_least": 50}), "from 0 to 1"),
        (rule(when={"fact": "links", "at_least": 5, "at_most": 2}), "nothing is ever both"),
        (rule(when={"fact": "language", "in": ["arabic"]}), "not arabic"),
        (rule(code="held"), "taken by the service"),
        (rule(when={"not": LOW}), "a higher insult would make this rule milder"),
        (rule(then="approve"), "approve rules compare scores with below"),
        (rule(when={"any": [{"not": {"not": {"not": LOW}}}]}), "milder"),
    ],
)
def test_a_wrong_rule(wrong: dict[str, Any], says: str) -> None:
    message = refused([wrong])
    assert says in message
    assert message.startswith("ours.yaml, line ")


def test_lines_are_those_of_the_file() -> None:
    text = (
        "id: ours\nversion: 1\ngroups:\n- id: g\n  rules:\n"
        "  - id: a\n    title: {ar: ع, en: t}\n    when:\n      all:\n"
        "      - {fact: links, at_least: 1}\n      - {score: insul, at_least: 0.5}\n"
        "    then: review\n    code: x\n"
    )
    with pytest.raises(PolicyError) as caught:
        parse_policy(text.encode(), "p.yaml")
    [problem] = caught.value.details["problems"]
    assert problem["line"] == 11
    assert problem["place"] == "groups.0.rules.0.when.all.1.score"
    assert "Did you mean insult?" in problem["message"]


def test_all_problems_are_told_at_once() -> None:
    message = refused([rule(code="X", priority=10)], version=0)
    for place in ("version", "rules.0.code", "rules.0.priority"):
        assert place in message


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([rule("a", LOW), rule("a", HIGH)], "the rule id a is used twice"),
        ([rule("a", LOW), rule("b", HIGH, "reject")], "put the stricter rule first"),
        ([rule("a", LOW), rule("b", HIGH)], "b is never reached"),
        ([rule("a", LOW), rule("b", {"all": [HIGH, {"fact": "is_reply"}]})], "never reached"),
        ([rule("a", {"fact": "is_reply"}), rule("b", {"fact": "is_reply"})], "never reached"),
    ],
)
def test_the_order_of_a_group(rules: list[dict[str, Any]], says: str) -> None:
    assert says in refused(rules)


def test_a_rule_on_trial_silences_nothing() -> None:
    trial = rule("trial", LOW, shadow=True)
    parse_policy(written(content([trial, rule("b", HIGH)])))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"timezone": "Cairo"}, "time zone 'Cairo' is not known"),
        ({"breaker": {"share": 0}}, "breaker.share"),
        (
            {"sections": {"sport": {"overrides": [{"rule": "x"}]}}},
            "there is no rule x in groups",
        ),
        (
            {"schedule": [{"id": "n", "title": {"ar": "ل", "en": "n"}, "from": "25:00"}]},
            "schedule.0.from",
        ),
        (
            {
                "schedule": [
                    {
                        "id": "n",
                        "title": {"ar": "ل", "en": "n"},
                        "days": ["fri"],
                        "dates": ["2026-11-27"],
                    }
                ]
            },
            "days or dates",
        ),
        ({"groups": []}, "groups"),
        ({"schedule": [WINDOW | {"from": 20.3}]}, "no time of day"),
        ({"schedule": [WINDOW | {"from": 20}]}, "no time of day"),
        ({"schedule": [WINDOW | {"from": "20:00+03:00"}]}, "no time of day"),
        ({"schedule": [WINDOW | {"from": "20:00", "to": "20:00"}]}, "begins when it ends"),
        ({"schedule": [WINDOW, WINDOW]}, "window id n is used twice"),
        ({"sections": {"s": {"overrides": [{"rule": "r"}, {"rule": "r"}]}}}, "twice here"),
        ({"version": 99999999999999999999}, "version"),
        ({"version": "new"}, "version"),
        ({"id": ""}, "id"),
        ({"extra": 1}, "is not known here"),
    ],
)
def test_a_wrong_whole(more: dict[str, Any], says: str) -> None:
    assert says in refused([rule()], **more)


def test_a_new_threshold_needs_one_place() -> None:
    two = rule("a", {"any": [LOW, {"score": "threat", "at_least": 0.5}]})
    message = refused([two], sections={"s": {"overrides": [{"rule": "a", "at_least": 0.9}]}})
    assert "not exactly one score" in message


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "policy"),
        (b"[]", "policy"),
        (b"id: x\nrules: [\n", "line 3"),
        (b"id: 'x\n", "not valid YAML"),
        (b"a:\tb: c", "line 1"),
        (b"\xe3\xe4", "not valid YAML"),
        (b"\x00", "not valid YAML"),
        (b"id: ours\nversion: 2001-99-99\n", "not valid YAML"),
        (b"id: ours\nid: theirs\n", "the key 'id' is written twice"),
        (b"a: &a [*a]\n", "aliases"),
        (b"[" * 20_000, "nested more than 40 deep"),
        (b"!!python/object/apply:os.system ['true']", "tags"),
        (b"version: !!bool maybe", "tags"),
        (b"? [a]: b\n: c", "not valid YAML"),
        ("id: x".encode("utf-16"), "UTF-8"),
        (b"#" * 1_000_001, "larger than"),
    ],
    ids=range(16),
)
def test_bytes_that_are_no_policy(raw: bytes, says: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(raw, "f.yaml")
    assert says in caught.value.message
    assert "f.yaml" in caught.value.message


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.yaml.*No such file"):
        load_policy(tmp_path / "none.yaml")
    with pytest.raises(PolicyError, match="directory"):
        load_policy(tmp_path)


def test_the_schema_knows_every_word_of_the_shipped_file() -> None:
    schema = json.loads(json_schema())
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"id", "version", "groups", "sections", "schedule", "timezone"} <= set(
        schema["properties"]
    )
    window = schema["$defs"]["Window"]["properties"]
    assert {"from", "to", "days", "dates"} <= set(window)

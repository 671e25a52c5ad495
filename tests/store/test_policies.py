"""Policies are kept as they were used, with what they ask the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from moderation.domain import Comment, Moderated
from moderation.errors import NotFoundError, PolicyError
from moderation.pipeline import Moderator
from moderation.policy import Policy, load_policy
from moderation.replay import replay
from moderation.store import (
    CommentStore,
    author_histories,
    keep_policy,
    recent_decisions,
    stored_policy,
)
from tests.fakes import FakeScorer
from tests.policy.samples import parsed, rule

from .samples import APPROVE, SITE, moderated

POINTS = FakeScorer.operating_points
MODEL = FakeScorer.model.sha256


def keep(engine: Engine, policy: Policy) -> None:
    """Store a policy as used with the fake model."""
    keep_policy(engine, policy.ref, policy.text, MODEL, POINTS)


def test_a_policy_comes_back_with_its_points(engine: Engine) -> None:
    policy = load_policy()
    keep(engine, policy)
    keep(engine, policy)
    kept = stored_policy(engine, policy.ref.sha256, MODEL)
    assert kept is not None
    assert (kept.ref, kept.text, kept.points) == (policy.ref, policy.text, POINTS)
    assert stored_policy(engine, policy.ref.sha256, None) == kept
    assert stored_policy(engine, "0" * 64, MODEL) is None


def test_a_version_is_one_set_of_rules(engine: Engine) -> None:
    keep(engine, parsed([rule("a")]))
    with pytest.raises(PolicyError, match="Raise the version"):
        keep(engine, parsed([rule("b")]))
    keep(engine, parsed([rule("b")], version=2))


def decided(store: CommentStore, engine: Engine, *texts: str) -> list[Moderated]:
    """Comments decided by the shipped policy and stored."""
    policy = load_policy()
    keep(engine, policy)
    comments = [Comment(text, f"c-{i}", author_id="reader") for i, text in enumerate(texts)]
    results = Moderator(FakeScorer(), policy).moderate(comments)
    store.record(SITE, results)
    return results


def test_a_decision_comes_back_whole(store: CommentStore, engine: Engine) -> None:
    for result in decided(store, engine, "يا حم$ار", "شكرا", "هذا غبي 0100-123-4567"):
        stored = store.get(SITE, result.comment.id or "")
        assert stored is not None and result.facts is not None
        assert stored.decision == result.decision
        assert stored.scores == result.scores
        assert stored.spans == result.spans
        assert stored.facts == replace(result.facts, normalized="")


def test_every_decision_can_be_replayed(store: CommentStore, engine: Engine) -> None:
    for result in decided(store, engine, "يا حم$ار", "شكرا", "هذا غبي", "سأقتلك يا كلب"):
        again = replay(engine, SITE, result.comment.id or "")
        assert again.same
        assert again.again == result.decision


def test_a_replay_says_what_is_missing(store: CommentStore, engine: Engine) -> None:
    with pytest.raises(NotFoundError, match="no comment"):
        replay(engine, SITE, "nobody")
    store.record(SITE, [moderated("نص", "old")])
    with pytest.raises(NotFoundError, match="was not kept"):
        replay(engine, SITE, "old")
    decided(store, engine, "شكرا")
    with pytest.raises(NotFoundError, match="no version 9"):
        replay(engine, SITE, "c-0", 9)


def test_the_last_hour(store: CommentStore, engine: Engine) -> None:
    decided(store, engine, "شكرا", "يا حمار", "سلام")
    now = datetime.now(UTC)
    assert recent_decisions(engine, SITE, now) == (3, 1)
    assert recent_decisions(engine, "other.example", now) == (0, 0)
    assert recent_decisions(engine, SITE, now + timedelta(hours=2)) == (0, 0)


def test_histories_of_authors(store: CommentStore, engine: Engine) -> None:
    store.record(
        SITE,
        [
            moderated("أول", "1", author_id="a"),
            moderated("ثان", "2", author_id="a", decision=APPROVE),
            moderated("ثالث", "3", author_id="b", decision=APPROVE),
        ],
    )
    hashes = {name: store.author_hash(name) or "" for name in ("a", "b", "c")}
    found = author_histories(engine, SITE, list(hashes.values()))
    assert found == {hashes["a"]: (2, 1), hashes["b"]: (1, 0)}
    assert author_histories(engine, "other.example", [hashes["a"]]) == {}
    assert author_histories(engine, SITE, []) == {}


def test_masking_on_the_way_in(engine: Engine) -> None:
    store = CommentStore(engine, b"secret", mask=lambda text: text.replace("٧", "*"))
    [stored] = store.record(SITE, [moderated("هاتفي ٧٧٧", "c-1")])
    assert stored.comment.text == "هاتفي ***"
    # The same comment is known again: its content's hash is of the text as it came.
    [again] = store.record(SITE, [moderated("هاتفي ٧٧٧", "c-1")])
    assert again.version == 1

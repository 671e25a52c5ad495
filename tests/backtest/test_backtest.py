"""Trying a policy on comments that were scored before."""

import io
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from moderation.backtest import backtest, read_cases, report_markdown, stored_cases
from moderation.backtest.parallel import backtest_file
from moderation.backtest.run import Report
from moderation.domain import ABUSE_ATTRIBUTES, Comment
from moderation.errors import InvalidInputError
from moderation.intervals import wilson
from moderation.pipeline import Moderator
from moderation.policy import load_policy
from moderation.replay import replay
from moderation.store import CommentStore, keep_policy
from moderation.store.items import Filters
from moderation.store.queue import claim
from moderation.store.verdicts import decide, undo
from tests.fakes import FakeScorer
from tests.policy.samples import parsed, ready, rule
from tests.store.room import FINE, INSULT, RULES, at, hold, person

SITE = "sahafa.example"
OLD = parsed([rule("low", {"score": "insult", "at_least": 0.5})])
NEW = parsed([rule("high", {"score": "insult", "at_least": 0.8}, "reject")])


def line(number: int, insult: float | None, **more: Any) -> dict[str, Any]:
    """One scored comment as a line of the file."""
    scores: dict[str, float | None] = dict.fromkeys(ABUSE_ATTRIBUTES, 0.0)
    return {"id": f"c{number}", "scores": scores | {"insult": insult}} | more


def lines(*records: dict[str, Any]) -> io.BytesIO:
    """A file in memory."""
    return io.BytesIO("\n".join(json.dumps(r) for r in records).encode())


def tried(*records: dict[str, Any]) -> Report:
    """The report on some comments."""
    points = FakeScorer.operating_points
    return backtest(read_cases(lines(*records)), OLD.for_model(points), NEW.for_model(points))


RECORDS = [
    line(1, 0.1, human="approve"),
    line(2, 0.6, human="reject"),
    line(3, 0.9, human="reject"),
    line(4, 0.95, human="approve", text="نص التعليق"),
    line(5, None),
]


def test_what_changes_and_against_humans() -> None:
    report = tried(*RECORDS)
    assert report.actions == {"approve": 2, "reject": 2, "review": 1}
    assert report.changes == {
        ("approve", "approve"): 1,
        ("review", "approve"): 1,
        ("review", "reject"): 2,
        ("review", "review"): 1,
    }
    assert report.judged == {
        ("approve", "approve"): 1,
        ("reject", "approve"): 1,
        ("reject", "reject"): 1,
        ("approve", "reject"): 1,
    }
    text = report_markdown(report, 15)
    assert "| reject | 2 | 40.0%" in text
    assert "review → reject: 2" in text and "c4 [high] نص التعليق" in text
    assert "automatic rejects that humans rejected too: 50.0%" in text
    assert "abuse that would be approved: 50.0%" in text
    assert "moderator minutes in all at 15 seconds" in text


def test_without_humans_and_without_review() -> None:
    text = report_markdown(tried(line(1, 0.1)), 15)
    assert "No human decisions" in text and "Nothing would go to review." in text


def test_a_file_on_several_processes_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "scored.jsonl"
    path.write_bytes(lines(*(line(i, (i % 100) / 100) for i in range(3000))).getvalue())
    points = FakeScorer.operating_points
    with path.open("rb") as file:
        alone = backtest(read_cases(file), OLD.for_model(points), NEW.for_model(points))
    for jobs in (1, 2):
        report = backtest_file(path, OLD.text, NEW.text, points, jobs)
        assert report_markdown(report, 15) == report_markdown(alone, 15)


def test_what_the_command_line_writes_can_be_read() -> None:
    comment = Comment("يا حم$ار 0100-123-4567", "c")
    moderator = Moderator(FakeScorer(), load_policy())
    from moderation.cli import _moderated_fields

    [result] = moderator.moderate([comment])
    record = _moderated_fields(result, moderator)
    [case] = read_cases(lines(json.loads(json.dumps(record, default=str))))
    assert case.scores is not None and result.facts is not None
    assert case.scores.attributes == result.scores.attributes  # type: ignore[union-attr]
    assert case.facts.words == result.facts.words
    assert case.facts.personal_data == result.facts.personal_data
    assert case.text == comment.text


@pytest.mark.parametrize(
    "bad",
    [b"{", b"[]", b"{}", b'{"scores": {"insult": "x"}}', b'{"scores": null, "human": "maybe"}',
     b'{"scores": {}, "facts": {"links": 1, "section": ["x"]}}', b"[" * 100_000],
)  # fmt: skip
def test_a_line_that_is_no_case_is_named(bad: bytes, tmp_path: Path) -> None:
    good = json.dumps(line(1, 0.5)).encode()
    with pytest.raises(InvalidInputError, match="line 2") as caught:
        list(read_cases(io.BytesIO(good + b"\n" + bad + b"\n")))
    assert "maybe" not in caught.value.message
    path = tmp_path / "bad.jsonl"
    path.write_bytes(good + b"\n" + bad + b"\n")
    with pytest.raises(InvalidInputError, match="line 2"):
        backtest_file(path, OLD.text, NEW.text, FakeScorer.operating_points, 1)


def test_rules_about_the_text_read_it() -> None:
    shop = ready([rule("shop", {"matches": "اشتر"})])
    report = backtest(read_cases(lines(line(1, 0.0, text="اِشْتَرِ الآن"))), shop, shop)
    assert report.actions == {"review": 1}


def test_from_the_database(store: CommentStore, engine: Engine) -> None:
    policy = load_policy()
    comments = [Comment(text, str(i)) for i, text in enumerate(["شكرا", "يا حمار", "هذا غبي"])]
    store.record(SITE, Moderator(FakeScorer(), policy).moderate(comments))
    points = FakeScorer.operating_points
    now = datetime.now(UTC)
    cases = list(stored_cases(engine, SITE, timedelta(hours=1), now))
    assert [case.id for case in cases] == ["2", "1", "0"]
    assert list(stored_cases(engine, SITE, timedelta(hours=1), now, "0" * 64)) == []
    report = backtest(cases, policy.for_model(points), NEW.for_model(points))
    assert report.changes == {
        ("approve", "approve"): 1,
        ("reject", "reject"): 1,
        ("review", "approve"): 1,
    }
    assert list(stored_cases(engine, SITE, timedelta(0), now + timedelta(hours=1))) == []


@given(
    st.lists(st.sampled_from([line(i, i / 20) for i in range(20)]), max_size=60),
    st.integers(0, 60),
)
def test_reports_of_parts_add_up(records: list[dict[str, Any]], cut: int) -> None:
    whole, first, rest = tried(*records), tried(*records[:cut]), tried(*records[cut:])
    first.merge(rest)
    assert first.actions == whole.actions
    assert first.changes == whole.changes
    for change, examples in first.examples.items():
        assert sorted(examples) == sorted(whole.examples[change])


@given(st.integers(0, 500), st.integers(1, 500))
def test_intervals_hold_the_share(hits: int, more: int) -> None:
    total = hits + more
    low, high = wilson(hits, total)
    assert 0 <= low <= hits / total <= high <= 1
    assert not math.isclose(low, high)


def test_nothing_at_all() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert "0 comments" in report_markdown(tried(), 15)


def test_what_people_decided_since_is_known(engine: Engine) -> None:
    for name in ("c-1", "c-2", "c-3"):
        hold(engine, id=name)
    moderator = person(engine)
    for seconds, verdict in enumerate((FINE, INSULT)):
        item = claim(engine, moderator, Filters(), RULES.lease, at(seconds))
        assert item is not None
        decide(engine, moderator, item.id, verdict, RULES, at(seconds))
    assert item is not None
    undo(engine, moderator, item.id, RULES, at(2))
    cases = stored_cases(engine, SITE, timedelta(days=1), at(10))
    assert sorted(str(case.human) for case in cases) == ["None", "None", "approve"]


def test_replay_looks_at_what_the_policy_decided(engine: Engine) -> None:
    store = CommentStore(engine, b"secret")
    policy = load_policy()
    moderator = Moderator(FakeScorer(), policy)
    keep_policy(
        engine, policy.ref, policy.text, FakeScorer.model.sha256, FakeScorer.operating_points
    )
    store.record(SITE, moderator.moderate([Comment("هذا غبي", "c-1")]), at(0))
    account = person(engine)
    item = claim(engine, account, Filters(), RULES.lease, at(1))
    assert item is not None
    decide(engine, account, item.id, INSULT, RULES, at(1))
    assert replay(engine, SITE, "c-1").same

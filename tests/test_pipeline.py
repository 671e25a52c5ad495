"""Where text, scores and policy meet."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import Action, Comment, Context, Scores
from moderation.pipeline import MOST_MARKED, AuthorHistory, Moderator, Surroundings
from moderation.policy import load_policy
from moderation.text.personal import masked
from tests.fakes import BrokenScorer, FailingScorer, FakeScorer
from tests.policy.samples import parsed, rule

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def moderator() -> Moderator:
    return Moderator(FakeScorer(), load_policy())


def test_a_disguised_text_is_scored_in_plain_words_too(moderator: Moderator) -> None:
    [result] = moderator.moderate([Comment("يا حم$ار")])
    assert result.scores is not None and result.facts is not None
    assert result.scores.forms["written"]["insult"] == pytest.approx(0.01)
    assert result.scores.forms["plain"]["insult"] == pytest.approx(0.97)
    assert result.scores.attributes["insult"] == pytest.approx(0.97)
    assert result.facts.evasion >= 0.5
    assert result.decision.action is Action.REJECT
    assert "disguised-note" in {note.rule for note in result.decision.notes}


def test_arabizi_is_scored_in_arabic_letters_too() -> None:
    scorer = FakeScorer({"حمار": ("insult", 0.97)})
    [result] = Moderator(scorer, load_policy()).moderate([Comment("wallah enta 7mar")])
    assert result.scores is not None and result.facts is not None
    assert result.facts.language == "ar-Latn"
    assert result.scores.attributes["insult"] == pytest.approx(0.97)
    assert set(result.scores.forms) == {"written", "plain"}


def test_a_plain_text_is_scored_once(moderator: Moderator) -> None:
    scorer = moderator.scorer
    assert isinstance(scorer, FakeScorer)
    moderator.moderate([Comment("شكرا على المقال"), Comment("هههههه جميييل 20%")])
    assert scorer.batches == [2]


class _PlainFails(FakeScorer):
    """Cannot score what holds no symbol: the plain form."""

    def score_one(self, comment: Comment) -> Scores | None:
        return super().score_one(comment) if "$" in comment.text else None


def test_one_form_alone_vouches_for_nothing() -> None:
    [result] = Moderator(_PlainFails(), load_policy()).moderate([Comment("يا حم$ار")])
    assert result.scores is None
    assert result.decision.reasons[0].code == "not_scored"


def test_only_so_many_comments_of_a_call_are_marked() -> None:
    scorer = FakeScorer()
    Moderator(scorer, load_policy()).moderate([Comment("هذا الوزير غبي جدا")] * 70)
    assert len(scorer.batches) == 1 + MOST_MARKED


def test_rules_see_the_text_as_it_is_stored() -> None:
    policy = parsed([rule("a", {"matches": "هاتف"})])
    moderator = Moderator(FakeScorer(), policy, mask=masked)
    [result] = moderator.moderate([Comment("رقمي ٠٥٠١٢٣٤٥٦٧")])
    assert result.facts is not None
    assert "٠" not in result.facts.normalized and "[" not in result.facts.normalized
    assert result.decision.action is Action.APPROVE
    assert [data.kind for data in result.facts.personal_data] == ["phone"]


@pytest.mark.parametrize("scorer", [FailingScorer(), BrokenScorer()])
def test_what_cannot_be_scored_goes_to_review(scorer: FakeScorer) -> None:
    [result] = Moderator(scorer, load_policy()).moderate([Comment("يا حم$ار")])
    assert result.decision.action is Action.REVIEW
    assert result.decision.reasons[0].code == "not_scored"
    assert result.scores is None


def test_the_words_that_carry_the_score_are_marked() -> None:
    text = "والله المدير هذا غبي وما يفهم شي"
    policy = parsed([rule("a", {"score": "insult", "at_least": 0.4})])
    [result] = Moderator(FakeScorer(), policy).moderate([Comment(text)])
    assert [text[start:end] for start, end in result.spans] == ["غبي"]


def test_marked_words_of_the_list_point_into_the_text_as_typed(moderator: Moderator) -> None:
    text = "اسكت 😂 يا كَـــلْب يا ابن الكلب"
    [result] = moderator.moderate([Comment(text)])
    marked = [text[start:end] for start, end in result.spans]
    assert any("كَـــلْب" in stretch for stretch in marked)


def test_spans_cost_nothing_where_nobody_looks() -> None:
    scorer = FakeScorer()
    moderator = Moderator(scorer, load_policy(), mark_spans=False)
    moderator.moderate([Comment("هذا الوزير غبي جدا يا ناس")])
    assert scorer.batches == [1]


class _SpansBreak(FakeScorer):
    """Breaks when asked for more than one text."""

    def score(self, comments: Sequence[Comment]) -> list[Scores | None]:
        if len(comments) > 1:
            raise RuntimeError("too many")
        return super().score(comments)


def test_a_decision_stands_when_its_spans_cannot_be_found() -> None:
    [result] = Moderator(_SpansBreak(), load_policy()).moderate([Comment("الوزير غبي جدا")])
    assert result.decision.action is Action.REVIEW
    assert result.decision.reasons[0].code == "insult"


def test_facts_of_a_comment(moderator: Moderator) -> None:
    context = Context(parent="سؤال", section="politics")
    comment = Comment(
        "راسلني ٠٥٠١٢٣٤٥٦٧ https://x.example", context=context, author_id="a", reports=2
    )
    around = Surroundings({"a": AuthorHistory(7, 1)}, 200, 3)
    [result] = moderator.moderate([comment], around, NOON)
    facts = result.facts
    assert facts is not None
    assert (facts.section, facts.is_reply, facts.links, facts.reports) == (
        "politics",
        True,
        1,
        2,
    )
    assert (facts.author_comments, facts.author_rejected) == (7, 1)
    assert (facts.recent_decisions, facts.recent_rejects) == (200, 3)
    assert [data.kind for data in facts.personal_data] == ["phone"]
    assert facts.at == NOON


@pytest.mark.parametrize(
    ("author", "around", "comments"),
    [
        (None, Surroundings({}), None),
        ("new", Surroundings({}), 0),
        ("a", Surroundings(), None),
    ],
)
def test_an_author_without_a_history(
    moderator: Moderator, author: str | None, around: Surroundings, comments: int | None
) -> None:
    [result] = moderator.moderate([Comment("شكرا", author_id=author)], around)
    assert result.facts is not None
    assert result.facts.author_comments == comments


@given(st.lists(st.text(min_size=1, max_size=40), max_size=5))
def test_spans_always_lie_in_their_text(texts: list[str]) -> None:
    results = Moderator(FakeScorer(), load_policy()).moderate([Comment(t) for t in texts])
    assert [r.comment.text for r in results] == texts
    for result in results:
        for start, end in result.spans:
            assert 0 <= start < end <= len(result.comment.text)

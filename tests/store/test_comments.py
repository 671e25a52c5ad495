"""What goes in comes out, once, with its history."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from moderation.domain import Comment, Context, Decision, Moderated, Reason, Scores, Stance
from moderation.errors import InvalidInputError
from moderation.store import CommentStore, StoredComment, content_digest, reading
from moderation.store.encoding import loaded_json, loaded_text, stored_json, stored_text
from moderation.store.tables import comment_versions, decisions, scores

from .samples import APPROVE, CONTEXT, REJECT, SCORES, SITE, moderated

# Every code point, lone surrogates included; the rare ones that matter, often.
ANY_TEXT = st.text(
    st.one_of(st.characters(exclude_categories=()), st.sampled_from("\0\ud83d\ude00\udfff␚0د"))
)


def rows(engine: Engine) -> tuple[int, ...]:
    """Count versions, scores and decisions."""
    tables = (comment_versions, scores, decisions)
    with reading(engine) as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        )


def test_what_was_recorded_is_found_equal_to_the_bit(store: CommentStore) -> None:
    item = moderated("هذا قرار سخيف يا جماعة", "c-1")
    [stored] = store.record(SITE, [item])
    assert stored.comment == replace(item.comment, author_id=None)
    assert (stored.scores, stored.decision, stored.version) == (SCORES, REJECT, 1)
    assert stored.received_at.utcoffset() == timedelta(0)
    assert store.find(SITE, ["c-1", "c-2"]) == {"c-1": stored}
    assert store.find("other.example", ["c-1"]) == {}
    assert store.find(SITE, []) == {}


def test_a_comment_that_was_not_scored(store: CommentStore) -> None:
    [stored] = store.record(SITE, [moderated("وينك؟", "c-1", scores=None)])
    assert stored.scores is None
    assert store.find(SITE, ["c-1"])["c-1"] == stored


def test_scores_without_sentiment_and_stance(store: CommentStore) -> None:
    bare = replace(SCORES, sentiment=None, stance=(), truncated=False)
    [stored] = store.record(SITE, [moderated("تمام", "c-1", scores=bare, context=Context())])
    assert stored.scores == bare
    assert store.find(SITE, ["c-1"])["c-1"] == stored


def test_a_comment_without_id_gets_one(store: CommentStore) -> None:
    first, second = store.record(SITE, [moderated("شكرا"), moderated("شكرا")])
    assert first.comment.id and first.comment.id.startswith("m-")
    assert len(first.comment.id) == 34
    assert first.comment.id != second.comment.id
    assert store.find(SITE, [first.comment.id]) == {first.comment.id: first}


def test_the_first_decision_stands(store: CommentStore, engine: Engine) -> None:
    [first] = store.record(SITE, [moderated("يا سلام عليكم", "c-1", decision=REJECT)])
    [again] = store.record(SITE, [moderated("يا سلام عليكم", "c-1", decision=APPROVE)])
    assert again == first
    assert rows(engine) == (1, 1, 1)


@pytest.mark.parametrize(
    "edited",
    [
        moderated("نص معدّل", "c-1", decision=APPROVE),
        moderated("نص", "c-1", context=replace(CONTEXT, targets=()), decision=APPROVE),
    ],
    ids=["text", "no targets"],
)
def test_an_edit_is_a_new_version(store: CommentStore, edited: Moderated) -> None:
    [first] = store.record(SITE, [moderated("نص", "c-1")])
    [second] = store.record(SITE, [edited])
    [third] = store.record(SITE, [moderated("نص", "c-1")])
    assert [first.version, second.version, third.version] == [1, 2, 3]
    assert second.decision == APPROVE
    found = store.get(SITE, "c-1")
    assert found is not None
    assert replace(found, history=()) == third
    assert [version.comment for version in found.history] == [
        first.comment,
        second.comment,
        third.comment,
    ]
    assert [version.decision for version in found.history] == [REJECT, APPROVE, REJECT]


def test_get_of_an_unknown_comment(store: CommentStore) -> None:
    assert store.get(SITE, "c-1") is None


def test_an_id_twice_in_one_call(store: CommentStore, engine: Engine) -> None:
    texts = ["أولا", "أولا", "ثانيا"]
    first, same, edited = store.record(SITE, [moderated(text, "c-1") for text in texts])
    assert same == first
    assert (first.version, edited.version) == (1, 2)
    assert rows(engine) == (2, 2, 2)


def test_nothing_to_record(store: CommentStore) -> None:
    assert store.record(SITE, []) == []


def test_a_thousand_comments_in_one_call(store: CommentStore, engine: Engine) -> None:
    items = [moderated(f"تعليق رقم {number}", f"c-{number}") for number in range(1000)]
    stored = store.record(SITE, items)
    assert [each.comment.text for each in stored] == [each.comment.text for each in items]
    assert store.find(SITE, [f"c-{number}" for number in range(1000)]) == {
        each.comment.id: each for each in stored
    }
    assert rows(engine) == (1000, 1000, 1000)


def test_the_author_is_stored_as_a_keyed_hash(store: CommentStore) -> None:
    known, unknown = store.record(
        SITE, [moderated("نعم", "c-1"), moderated("لا", "c-2", author_id=None)]
    )
    assert known.author_hash == hmac.new(b"secret", b"reader-17", hashlib.sha256).hexdigest()
    assert (known.comment.author_id, unknown.author_hash) == (None, None)


def test_a_store_needs_a_secret(engine: Engine) -> None:
    with pytest.raises(ValueError, match="author_secret"):
        CommentStore(engine, b"")


@pytest.mark.parametrize(("site", "id"), [("س" * 513, "c-1"), (SITE, "س" * 513)])
def test_ids_have_a_limit(store: CommentStore, site: str, id: str) -> None:
    with pytest.raises(InvalidInputError, match="1024 bytes"):
        store.record(site, [moderated("نص", id)])


def test_the_longest_id_fits(store: CommentStore) -> None:
    site, id = "س" * 512, "\U0001f600" * 256
    [stored] = store.record(site, [moderated("نص", id)])
    assert store.find(site, [id]) == {id: stored}


def test_an_infinite_score_is_refused_and_nothing_written(
    store: CommentStore, engine: Engine
) -> None:
    broken = replace(SCORES, attributes={"toxicity": float("inf")})
    with pytest.raises(Exception, match="not JSON compliant") as caught:
        store.record(SITE, [moderated("نص سري", "c-1", scores=broken)])
    assert "نص سري" not in str(caught.value)
    assert rows(engine) == (0, 0, 0)


def test_concurrent_requests_decide_each_comment_once(
    store: CommentStore, engine: Engine
) -> None:
    """20 threads of 25 comments; every comment comes from two threads, in opposite order."""

    def record(thread: int) -> list[StoredComment]:
        ids = [f"c-{(thread * 13 + number) % 260}" for number in range(25)]
        ordered = ids if thread % 2 else ids[::-1]
        policy = replace(REJECT.policy, id=f"thread-{thread}")
        decision = replace(REJECT, policy=policy)
        return store.record(
            SITE, [moderated("نفس التعليق", each, decision=decision) for each in ordered]
        )

    with ThreadPoolExecutor(20) as pool:
        answers = [each for answer in pool.map(record, range(20)) for each in answer]
    assert len(answers) == 500
    ids = {each.comment.id or "" for each in answers}
    stored = store.find(SITE, sorted(ids))
    assert all(stored[each.comment.id or ""] == each for each in answers)
    assert rows(engine) == (len(ids),) * 3


def test_concurrent_edits_are_numbered_without_gaps(store: CommentStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = [f"صيغة {number}" for number in range(24)]
        list(pool.map(lambda text: store.record(SITE, [moderated(text, "c-1")]), texts))
    found = store.get(SITE, "c-1")
    assert found is not None
    assert [version.version for version in found.history] == list(range(1, 25))
    assert {version.comment.text for version in found.history} == set(texts)


@given(ANY_TEXT)
@example("\ud83d\ude00")
@example("␚0000")
def test_every_text_survives_its_escape(text: str) -> None:
    stored = stored_text(text)
    stored.encode()
    assert "\0" not in stored
    assert loaded_text(stored) == text
    assert loaded_json(stored_json([text])) == [text]
    assert loaded_json(stored_json({text: text}).encode()) == {text: text}


@pytest.mark.parametrize("text", ["الحمدُ لله 🤲", "a\\b\n\t\x1b", ""])
def test_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert stored_text(text) == text


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ANY_TEXT, ANY_TEXT, st.floats(0, 1))
@example("سلام\0 \ud83d\ude00 ␚0000", "\udfff", -0.0)
def test_every_text_and_float_survives_the_database(
    store: CommentStore, text: str, other: str, number: float
) -> None:
    found = Scores({"toxicity": number}, None, (Stance(text, number, 0.0, 1.0),), SCORES.model)
    decision = Decision(
        REJECT.action, (Reason("x", text, {"ar": other}, score=number),), REJECT.policy
    )
    context = Context(title=other, targets=(text, other), parent=text)
    external_id = hashlib.sha256(repr((text, other, number)).encode()).hexdigest() + other[:20]
    [stored] = store.record(
        SITE, [moderated(text, external_id, context=context, scores=found, decision=decision)]
    )
    loaded = store.find(SITE, [external_id])[external_id]
    assert loaded == stored
    assert loaded.comment == Comment(text, external_id, context)
    assert repr(loaded.scores) == repr(found)  # repr tells 0.0 from -0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Comment("ab"), Comment("a", context=Context(targets=("b",)))),
        (
            Comment("a", context=Context(targets=("b", "c"))),
            Comment("a", context=Context(targets=("b,c",))),
        ),
        (Comment("\ud83d\ude00"), Comment("\U0001f600")),
    ],
)
def test_digests_differ(one: Comment, other: Comment) -> None:
    assert content_digest(one) != content_digest(other)


def test_the_digest_is_of_what_the_model_reads_only() -> None:
    one = Comment("نص", "c-1", CONTEXT, "reader-1")
    other = replace(CONTEXT, title="عنوان آخر", parent="كلام آخر")
    assert content_digest(one) == content_digest(Comment("نص", "c-2", other, "reader-2"))


def test_the_digest_never_changes() -> None:
    """Databases are full of it."""
    written = '["نص", []]'.encode()
    assert content_digest(Comment("نص")) == hashlib.sha256(written).hexdigest()


def test_requests_in_opposite_order_do_not_block_each_other(store: CommentStore) -> None:
    items = [moderated("نفس التعليق", f"c-{number}") for number in range(400)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda step: store.record(SITE, items[::step]), [1, -1, 1, -1]))
    assert answers[0] == answers[1][::-1] == answers[2] == answers[3][::-1]

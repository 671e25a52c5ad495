"""People and held comments for tests of the moderators' room."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Engine, insert, select

from moderation.domain import (
    HUMAN_RULE,
    Action,
    Comment,
    Context,
    Decision,
    Facts,
    Moderated,
    PolicyRef,
    Reason,
)
from moderation.store import CommentStore, Sampling, writing
from moderation.store.accounts import Account, Role
from moderation.store.engine import reading
from moderation.store.human import Rules, Verdict
from moderation.store.items import Filters, Item
from moderation.store.queue import claim
from moderation.store.room_tables import accounts
from moderation.store.tables import comments, decisions

from .samples import APPROVE, SCORES, SITE

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
RULES = Rules(timedelta(minutes=3), timedelta(seconds=10), Sampling(b"secret"))
FINE = Verdict("approve", Reason("fine", HUMAN_RULE, {"ar": "لا مخالفة فيه"}, "approve"))
INSULT = Verdict(
    "reject", Reason("insult", HUMAN_RULE, {"ar": "إهانة"}, "reject"), {"ar": "لم ننشر تعليقك"}
)
CONTEXT = Context(title="الوزارة ترفع الرسوم")
_numbers = count(1)


def at(seconds: float) -> datetime:
    """So long after ``NOW``."""
    return NOW + timedelta(seconds=seconds)


def person(
    engine: Engine, *roles: Role, sites: Sequence[str] = (), name: str | None = None
) -> Account:
    """Somebody who may sign in; without roles a moderator."""
    chosen = roles or (Role.MODERATOR,)
    name = name or f"مشرف-{next(_numbers)}"
    row = {
        "name": name,
        "display_name": name,
        "roles": [role.value for role in chosen],
        "sites": list(sites),
        "preferences": {},
        "created_at": NOW,
    }
    with writing(engine) as connection:
        account_id = connection.scalar(insert(accounts).values(row).returning(accounts.c.id))
    assert account_id is not None
    return Account(account_id, name, name, frozenset(chosen), tuple(sites), {})


def hold(
    engine: Engine,
    text: str = "هذا الوزير حمار",
    id: str | None = None,
    *,
    site: str = SITE,
    score: float = 0.6,
    priority: int = 5,
    code: str = "insult",
    context: Context = CONTEXT,
    author_id: str | None = "reader-1",
    reports: int | None = None,
    facts: Facts | None = None,
    severe: float = 0.0,
    now: datetime = NOW,
) -> str:
    """A comment that waits for a human; returns its id."""
    decision = Decision(
        action=Action.REVIEW,
        reasons=(
            Reason(
                code, f"{code}-review", {"ar": "قد تكون فيه إهانة"},
                attribute="insult", score=score, threshold=0.4,
            ),
        ),
        policy=PolicyRef("default", 3, "b" * 64),
        priority=priority,
    )  # fmt: skip
    comment_id = id or f"c-{next(_numbers)}"
    comment = Comment(text, comment_id, context, author_id, reports)
    facts = facts or Facts(at=now, section=context.section, length=len(text), reports=reports)
    scores = replace(SCORES, attributes={**SCORES.attributes, "severe_toxicity": severe})
    moderated = Moderated(comment, scores, decision, facts, ((4, 10),))
    CommentStore(engine, b"secret").record(site, [moderated], now)
    return comment_id


def publish(
    engine: Engine,
    text: str,
    id: str,
    *,
    sampling: Sampling | None = None,
    site: str = SITE,
    **context: str,
) -> None:
    """A comment that the policy approved."""
    comment = Comment(text, id, Context(**context), "reader-1")  # type: ignore[arg-type]
    moderated = Moderated(comment, SCORES, APPROVE, Facts(at=NOW))
    CommentStore(engine, b"secret", sampling=sampling).record(site, [moderated], NOW)


def standing(engine: Engine, external_id: str) -> tuple[str, str]:
    """Action and decider of the decision that stands on a comment."""
    stored = CommentStore(engine, b"secret").get(SITE, external_id)
    assert stored is not None
    by = "policy" if stored.decided_by is None else "human"
    return stored.decision.action.value, by


def human_decisions(engine: Engine) -> list[tuple[int, str]]:
    """Version and action of each human decision, oldest first."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(decisions.c.version_id, decisions.c.action)
            .where(decisions.c.decided_by == "human")
            .order_by(decisions.c.id)
        ).all()
    return [(row.version_id, row.action) for row in rows]


def external_id_of(engine: Engine, comment_id: int) -> str:
    """The caller's id of a comment."""
    with reading(engine) as connection:
        found = connection.scalar(
            select(comments.c.external_id).where(comments.c.id == comment_id)
        )
    assert found is not None
    return found


def claimed(engine: Engine, account: Account, seconds: float = 0, **filters: str) -> Item:
    """What somebody gets next, so long after ``NOW``."""
    item = claim(engine, account, Filters(**filters), RULES.lease, at(seconds))  # type: ignore[arg-type]
    assert item is not None
    return item

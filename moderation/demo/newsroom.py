"""A newsroom to try things in: articles and comments of the dataset, a week of decisions."""

import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlalchemy import Engine

from moderation.domain import Comment, Context
from moderation.pipeline import Moderator
from moderation.review.verdicts import REJECT_REASONS, verdict
from moderation.store import CommentStore, Sampling, create_account
from moderation.store.accounts import Account, Role
from moderation.store.appeals import appeal
from moderation.store.engine import reading
from moderation.store.human import Rules
from moderation.store.invitations import accept_invitation
from moderation.store.items import Filters
from moderation.store.queue import claim
from moderation.store.records import names_of
from moderation.store.verdicts import decide

DATASET = Path(__file__).parents[2] / "training" / "data" / "test.jsonl"
_SECTIONS = {
    "politics": "سياسة", "sport": "رياضة", "war": "حروب", "health": "صحة",
    "technology": "تقنية", "migration": "هجرة", "economy": "اقتصاد", "services": "خدمات",
    "women": "المرأة", "culture": "ثقافة", "prices": "أسعار", "religion": "دين",
    "foreign": "دولي", "local": "محليات", "crime": "حوادث", "celebrities": "مشاهير",
    "celebrity": "مشاهير", "education": "تعليم",
}  # fmt: skip
_ARTICLES = 60
_SPAN = timedelta(days=7)
# What came in since then still waits.
_UNDECIDED = timedelta(hours=30)
_READERS = 90
_RULES = Rules(timedelta(minutes=3), timedelta(seconds=10), Sampling(b"demo", 0.1, 0.2))


@dataclass(frozen=True, slots=True)
class SignIn:
    """With what to sign in to the demo."""

    name: str
    password: str


def fill_demo(engine: Engine, moderator: Moderator, site: str, now: datetime) -> SignIn:
    """Fill an empty database: some minutes of reading for a moderator, a week for a lead.

    What the moderators of the past decided follows the labels of the dataset; every tenth of
    their second opinions differs, so that there is something to measure.
    """
    store = CommentStore(engine, b"demo", sampling=_RULES.sampling)
    lead = _sign_up(engine, "demo", now, Role.LEAD, Role.ENGINEER)
    past = _Past(engine, [_past_moderator(engine, f"demo-{n}", now) for n in (1, 2, 3)])
    articles = [list(rows) for _, rows in groupby(_rows(), key=lambda row: row["item"])]
    for number, rows in enumerate(articles[:_ARTICLES]):
        for at, comment, removed in _article(number, rows, now):
            store.record(site, moderator.moderate([comment], at=at), at)
            if at < now - _UNDECIDED:
                past.decide_one(comment, removed, at)
    return lead


class _Past:
    """The moderators of the past week, who knew the labels."""

    def __init__(self, engine: Engine, people: list[Account]) -> None:
        self._engine, self._people = engine, people
        self._removed: dict[str, bool] = {}
        self._turn = 0

    def decide_one(self, comment: Comment, removed: bool, at: datetime) -> None:
        """One of them decides on what waits, some minutes after a comment came in."""
        self._removed[comment.id or ""] = removed
        account = self._people[self._turn % len(self._people)]
        self._turn += 1
        at += timedelta(minutes=1 + self._turn * 7 % 25)
        item = claim(self._engine, account, Filters(), _RULES.lease, at)
        if item is None:
            return
        with reading(self._engine) as connection:
            external_id, _ = names_of(connection, [item.version_id])[item.version_id]
        number = crc32(external_id.encode())
        rejected = self._removed[external_id] != (item.kind == "second" and number % 10 == 0)
        reason = item.code if item.code in REJECT_REASONS else "other"
        chosen = verdict("reject" if rejected else "approve", reason)
        at += timedelta(seconds=8 + number % 40)
        decide(self._engine, account, item.id, chosen, _RULES, at)
        if rejected and item.kind == "review" and number % 9 == 0:
            appeal(self._engine, item.site, external_id, at + timedelta(hours=1))


def _rows() -> Iterator[dict[str, Any]]:
    with DATASET.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _article(
    number: int, rows: list[dict[str, Any]], now: datetime
) -> Iterable[tuple[datetime, Comment, bool]]:
    """The comments of one article with the times they came in, and whether they are to go."""
    published = now - _SPAN * (1 - number / _ARTICLES)
    for place, row in enumerate(rows):
        at = min(published + timedelta(minutes=11 * place), now - timedelta(minutes=1))
        context = Context(
            title=row["title"],
            targets=tuple(stance["target"] for stance in row["stance"]),
            parent=row["parent"],
            section=_SECTIONS.get(row["topic"]),
            article_id=row["item"],
            lead=row["lead"],
        )
        reader = f"reader-{crc32(row['id'].encode()) % _READERS}"
        reports = crc32(row["text"].encode()) % 7 if row["likely_to_reject"] else None
        comment = Comment(row["text"], row["id"], context, reader, reports)
        yield at, comment, bool(row["likely_to_reject"])


def _sign_up(engine: Engine, name: str, now: datetime, *roles: Role) -> SignIn:
    password = secrets.token_urlsafe(9)
    accept_invitation(engine, create_account(engine, name, roles, (), now), password, now)
    return SignIn(name, password)


def _past_moderator(engine: Engine, name: str, now: datetime) -> Account:
    token = create_account(engine, name, [Role.MODERATOR], (), now)
    return accept_invitation(engine, token, secrets.token_urlsafe(24), now)

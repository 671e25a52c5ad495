"""What people say beside their decisions: notes for colleagues, corrections for the model."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, insert, select

from moderation.domain import ABUSE_ATTRIBUTES, SENTIMENTS, STANCES
from moderation.errors import InvalidInputError
from moderation.store import audit
from moderation.store.accounts import Account
from moderation.store.engine import writing
from moderation.store.items import locked_item
from moderation.store.room_tables import corrections, notes
from moderation.store.tables import comment_versions, scores

MAX_NOTE_CHARS = 2000
MOST_SPANS = 50


def add_note(
    engine: Engine,
    account: Account,
    item_id: int,
    text: str,
    now: datetime,
    *,
    about_author: bool = False,
) -> None:
    """Leave a note on an item's comment, or on its author.

    Raises:
        NotFoundError: there is no such item, or it is not theirs.
        InvalidInputError: ``note_empty`` or ``note_too_long``; ``author_unknown`` where a note
            on the author was asked for.
    """
    text = text.strip()
    if not text:
        raise InvalidInputError("The note is empty.", "note_empty", field="text")
    if len(text) > MAX_NOTE_CHARS:
        raise InvalidInputError(
            "The note is too long.", "note_too_long", field="text", limit=MAX_NOTE_CHARS
        )
    with writing(engine) as connection:
        item = locked_item(connection, account, item_id)
        author_hash = connection.scalar(
            select(comment_versions.c.author_hash).where(
                comment_versions.c.id == item.version_id
            )
        )
        if about_author and author_hash is None:
            raise InvalidInputError("The author is not known.", "author_unknown")
        connection.execute(
            insert(notes),
            {
                "site": item.site,
                "comment_id": item.comment_id,
                "author_hash": author_hash if about_author else None,
                "account_id": account.id,
                "text": text,
                "created_at": now,
            },
        )
        audit.append(connection, "noted", account.id, now, item_id=item_id)


def correct(
    engine: Engine,
    account: Account,
    item_id: int,
    now: datetime,
    *,
    labels: Mapping[str, int],
    sentiment: str | None = None,
    stance: Mapping[str, str] | None = None,
    spans: Sequence[tuple[int, int]] | None = None,
) -> None:
    """Say what the model should have said: a training row.

    Args:
        labels: 0 or 1 by attribute; what is left out is not judged.
        sentiment: of ``SENTIMENTS``.
        stance: of ``STANCES`` by target of the comment.
        spans: the abusive words, in code points; ``None`` leaves the marks unjudged.

    Raises:
        NotFoundError: there is no such item, or it is not theirs.
        InvalidInputError: ``correction_empty``, or ``correction_invalid`` with the field.
    """
    stance = stance or {}
    if not labels and sentiment is None and not stance and spans is None:
        raise InvalidInputError("Nothing is corrected.", "correction_empty")
    with writing(engine) as connection:
        item = locked_item(connection, account, item_id)
        version = connection.execute(
            select(comment_versions.c.text, comment_versions.c.targets).where(
                comment_versions.c.id == item.version_id
            )
        ).one()
        _check(labels, sentiment, stance, spans, version.targets, len(version.text))
        model = connection.execute(
            select(scores.c.model_id, scores.c.model_sha256)
            .where(scores.c.version_id == item.version_id)
            .order_by(scores.c.id.desc())
            .limit(1)
        ).one_or_none()
        connection.execute(
            insert(corrections),
            {
                "version_id": item.version_id,
                "account_id": account.id,
                "model_id": model.model_id if model else None,
                "model_sha256": model.model_sha256 if model else None,
                "labels": dict(labels),
                "sentiment": sentiment,
                "stance": dict(stance),
                "spans": None if spans is None else [list(span) for span in spans],
                "created_at": now,
            },
        )
        audit.append(connection, "corrected", account.id, now, item_id=item_id)


def _check(
    labels: Mapping[str, int],
    sentiment: str | None,
    stance: Mapping[str, str],
    spans: Sequence[tuple[int, int]] | None,
    targets: Sequence[str],
    length: int,
) -> None:
    wrong: str | None = None
    if any(n not in ABUSE_ATTRIBUTES or v not in (0, 1) for n, v in labels.items()):
        wrong = "labels"
    elif sentiment is not None and sentiment not in SENTIMENTS:
        wrong = "sentiment"
    elif any(t not in targets or s not in STANCES for t, s in stance.items()):
        wrong = "stance"
    elif spans is not None and (
        len(spans) > MOST_SPANS or any(not 0 <= s < e <= length for s, e in spans)
    ):
        wrong = "spans"
    if wrong is not None:
        raise InvalidInputError(
            "The correction is not valid.", "correction_invalid", field=wrong
        )

"""Comments with their scores, from the database or from a file of JSON lines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy import Engine, select

from moderation.domain import Facts, ModelRef, PersonalData, Scores, Stance, WordHit
from moderation.errors import InvalidInputError
from moderation.store import reading
from moderation.store.reasons import facts_from
from moderation.store.tables import comment_versions, comments, decisions, scores
from moderation.text.normalize import normalize

_AT_ONCE = 5_000
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One comment to decide on.

    Attributes:
        text: as typed; ``None`` where it is not at hand.
        human: what a human decided (``approve`` or ``reject``), if one did.
    """

    id: str
    text: str | None
    scores: Scores | None
    facts: Facts
    human: str | None = None


def read_cases(stream: BinaryIO, first: int = 1) -> Iterator[Case]:
    """Cases from JSON lines as ``python -m moderation moderate`` writes them.

    Beside ``scores`` a line may hold ``text``, ``findings``, ``facts`` (``section``,
    ``author_comments`` …) and ``human``.

    Raises:
        InvalidInputError: a line that is none of this; the message names it.
    """
    for number, line in enumerate(stream, first):
        if not line.strip():
            continue
        try:
            yield _case(json.loads(line), number)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInputError(
                f"line {number}: {type(error).__name__} {error}. Each line needs scores as "
                "“python -m moderation moderate” writes them.",
                "case_unreadable",
            ) from error


def stored_cases(
    engine: Engine, site: str, last: timedelta, now: datetime | None = None
) -> Iterator[Case]:
    """The versions that were decided automatically in the last days, oldest first.

    Memory stays bounded: rows come a few thousand at a time.
    """
    since = (now or datetime.now(UTC)) - last
    after = 0
    while True:
        with reading(engine) as connection:
            rows = connection.execute(
                select(
                    decisions.c.id, decisions.c.facts, decisions.c.decided_at,
                    comments.c.external_id,
                    comment_versions.c.text, comment_versions.c.parent_text,
                    scores.c.model_id, scores.c.model_sha256, scores.c.attributes,
                    scores.c.sentiment, scores.c.stance, scores.c.truncated,
                )
                .select_from(decisions)
                .join(comment_versions, comment_versions.c.id == decisions.c.version_id)
                .join(comments, comments.c.id == comment_versions.c.comment_id)
                .outerjoin(scores, scores.c.id == decisions.c.score_id)
                .where(comments.c.site == site, decisions.c.decided_by == "policy")
                .where(decisions.c.decided_at >= since, decisions.c.id > after)
                .order_by(decisions.c.id)
                .limit(_AT_ONCE)
            ).all()  # fmt: skip
        for row in rows:
            yield _stored(row)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].id


def _stored(row: Any) -> Case:
    facts = facts_from(row.facts) if row.facts else Facts(
        at=row.decided_at, is_reply=row.parent_text is not None, length=len(row.text)
    )  # fmt: skip
    found = None
    if row.attributes is not None:
        found = Scores(
            row.attributes,
            row.sentiment,
            tuple(Stance(**stance) for stance in row.stance),
            ModelRef(row.model_id, row.model_sha256),
            row.truncated,
        )
    return Case(row.external_id, row.text, found, facts)


def _case(record: dict[str, Any], number: int) -> Case:
    text = record.get("text")
    given = record["scores"]
    found = None
    if given is not None:
        model = record.get("model") or {"id": "", "sha256": ""}
        found = Scores(
            {str(name): None if s is None else float(s) for name, s in given.items()},
            record.get("sentiment"),
            tuple(Stance(**stance) for stance in record.get("stance") or ()),
            ModelRef(model["id"], model["sha256"]),
            bool(record.get("truncated")),
        )
    human = record.get("human")
    if human not in (None, "approve", "reject"):
        raise ValueError(f"human is {human!r}, neither approve nor reject")
    return Case(str(record.get("id", number)), text, found, _facts(record, text), human)


def _facts(record: dict[str, Any], text: str | None) -> Facts:
    findings = record.get("findings") or {}
    known = dict(record.get("facts") or {})
    at = known.pop("at", None)
    return Facts(
        at=_LONG_AGO if at is None else datetime.fromisoformat(at),
        length=len(text or ""),
        language=findings.get("language", "ar"),
        evasion=findings.get("evasion", 0.0),
        links=findings.get("links", 0),
        words=tuple(
            WordHit(
                *(hit[k] for k in ("entry", "category", "severity", "sure", "start", "end"))
            )
            for hit in findings.get("words", ())
        ),
        personal_data=tuple(
            PersonalData(data["kind"], data["start"], data["end"])
            for data in findings.get("personal_data", ())
        ),
        normalized=normalize(text) if text else "",
        **known,
    )

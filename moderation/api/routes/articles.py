"""An article's comments in numbers: ``/v1/articles/{id}/summary``."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from moderation.api.schemas import ArticleSummaryOut
from moderation.api.security import require
from moderation.api.state import ServiceDep
from moderation.errors import NotFoundError
from moderation.store import Scope
from moderation.store.articles import article_summary

router = APIRouter(prefix="/v1", tags=["moderation"])


@router.get("/articles/{id:path}/summary", dependencies=[Depends(require(Scope.READ))])
def summary(
    id: Annotated[str, Path(max_length=256)],  # noqa: A002 - the path's public name
    service: ServiceDep,
    target: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> ArticleSummaryOut:
    """How readers comment on an article: decisions, sentiment and stance in counts.

    With ``target``, only comments whose stance toward it was measured.
    """
    found = article_summary(service.engine, service.settings.site, id, target)
    if found is None:
        raise NotFoundError("There are no such comments on an article with this id.")
    counted = found.summary
    sentiment = asdict(counted.sentiment) | {"comments": counted.sentiment.comments}
    stance = [asdict(each) | {"comments": each.comments} for each in counted.stance]
    return ArticleSummaryOut.model_validate(
        {
            "id": found.article_id,
            "title": found.title,
            "lead": found.lead,
            "section": found.section,
            "comments": counted.comments,
            "cut": counted.cut,
            "first_at": counted.first_at,
            "last_at": counted.last_at,
            "decisions": counted.actions,
            "decided_by": counted.decided_by,
            "sentiment": sentiment,
            "stance": stance,
            "step": counted.step,
            "series": [{"start": slot.start} | dict(slot.actions) for slot in counted.series],
        }
    )

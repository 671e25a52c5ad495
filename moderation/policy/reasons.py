"""Reasons in words: one line for moderators, and a courteous text for the author."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from moderation.domain import BREAKER_RULE, Action, OperatingPoint, Reason
from moderation.policy.effective import ReadyRule
from moderation.policy.questions import Case, Flag, Words

NOTICES = Path(__file__).with_name("notices.yaml")
_LANGUAGES = ("ar", "en")

NOT_SCORED = Reason(
    "not_scored",
    "engine-not-scored",
    {
        "ar": "تعذّر تقييم التعليق آليًا، فأُحيل إلى المراجعة",
        "en": "The comment could not be scored, so a human looks at it",
    },
)
_UNKNOWN = {
    "ar": "بعض ما تشترطه هذه القاعدة غير معلوم، فأُحيل التعليق إلى المراجعة",
    "en": "Not all that this rule asks is known, so a human looks at it",
}
TRUNCATED = Reason(
    "truncated",
    "engine-truncated",
    {
        "ar": "التعليق أطول من أن يقرأه النموذج كاملًا",
        "en": "The comment is too long to be read whole by the model",
    },
)
DISAGREEMENT = Reason(
    "disagreement",
    "engine-disagreement",
    {
        "ar": "قاعدة تقبل التعليق وأخرى ترفضه، فالقرار للمشرف",
        "en": "One rule approves and another rejects, so a human decides",
    },
)
BREAKER = Reason(
    "breaker",
    BREAKER_RULE,
    {
        "ar": "أُوقف الرفض الآلي مؤقتًا: تجاوزت نسبة المرفوض في الساعة الأخيرة الحدَّ المسموح",
        "en": "The circuit breaker stopped automatic rejection: too much was rejected "
        "in the last hour",
    },
)
CLEAN = Reason(
    "clean",
    "engine-no-rule",
    {"ar": "لا تنطبق عليه أيّ قاعدة من قواعد السياسة", "en": "No rule matched"},
    action="approve",
)
_POINT_NAMES = {
    "precision_95": {"ar": "دقّة 95٪ على الأقل", "en": "precision of at least 0.95"},
    "precision_90": {"ar": "دقّة 90٪ على الأقل", "en": "precision of at least 0.90"},
    "best_f1": {"ar": "أفضل توازن بين الدقّة والاستدعاء", "en": "best F1"},
    "best_f2": {"ar": "أفضل توازن مع ترجيح الاستدعاء", "en": "best F2"},
    "missed_1": {
        "ar": "الإساءة فيما دون هذا الحد 1٪ على الأكثر",
        "en": "at most 1 % of what lies below is abuse",
    },
}
_MEASURED = {
    "ar": "{name}؛ الدقّة {precision} والاستدعاء {recall} (عدد التعليقات: {comments})",
    "en": "{name}; precision {precision}, recall {recall} on n = {comments}",
}


def unknown_reason(ready: ReadyRule, case: Case) -> Reason:
    """Why a rule could not be answered: a score is missing, or a fact."""
    scores = (case.scores.attributes.get(score.score) for score, _ in ready.thresholds)
    missing = any(value is None or math.isnan(value) for value in scores)
    code = "not_scored" if missing else "unknown"
    return Reason(code, ready.rule.id, _UNKNOWN)


def reason_for(ready: ReadyRule, case: Case) -> Reason:
    """Why a rule matched: the score that counted most, and the words it goes by."""
    rule = ready.rule
    met = [
        (case.scores.attributes.get(score.score), limit, score)
        for score, limit in ready.thresholds
        if score.at_least is not None and limit is not None
    ]
    passed = [
        (value, limit, score)
        for value, limit, score in met
        if value is not None and value >= limit
    ]
    value, limit, score = max(passed, key=lambda p: p[0] - p[1], default=(None, None, None))
    point = score.bound if score is not None and isinstance(score.bound, str) else None
    return Reason(
        code=rule.code or rule.then,
        rule=rule.id,
        message=rule.title.model_dump(),
        action=rule.then,
        attribute=None if score is None else score.score,
        score=value,
        threshold=limit,
        point=point,
        meaning=None
        if point is None or score is None
        else _meaning(point, ready.points[score.score][point]),
        spans=_spans(ready, case),
    )


def notice_for(
    action: Action, ready: ReadyRule | None, reason: Reason
) -> Mapping[str, str] | None:
    """What the author is told about a comment that a rule holds or rejects."""
    if action is Action.REJECT and ready is not None and ready.rule.notice is not None:
        return ready.rule.notice.model_dump()
    return notice_text(action, reason)


def notice_text(action: Action, reason: Reason) -> Mapping[str, str] | None:
    """The usual text for a reason, by language; none where a comment is published."""
    if action is Action.APPROVE:
        return None
    texts = _notices()
    if action is Action.REVIEW:
        return texts["held"]
    template = texts.get(reason.code, texts["rejected"])
    return {lang: template[lang].format(rule=reason.message[lang]) for lang in _LANGUAGES}


@cache
def _notices() -> dict[str, dict[str, str]]:
    content: dict[str, dict[str, str]] = yaml.safe_load(NOTICES.read_text(encoding="utf-8"))
    return content


def _meaning(name: str, point: OperatingPoint) -> dict[str, str]:
    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    return {
        lang: _MEASURED[lang].format(
            name=_POINT_NAMES[name][lang],
            precision=number(point.precision),
            recall=number(point.recall),
            comments=point.comments,
        )
        for lang in _LANGUAGES
    }


def _spans(ready: ReadyRule, case: Case) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for condition in ready.rule.conditions():
        if isinstance(condition, Words):
            found += [
                (hit.start, hit.end)
                for hit in case.facts.words
                if hit.category in condition.words and hit.severity >= condition.severity
            ]
        elif isinstance(condition, Flag) and condition.fact == "personal_data":
            found += [(data.start, data.end) for data in case.facts.personal_data]
    return tuple(sorted(set(found)))

"""Comments, scores and decisions to store."""

from moderation.domain import (
    Action,
    Comment,
    Context,
    Decision,
    ModelRef,
    Moderated,
    PolicyRef,
    Reason,
    Scores,
    Stance,
)

SITE = "sahafa.example"

SCORES = Scores(
    # 0.1 + 0.2, the smallest float, and a missing one: each has to come back as it is.
    attributes={
        "toxicity": 0.1 + 0.2,
        "severe_toxicity": 5e-324,
        "insult": 1 / 3,
        "profanity": 0.0,
        "threat": None,
        "sarcasm": 1.0,
    },
    sentiment={"negative": 0.7, "neutral": 0.2, "positive": 0.1},
    stance=(
        Stance("وزارة التعليم", 0.05, 0.9, 0.05),
        Stance("رفع الرسوم", 1 / 7, 2 / 7, 4 / 7),
    ),
    model=ModelRef("mizan-base", "a" * 64),
    truncated=True,
)

REJECT = Decision(
    action=Action.REJECT,
    reasons=(
        Reason(
            code="insult",
            rule="insult-high",
            message={"ar": "في التعليق إهانة صريحة.", "en": "The comment is an insult."},
            attribute="insult",
            score=1 / 3,
            threshold=0.3,
        ),
        Reason(code="toxicity", rule="toxicity-high", message={"ar": "لغة مسيئة."}),
    ),
    policy=PolicyRef("default", 3, "b" * 64),
)

APPROVE = Decision(
    action=Action.APPROVE,
    reasons=(Reason(code="clean", rule="else", message={"ar": "لا شيء مخالف."}),),
    policy=PolicyRef("default", 3, "b" * 64),
)

CONTEXT = Context(
    title="الوزارة ترفع رسوم الجامعات",
    targets=("وزارة التعليم", "رفع الرسوم"),
    parent="كل سنة نفس القصة!",
)


def moderated(
    text: str,
    id: str | None = None,
    *,
    context: Context = CONTEXT,
    author_id: str | None = "reader-17",
    scores: Scores | None = SCORES,
    decision: Decision = REJECT,
) -> Moderated:
    """Return a comment that was scored and decided."""
    return Moderated(Comment(text, id, context, author_id), scores, decision)

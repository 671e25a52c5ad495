"""What is measured: which corpus, which label, which official metric."""

from dataclasses import dataclass
from typing import Literal

from training.corpora import ABUSE_LABELS, SENTIMENTS, STANCES, Row
from training.corpora.own import SOURCE as OWN
from training.functional import SOURCE as FUNCTIONAL
from training.metrics import Metric, f1_of, macro_f1

Head = Literal["abuse", "sentiment", "stance"]


@dataclass(frozen=True, slots=True)
class Task:
    """One row of the table.

    Attributes:
        label: an abuse attribute, or the head's own name.
        published: figures of others with their protocol, for orientation.
    """

    name: str
    corpus: str
    head: Head
    label: str
    metric_name: str
    metric: Metric
    published: str = ""

    def truth(self, row: Row) -> float | None:
        """The gold class of a row, or ``None`` if it does not state it."""
        if self.head == "abuse":
            return row.labels.get(self.label)
        return row.sentiment if self.head == "sentiment" else row.stance


_NEGATIVE, _POSITIVE = SENTIMENTS.index("negative"), SENTIMENTS.index("positive")
_FAVOR, _AGAINST = STANCES.index("favor"), STANCES.index("against")


def _abuse(name: str, corpus: str, label: str, published: str = "") -> Task:
    assert label in ABUSE_LABELS
    return Task(name, corpus, "abuse", label, "macro-F1", macro_f1, published)


def _task(
    name: str, corpus: str, head: Head, metric_name: str, metric: Metric, published: str = ""
) -> Task:
    return Task(name, corpus, head, head, metric_name, metric, published)


TASKS = (
    _abuse(
        "OSACT4-A offensive",
        "osact4_offenseval2020_ar",
        "toxicity",
        "ALT 0.905, MARBERT 0.924",
    ),
    _abuse("OSACT4-B hate", "osact4_offenseval2020_ar", "identity_attack", "MARBERT 0.848"),
    _abuse("OMCD Moroccan offensive", "omcd", "toxicity", "SVC 0.784"),
    _abuse("Egyptian offensive", "egyptian_5way", "toxicity"),
    _task(
        "ArSarcasm-v2 sentiment",
        "arsarcasm_v2",
        "sentiment",
        "F-PN",
        f1_of(_NEGATIVE, _POSITIVE),
        "best 0.748",
    ),
    Task(
        "ArSarcasm-v2 sarcasm",
        "arsarcasm_v2",
        "abuse",
        "sarcasm",
        "F1-sarcastic",
        f1_of(1),
        "best 0.623",
    ),
    _task("TSAC Tunisian sentiment", "tsac", "sentiment", "macro-F1", macro_f1),
    _task("AfriSenti DZ+MA sentiment", "afrisenti_arq_ary", "sentiment", "macro-F1", macro_f1),
    _task(
        "Mawqif stance",
        "mawqif",
        "stance",
        "F-avg",
        f1_of(_FAVOR, _AGAINST),
        "best 0.844, TF-IDF 0.718",
    ),
    _task("ANS claim stance", "ans_stance", "stance", "macro-F1", macro_f1),
    _abuse("news comments offensive (MPOLD)", "mpold", "toxicity"),
)

# Our own test part has no published figures; insult and stance are what it is for.
OWN_TASKS = (
    Task("own: insult", OWN, "abuse", "insult", "F1", f1_of(1)),
    Task("own: toxicity", OWN, "abuse", "toxicity", "macro-F1", macro_f1),
    Task("own: identity attack", OWN, "abuse", "identity_attack", "F1", f1_of(1)),
    Task("own: threat", OWN, "abuse", "threat", "F1", f1_of(1)),
    Task("own: profanity", OWN, "abuse", "profanity", "F1", f1_of(1)),
    Task("own: likely to reject", OWN, "abuse", "likely_to_reject", "macro-F1", macro_f1),
    Task("own: sarcasm", OWN, "abuse", "sarcasm", "F1", f1_of(1)),
    _task("own: sentiment", OWN, "sentiment", "macro-F1", macro_f1),
    _task("own: stance", OWN, "stance", "macro-F1", macro_f1),
    # New words in new frames: is the construction understood?
    Task("functional: insult", FUNCTIONAL, "abuse", "insult", "macro-F1", macro_f1),
    Task(
        "functional: identity attack",
        FUNCTIONAL,
        "abuse",
        "identity_attack",
        "macro-F1",
        macro_f1,
    ),
)

"""The bar: a linear SVM over character and word n-grams.

One fixed configuration for every corpus (character 1–6-grams, word 1–2-grams,
sublinear TF-IDF, LinearSVC with balanced classes), fitted on the corpus's train
split and nothing else. On the normalized text, as the model reads it.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from moderation.text.normalize import normalize
from training.corpora import Row
from training.metrics import Classes

_C = 0.5
# With more targets than this there are too few rows for a classifier each.
_MANY_TARGETS = 20


def build_svm() -> Pipeline:
    """An unfitted baseline; ``fit(texts, classes)``, ``decision_function(texts)``."""
    features = make_union(
        TfidfVectorizer(
            preprocessor=normalize,
            analyzer="char_wb",
            ngram_range=(1, 6),
            min_df=2,
            sublinear_tf=True,
            dtype=np.float32,
        ),
        TfidfVectorizer(
            preprocessor=normalize,
            analyzer="word",
            token_pattern=r"\S+",
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
            dtype=np.float32,
        ),
    )
    return make_pipeline(features, LinearSVC(C=_C, class_weight="balanced"))


def predict_stance(train: Sequence[Row], truth: Classes, rows: Sequence[Row]) -> Classes:
    """Stance of ``rows``: one SVM per target where targets recur, else one over both texts."""
    groups: dict[str | None, list[int]] = defaultdict(list)
    for index, row in enumerate(train):
        groups[row.target].append(index)
    if len(groups) > _MANY_TARGETS:
        svm = build_svm().fit([f"{r.target} {r.text}" for r in train], truth)
        texts = [f"{r.target} {r.text}" for r in rows]
        return np.asarray(svm.predict(texts), dtype=np.int64)
    found = np.zeros(len(rows), dtype=np.int64)
    for target, indexes in groups.items():
        svm = build_svm().fit([train[i].text for i in indexes], truth[indexes])
        places = [i for i, row in enumerate(rows) if row.target == target]
        if places:
            found[places] = svm.predict([rows[i].text for i in places])
    return found

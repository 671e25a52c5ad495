"""The bar: a linear SVM over character and word n-grams.

One fixed configuration for every corpus (character 1–6-grams, word 1–2-grams,
sublinear TF-IDF, LinearSVC with balanced classes), fitted on the corpus's train
split and nothing else. On the normalized text, as the model reads it.
"""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from moderation.text.normalize import normalize

_C = 0.5


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

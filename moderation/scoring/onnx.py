"""The real scorer: ONNX Runtime on the CPU.

Every window is a call of its own. Batching would save little on a CPU and
would let a comment's score depend on its batch mates (dynamic quantization
takes one scale per tensor), so that no decision could be replayed. One
single-threaded session is shared by as many threads as there are cores.
"""

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import numpy as np
import onnxruntime
import structlog
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from moderation.domain import (
    ABUSE_ATTRIBUTES,
    MAX_TARGETS,
    SENTIMENTS,
    Comment,
    ModelRef,
    OperatingPoint,
    Scores,
    Stance,
)
from moderation.errors import BundleError, ScoringError
from moderation.scoring.bundle import Bundle, points_of
from moderation.scoring.windows import cut
from moderation.text.ngrams import BUCKETS, ngram_ids
from moderation.text.normalize import normalize

_MAX_TARGET_TOKENS = 32
# The row of the n-gram table that weighs nothing; the graph wants at least one.
_NO_NGRAMS = np.array([BUCKETS], dtype=np.int64)

Logits = list[NDArray[np.float32]]
log = structlog.get_logger()


class OnnxScorer:
    """A ``Scorer`` over a verified bundle.

    Args:
        bundle: the model folder.
        threads: comments scored at the same time; 0 is one per core.
    """

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        self._bundle = bundle
        self._tokenizer = _open_tokenizer(bundle)
        # A reader who types "[SEP]" has typed five letters, not a separator.
        self._tokenizer.encode_special_tokens = True
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        vocab, manifest = self._tokenizer.get_vocab(), bundle.manifest
        self._cls, self._sep = vocab[manifest.start_token], vocab[manifest.end_token]
        self._session = _open_session(bundle)
        threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(threads, "score")
        # Lists and single comments share the cores: more at once would only be slower.
        self._turns = BoundedSemaphore(threads)

    @property
    def model(self) -> ModelRef:
        """Name and hash of the bundle."""
        return self._bundle.ref

    @property
    def operating_points(self) -> Mapping[str, Mapping[str, OperatingPoint]]:
        """Those of the bundle, by attribute and name."""
        return points_of(self._bundle.manifest)

    def close(self) -> None:
        """Finish what is being scored, drop what has not begun, stop the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def score(self, comments: Sequence[Comment]) -> list[Scores | None]:
        """Scores in the order of ``comments``; ``None`` where one could not be scored."""
        if len(comments) == 1:
            return [self._safely(comments[0])]
        return list(self._pool.map(self._safely, comments))

    def _safely(self, comment: Comment) -> Scores | None:
        try:
            with self._turns:
                return self._score(comment)
        except Exception as error:
            # Whatever went wrong, this comment goes to a human and the others go on.
            # The error's text may quote the comment: only its type is logged.
            log.error("not_scored", comment_id=comment.id, error=type(error).__name__)
            return None

    def _score(self, comment: Comment) -> Scores:
        text = normalize(comment.text)
        encoding = self._encode(text)
        limit = self._bundle.manifest.max_tokens
        windows = cut(range(len(encoding.ids)), limit - 2)
        runs = []
        for part in windows.parts:
            ids = [self._cls, *(encoding.ids[i] for i in part), self._sep]
            start, end = encoding.offsets[part[0]][0], encoding.offsets[part[-1]][1]
            runs.append(self._run(ids, ngram_ids(text[start:end])))
        # Abuse anywhere is abuse; a feeling is that of the whole.
        abuse = np.max([run[0] for run in runs], axis=0)
        sentiment = np.mean([run[1] for run in runs], axis=0)
        targets = comment.context.targets[:MAX_TARGETS]
        stances = [self._stance(target, encoding.ids) for target in targets]
        return Scores(
            attributes=self._calibrated(abuse),
            sentiment=dict(zip(SENTIMENTS, self._softmax(sentiment, "sentiment"), strict=True)),
            stance=tuple(stances),
            model=self._bundle.ref,
            truncated=windows.truncated,
        )

    def _stance(self, target: str, ids: list[int]) -> Stance:
        """The stance toward one target; a very long one is known by its beginning."""
        about = self._encode(normalize(target)).ids[:_MAX_TARGET_TOKENS]
        room = self._bundle.manifest.max_tokens - len(about) - 3
        windows = cut(ids, room)
        runs = [
            self._run(
                [self._cls, *about, self._sep, *part, self._sep],
                _NO_NGRAMS,
                first=len(about) + 2,
            )
            for part in windows.parts
        ]
        mean = np.mean([run[2] for run in runs], axis=0)
        favor, against, neutral = self._softmax(mean, "stance")
        return Stance(target, favor, against, neutral)

    def _encode(self, normalized: str) -> Encoding:
        # Normalizing twice changes nothing, so the offsets are those of ``normalized``.
        return self._tokenizer.encode(normalized, add_special_tokens=False)

    def _run(
        self, ids: list[int], ngrams: NDArray[np.int64], first: int | None = None
    ) -> Logits:
        """One pass; tokens from index ``first`` on belong to the second segment."""
        types = np.zeros((1, len(ids)), dtype=np.int64)
        if first is not None:
            types[0, first:] = 1
        feed = {
            "input_ids": np.array([ids], dtype=np.int64),
            "token_type_ids": types,
            "ngrams": ngrams[None] if len(ngrams) else _NO_NGRAMS[None],
        }
        outputs = self._session.run(None, feed)
        logits = [np.asarray(output)[0] for output in outputs]
        if not all(np.isfinite(part).all() for part in logits):
            raise ScoringError("the model answered with a number that is not finite")
        return logits

    def _calibrated(self, logits: NDArray[np.float32]) -> dict[str, float | None]:
        calibration = self._bundle.manifest.calibration
        return {
            name: _sigmoid(calibration[name].scale * float(logit) + calibration[name].bias)
            for name, logit in zip(ABUSE_ATTRIBUTES, logits, strict=True)
        }

    def _softmax(self, logits: NDArray[np.float32], head: str) -> list[float]:
        scaled = logits.astype(np.float64) / self._bundle.manifest.temperature[head]
        exps = np.exp(scaled - scaled.max())
        return [float(p) for p in exps / exps.sum()]


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _open_tokenizer(bundle: Bundle) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(bundle.tokenizer_path))
    except Exception as error:
        raise BundleError(f"{bundle.tokenizer_path} is not a usable tokenizer") from error
    for token in (bundle.manifest.start_token, bundle.manifest.end_token):
        if tokenizer.token_to_id(token) is None:
            raise BundleError(f"{bundle.tokenizer_path} lacks {token}")
    return tokenizer


def _open_session(bundle: Bundle) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(
            str(bundle.model_path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise BundleError(f"{bundle.model_path} is not a usable ONNX model") from error

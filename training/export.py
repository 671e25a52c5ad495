"""Write a trained model as a bundle that the service can load.

    python -m training export --config training/configs/cpu-small.yaml

The graph is exported in float32, quantized to int8 (dynamic, per channel), and
refused if the two disagree by more than ``MAX_MEAN_DIFFERENCE`` on real comments.
"""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from scipy.special import expit, softmax
from tokenizers import Tokenizer
from torch import nn

from moderation.domain import ABUSE_ATTRIBUTES
from moderation.scoring.bundle import (
    BUNDLE_FILE,
    FORMAT,
    MODEL_FILE,
    TOKENIZER_FILE,
    Calibration,
    Manifest,
    file_sha256,
)
from moderation.text.ngrams import ngram_ids
from moderation.text.normalize import normalize
from training.calibrate import Calibrations
from training.config import Recipe
from training.corpora.own import DATA
from training.environment import describe_environment
from training.model import NGRAM_SCALE, ModerationModel, load_model
from training.tokenizer import special_of

WEIGHTS_FOLDER, TRAINING_FILE = "weights", "training.json"
# Mean |Δp| of any output, float32 against int8.
MAX_MEAN_DIFFERENCE = 0.02
_PROBE_TOKENS = 16


class ParityError(Exception):
    """The exported graph does not score like the trained model."""


class _Served(nn.Module):
    """The network as served: one unpadded input, so no mask; n-grams in int8.

    The library's quantization gives a table one scale; this one needs one per column.
    """

    def __init__(self, model: ModerationModel) -> None:
        super().__init__()
        self.model = model
        table = model.ngram_scores.table.weight.detach()
        scale = table.abs().amax(0).clamp(min=1e-6) / 127
        self.ngram_scale: torch.Tensor
        self.ngram_table: torch.Tensor
        self.register_buffer("ngram_scale", scale * NGRAM_SCALE)
        self.register_buffer("ngram_table", (table / scale).round().to(torch.int8))

    def forward(
        self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, ngrams: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        deep = self.model.deep(input_ids, token_type_ids, torch.ones_like(input_ids))
        picked = self.ngram_table[ngrams[0]].float()
        count = torch.ones_like(ngrams[0]).sum().float()
        wide = picked.sum(0, keepdim=True) * self.ngram_scale / count.sqrt()
        out = self.model.combine(deep, wide)
        return out.abuse, out.sentiment, out.stance


def export_onnx(model: ModerationModel, path: Path) -> None:
    """Graph with int64 inputs [1, T], [1, T], [1, M]; outputs abuse, sentiment, stance."""
    ids = torch.randint(5, 100, (1, _PROBE_TOKENS))
    length = torch.export.Dim("length", min=2, max=512)
    ngrams = torch.export.Dim("ngrams", min=1, max=65536)
    torch.onnx.export(
        _Served(model).eval(),
        (ids, torch.zeros_like(ids), torch.arange(3 * _PROBE_TOKENS)[None]),
        str(path),
        input_names=["input_ids", "token_type_ids", "ngrams"],
        output_names=["abuse", "sentiment", "stance"],
        dynamic_shapes=({1: length}, {1: length}, {1: ngrams}),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def quantize(source: Path, target: Path) -> None:
    """Dynamic int8 of matrices and embeddings, one scale per output channel."""
    quantize_dynamic(
        str(source),
        str(target),
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
    )


def probabilities(
    path: Path, tokenizer: Tokenizer, texts: list[str], max_tokens: int
) -> NDArray[np.float64]:
    """Uncalibrated probabilities [N, 14] of all three heads of a graph, one call per text."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    rows = []
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids[:max_tokens]], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "token_type_ids": np.zeros_like(ids),
            "ngrams": ngram_ids(normalize(text))[None],
        }
        abuse, sentiment, stance = (np.float64(out[0]) for out in session.run(None, feed))
        rows.append(np.concatenate([expit(abuse), softmax(sentiment), softmax(stance)]))
    return np.array(rows)


def check_parity(exact: NDArray[np.float64], served: NDArray[np.float64]) -> dict[str, float]:
    """Mean and 99th percentile of |Δp|.

    Raises:
        ParityError: the mean for some output is above ``MAX_MEAN_DIFFERENCE``.
    """
    gap = np.abs(exact - served)
    worst = float(gap.mean(0).max())
    if not worst <= MAX_MEAN_DIFFERENCE:
        raise ParityError(f"int8 differs from float32 by {worst:.3f} on average")
    return {"mean": float(gap.mean()), "p99": float(np.quantile(gap, 0.99)), "worst": worst}


def export(
    run: Path,
    target: Path,
    calibrations: Calibrations,
    texts: list[str],
    max_tokens: int,
) -> dict[str, float]:
    """Write the bundle of a run to ``target``; returns the parity figures."""
    model = load_model(run / "model")
    tokenizer_file = run / "tokenizer" / TOKENIZER_FILE
    tokenizer, special = Tokenizer.from_file(str(tokenizer_file)), special_of(run)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "float32.onnx"
        export_onnx(model, exact)
        quantize(exact, Path(scratch) / MODEL_FILE)
        parity = check_parity(
            probabilities(exact, tokenizer, texts, max_tokens),
            probabilities(Path(scratch) / MODEL_FILE, tokenizer, texts, max_tokens),
        )
        shutil.copy(Path(scratch) / MODEL_FILE, target / MODEL_FILE)
    shutil.copy(tokenizer_file, target / TOKENIZER_FILE)
    weights = target / WEIGHTS_FOLDER
    shutil.copytree(run / "model", weights, dirs_exist_ok=True)
    manifest = Manifest(
        format=FORMAT,
        id=target.name,
        attributes=ABUSE_ATTRIBUTES,
        files={n: file_sha256(target / n) for n in (MODEL_FILE, TOKENIZER_FILE)},
        max_tokens=max_tokens,
        start_token=special.start,
        end_token=special.end,
        calibration={
            name: Calibration(scale=round(c.scale, 4), bias=round(c.bias, 4))
            for name, c in calibrations.abuse.items()
        },
        temperature={k: round(v, 4) for k, v in calibrations.temperature.items()},
        prevalence=calibrations.prevalence,
        operating_points=calibrations.operating_points,
    )
    text = json.dumps(manifest.model_dump(), indent=2, ensure_ascii=False)
    (target / BUNDLE_FILE).write_text(text + "\n", encoding="utf-8")
    return parity


def write_training_record(recipe: Recipe, target: Path, parity: dict[str, float]) -> None:
    """Keep recipe, environment and parity beside the model, for its card."""
    record = {
        "recipe": recipe.model_dump(),
        "environment": describe_environment(),
        "own_train_sha256": file_sha256(DATA / "train.jsonl"),
        "parity": parity,
    }
    text = json.dumps(record, ensure_ascii=False, indent=1)
    (target / TRAINING_FILE).write_text(text + "\n", encoding="utf-8")

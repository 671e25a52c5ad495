"""A model as files: ``bundle.json`` names them and their hashes, and nothing is a pickle."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from moderation.domain import ABUSE_ATTRIBUTES, OPERATING_POINTS, ModelRef, OperatingPoint
from moderation.errors import BundleError

FORMAT = 2
MODEL_FILE, TOKENIZER_FILE, BUNDLE_FILE = "model.onnx", "tokenizer.json", "bundle.json"


class Calibration(BaseModel):
    """Platt scaling (Platt 1999): probability = sigmoid(scale · logit + bias)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scale: float = 1.0
    bias: float = 0.0


class MeasuredPoint(BaseModel):
    """A threshold with what it was measured to do at the bundle's prevalence.

    Attributes:
        threshold: of the calibrated probability; ``None`` where the sample was too small
            to certify any.
        positives, negatives: dev rows it was chosen on.
        recall, false_alarms: share of the positives and of the negatives at or above it.
        precision, precision_low: share of abuse at or above it, and its 95 % lower bound.
        missed: share of abuse below it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    threshold: float | None
    positives: int
    negatives: int
    recall: float | None = None
    false_alarms: float | None = None
    precision: float | None = None
    precision_low: float | None = None
    missed: float | None = None


class Manifest(BaseModel):
    """The content of ``bundle.json``.

    Attributes:
        files: sha256, in hex, by file name.
        max_tokens: longest input of the network in tokens, special ones included.
        start_token, end_token: what the encoder expects around a text.
        calibration: by abuse attribute.
        temperature: divisor of the logits, for "sentiment" and "stance".
        prevalence: share of abusive comments that the probabilities assume.
        operating_points: by abuse attribute and name (``OPERATING_POINTS``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: int
    id: str
    attributes: tuple[str, ...]
    files: dict[str, str]
    max_tokens: int
    start_token: str
    end_token: str
    calibration: dict[str, Calibration]
    temperature: dict[str, float]
    prevalence: float
    operating_points: dict[str, dict[str, MeasuredPoint]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified model folder."""

    folder: Path
    manifest: Manifest
    ref: ModelRef

    @property
    def model_path(self) -> Path:
        """The ONNX graph."""
        return self.folder / MODEL_FILE

    @property
    def tokenizer_path(self) -> Path:
        """The tokenizer with our normalizer inside."""
        return self.folder / TOKENIZER_FILE


def points_of(manifest: Manifest) -> dict[str, dict[str, OperatingPoint]]:
    """What policies ask of a model: its operating points by attribute and name."""
    return {
        attribute: {
            name: OperatingPoint(
                point.threshold,
                point.positives + point.negatives,
                point.precision,
                point.recall,
            )
            for name, point in points.items()
        }
        for attribute, points in manifest.operating_points.items()
    }


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_bundle(folder: Path) -> Bundle:
    """Read and verify a model folder.

    Raises:
        BundleError: a file is missing or its hash is not the one in the manifest,
            or the manifest cannot be read; the message names file and expectation.
    """
    path = folder / BUNDLE_FILE
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BundleError(
            f"{path} is missing: expected a model folder with {BUNDLE_FILE}, "
            f"{MODEL_FILE} and {TOKENIZER_FILE}"
        ) from error
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "JSON"
        raise BundleError(f"{path} is damaged at {place}: {first['msg']}") from error
    if manifest.format != FORMAT:
        raise BundleError(f"{path} has format {manifest.format}; this version reads {FORMAT}")
    if manifest.attributes != ABUSE_ATTRIBUTES:
        raise BundleError(f"{path}: expected the attributes {', '.join(ABUSE_ATTRIBUTES)}")
    uncalibrated = {*ABUSE_ATTRIBUTES} - {*manifest.calibration}
    uncalibrated |= {"sentiment", "stance"} - {*manifest.temperature}
    if uncalibrated:
        raise BundleError(f"{path} has no calibration of {', '.join(sorted(uncalibrated))}")
    pointless = [
        name
        for name in ABUSE_ATTRIBUTES
        if {*manifest.operating_points.get(name, {})} != {*OPERATING_POINTS}
    ]
    if pointless:
        raise BundleError(f"{path} lacks operating points of {', '.join(pointless)}")
    for name in (MODEL_FILE, TOKENIZER_FILE):
        _verify(folder / name, manifest.files.get(name))
    return Bundle(folder, manifest, ModelRef(manifest.id, file_sha256(path)))


def _verify(path: Path, expected: str | None) -> None:
    if expected is None:
        raise BundleError(f"{path.parent / BUNDLE_FILE} gives no sha256 for {path.name}")
    if not path.is_file():
        raise BundleError(f"{path} is missing: expected sha256 {expected}")
    found = file_sha256(path)
    if found != expected:
        raise BundleError(f"{path} is damaged: sha256 is {found}, expected {expected}")

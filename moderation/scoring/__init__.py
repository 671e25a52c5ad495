"""From a comment to calibrated probabilities."""

from moderation.scoring.base import Scorer
from moderation.scoring.bundle import Bundle, load_bundle
from moderation.scoring.onnx import OnnxScorer

__all__ = ["Bundle", "OnnxScorer", "Scorer", "load_bundle"]

"""Templated sentences in which the same word is abuse in one frame and none in the next."""

from training.functional.generate import SOURCE, generate

__all__ = ["SOURCE", "generate"]

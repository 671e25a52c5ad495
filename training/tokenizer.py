"""Make the tokenizer of a model: our normalizer, WordPiece, emojis and punctuation alone.

Two ways: learn a vocabulary from text, or take over the vocabulary of a base
checkpoint, so that its weights stay usable (``base``).

    python -m training tokenizer --config training/configs/cpu-small.yaml
"""

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from moderation.text.normalize import PLACEHOLDERS, build_normalizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
# Longer runs without a space are cut by WordPiece to one unknown token.
_MAX_WORD_CHARS = 200


def train_tokenizer(lines: Iterable[str], vocab_size: int) -> Tokenizer:
    """Learn a WordPiece vocabulary of ``vocab_size`` pieces from raw lines."""
    tokenizer = _assemble({})
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size,
        min_frequency=3,
        special_tokens=[*SPECIAL, *PLACEHOLDERS],
        limit_alphabet=2500,
        continuing_subword_prefix="##",
    )
    tokenizer.train_from_iterator(lines, trainer)
    return _finish(_assemble(tokenizer.get_vocab()))


def adopt_vocabulary(base: Path) -> Tokenizer:
    """Our tokenizer around the WordPiece vocabulary of the checkpoint in ``base``.

    Raises:
        ValueError: the vocabulary lacks a special token or is not WordPiece.
    """
    stored = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))
    if stored["model"]["type"] != "WordPiece":
        raise ValueError(
            f"{base}: its vocabulary is {stored['model']['type']}, not WordPiece; "
            "train a tokenizer anew."
        )
    vocab: dict[str, int] = stored["model"]["vocab"]
    vocab |= {token["content"]: token["id"] for token in stored["added_tokens"]}
    missing = [token for token in (*SPECIAL, *PLACEHOLDERS) if token not in vocab]
    if missing:
        raise ValueError(f"{base}: its vocabulary lacks {missing}; train a tokenizer anew.")
    return _finish(_assemble(vocab))


def save(tokenizer: Tokenizer, folder: Path, max_length: int) -> None:
    """Write ``tokenizer`` in the hub's format."""
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=max_length,
        **{f"{token[1:-1].lower()}_token": token for token in SPECIAL},
    ).save_pretrained(folder)


def load_tokenizer(run: Path) -> Tokenizer:
    """The tokenizer of a run folder; typed special tokens are ordinary text to it."""
    tokenizer = Tokenizer.from_file(str(run / "tokenizer" / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    return tokenizer


def _assemble(vocab: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(
        models.WordPiece(
            vocab=vocab,
            unk_token="[UNK]",
            max_input_chars_per_word=_MAX_WORD_CHARS,
        )
    )
    tokenizer.normalizer = build_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.BertPreTokenizer(),
            pre_tokenizers.Split(Regex(r"\p{So}"), "isolated"),
            pre_tokenizers.Digits(),
        ]
    )
    return tokenizer


def _finish(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in SPECIAL])
    # Placeholders are written by the normalizer, so they are looked for after it.
    tokenizer.add_tokens([AddedToken(t, normalized=True) for t in PLACEHOLDERS])
    ids = {token: tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")}
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=list(ids.items()),
    )
    # A reader who types "[SEP]" has typed five letters, not our separator.
    tokenizer.encode_special_tokens = True
    return tokenizer

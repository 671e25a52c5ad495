"""Make the tokenizer of a model: our normalizer in front, whatever comes after it.

Three ways: learn a WordPiece vocabulary from text; take over that of a checkpoint of ours;
take over the whole tokenizer of any other encoder (``base``). Either way its weights stay
usable and the text reaches it as every other part of the project sees it.

    python -m training tokenizer --config training/configs/cpu-small.yaml
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from moderation.text.normalize import PLACEHOLDERS, build_normalizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass(frozen=True, slots=True)
class Special:
    """What an encoder calls its special tokens."""

    start: str
    end: str
    pad: str
    mask: str
    unknown: str


BERT = Special(start="[CLS]", end="[SEP]", pad="[PAD]", mask="[MASK]", unknown="[UNK]")
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
    return finish(_assemble(tokenizer.get_vocab()), BERT)


def adopt(base: str) -> tuple[Tokenizer, Special]:
    """The tokenizer of a base checkpoint under our normalizer, and its special tokens.

    Raises:
        OSError: no tokenizer there.
    """
    try:
        stored = AutoTokenizer.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise OSError(
            f"{base}: no tokenizer there. Without a network, save the model's tokenizer once "
            "with save_pretrained and give the folder's path."
        ) from error
    tokenizer: Tokenizer = stored.backend_tokenizer
    vocab = tokenizer.get_vocab()
    if all(token in vocab for token in (*SPECIAL, *PLACEHOLDERS)):
        # Made by us: rebuilt, so that today's normalizer and rules apply.
        return finish(_assemble(vocab), BERT), BERT
    special = Special(
        start=stored.cls_token or stored.bos_token,
        end=stored.sep_token or stored.eos_token,
        pad=stored.pad_token,
        mask=stored.mask_token,
        unknown=stored.unk_token,
    )
    steps = [build_normalizer()]
    if tokenizer.normalizer is not None:
        steps.append(tokenizer.normalizer)
    tokenizer.normalizer = normalizers.Sequence(steps)
    return finish(tokenizer, special), special


def save(tokenizer: Tokenizer, folder: Path, max_length: int, special: Special) -> None:
    """Write ``tokenizer`` in the hub's format."""
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=max_length,
        cls_token=special.start,
        sep_token=special.end,
        pad_token=special.pad,
        mask_token=special.mask,
        unk_token=special.unknown,
    ).save_pretrained(folder)


def special_of(run: Path) -> Special:
    """The special tokens of a run folder's tokenizer."""
    config = json.loads((run / "tokenizer" / "tokenizer_config.json").read_text("utf-8"))
    return Special(
        start=config["cls_token"],
        end=config["sep_token"],
        pad=config["pad_token"],
        mask=config["mask_token"],
        unknown=config["unk_token"],
    )


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


def finish(tokenizer: Tokenizer, special: Special) -> Tokenizer:
    """Add special tokens, placeholders and the frame that the scorer puts around a text."""
    tokens = (special.pad, special.unknown, special.start, special.end, special.mask)
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in tokens])
    # Placeholders are written by the normalizer, so they are looked for after it.
    tokenizer.add_tokens([AddedToken(t, normalized=True) for t in PLACEHOLDERS])
    start, end = special.start, special.end
    tokenizer.post_processor = TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} $B:1 {end}:1",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (start, end)],
    )
    # A reader who types "[SEP]" has typed five letters, not our separator.
    tokenizer.encode_special_tokens = True
    return tokenizer

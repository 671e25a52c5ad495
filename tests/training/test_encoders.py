"""Any encoder of the hub, from a folder: tokenizer, fine-tuning, export, service."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertModel,
    ElectraConfig,
    ElectraModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from moderation.domain import Comment, Context
from moderation.scoring import OnnxScorer, load_bundle
from moderation.text.normalize import LINK
from training.calibrate import Calibrations
from training.config import Recipe
from training.corpora.raw import read_lines
from training.export import export
from training.finetune import finetune
from training.model import load_encoder
from training.pretrain import pretrain
from training.tokenizer import adopt, save

BERT_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
XLMR_TOKENS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}


def hub_folder(kind: str, folder: Path, corpora: Path) -> str:
    """A tiny encoder as ``save_pretrained`` leaves it, with a tokenizer not made by us."""
    lines = list(read_lines(corpora, ["comments"]))
    if kind == "xlm-roberta":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer: trainers.Trainer = trainers.UnigramTrainer(
            vocab_size=200, special_tokens=XLMR_TOKENS, unk_token="<unk>"
        )
        start, pad, end, unknown, mask = XLMR_TOKENS
    else:
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=BERT_TOKENS)
        pad, unknown, start, end, mask = BERT_TOKENS
    tokenizer.train_from_iterator(lines, trainer)
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        cls_token=start,
        sep_token=end,
        pad_token=pad,
        unk_token=unknown,
        mask_token=mask,
    ).save_pretrained(folder)
    size = tokenizer.get_vocab_size()
    torch.manual_seed(0)
    if kind == "xlm-roberta":
        # As published: one segment, positions that start after the padding's.
        config = XLMRobertaConfig(
            vocab_size=size, type_vocab_size=1, max_position_embeddings=66, **SHAPE
        )
        XLMRobertaModel(config).save_pretrained(folder)
    elif kind == "electra":
        ElectraModel(
            ElectraConfig(vocab_size=size, embedding_size=16, **SHAPE)
        ).save_pretrained(folder)
    else:
        BertModel(BertConfig(vocab_size=size, **SHAPE)).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "electra"])
def test_from_the_hubs_folder_to_the_service(
    kind: str, tmp_path: Path, corpora: Path, recipe: Recipe, calibrations: Calibrations
) -> None:
    base, run = hub_folder(kind, tmp_path / kind, corpora), tmp_path / "run"
    tokenizer, special = adopt(base)
    save(tokenizer, run / "tokenizer", 64, special)
    recipe = recipe.model_copy(update={"base": base, "pretrain": []})
    finetune(recipe, corpora, run)
    export(run, tmp_path / "mizan-tiny", calibrations, ["شكرا على الخبر", "يا حمار"], 32)
    scorer = OnnxScorer(load_bundle(tmp_path / "mizan-tiny"))
    context = Context(targets=("الوزير",))
    [plain, disguised] = scorer.score(
        [Comment("يا كلب", context=context), Comment("يا كَـــلب", context=context)]
    )
    scorer.close()
    assert plain is not None and plain == disguised


def test_a_foreign_tokenizer_reads_links_as_we_do(tmp_path: Path, corpora: Path) -> None:
    tokenizer, _ = adopt(hub_folder("bert", tmp_path / "hub", corpora))
    tokens = tokenizer.encode("انظر https://example.org/a?b=c").tokens
    assert tokens[-2] == LINK
    assert tokens[0] == "[CLS]" and tokens[-1] == "[SEP]"


def test_only_berts_tokens_are_pretrained_further(
    tmp_path: Path, corpora: Path, recipe: Recipe
) -> None:
    base = hub_folder("xlm-roberta", tmp_path / "hub", corpora)
    tokenizer, special = adopt(base)
    save(tokenizer, tmp_path / "run" / "tokenizer", 64, special)
    with pytest.raises(ValueError, match="leave the pretrain stages out"):
        pretrain(recipe.model_copy(update={"base": base}), corpora, tmp_path / "run")


def test_other_kinds_of_model_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(ValueError, match="is t5; read are bert"):
        load_encoder(str(tmp_path))


def test_a_hub_name_without_a_network_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for load in (load_encoder, adopt):
        with pytest.raises(OSError, match="give the folder's path"):
            load(str(tmp_path / "no-such-model"))

"""The network: an encoder for what a sentence says, a linear part for the words it uses."""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, PreTrainedModel

from moderation.domain import ABUSE_ATTRIBUTES, SENTIMENTS, STANCES
from moderation.text.ngrams import BUCKETS

UNKNOWN = -1.0
HEADS = {
    "abuse": len(ABUSE_ATTRIBUTES),
    "sentiment": len(SENTIMENTS),
    "stance": len(STANCES),
}
# Fills up rows of n-gram ids; it weighs nothing.
NO_NGRAM = BUCKETS
NGRAM_OUTPUTS = HEADS["abuse"] + HEADS["sentiment"]
# With weights near 1 a few telling n-grams among hundreds should move a logit by 1.
NGRAM_SCALE = 8.0
ENCODER_TYPES = ("bert", "roberta", "xlm-roberta", "camembert", "electra")
_WEIGHTS, _CONFIG, _HEADS = "model.safetensors", "config.json", "heads.json"


class Logits(NamedTuple):
    """Raw outputs, float32 [B, n] each, in the order of ``HEADS``."""

    abuse: torch.Tensor
    sentiment: torch.Tensor
    stance: torch.Tensor


class NgramScores(nn.Module):
    """Linear logits for abuse and sentiment from hashed n-grams: what an SVM would know.

    A linear beside a deep part is Cheng et al. 2016, "Wide & deep learning for recommender
    systems"; here each is fitted by itself (``training.linear``). Stance is left to the
    encoder: it depends on the target.
    """

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(
            BUCKETS + 1, NGRAM_OUTPUTS, mode="sum", padding_idx=NO_NGRAM
        )
        nn.init.zeros_(self.table.weight)

    def forward(self, ngrams: torch.Tensor) -> torch.Tensor:
        """int64 [B, M], filled up with ``NO_NGRAM`` → float32 [B, 11]."""
        count = (ngrams != NO_NGRAM).sum(1, keepdim=True).clamp(min=1)
        scores: torch.Tensor = self.table(ngrams)
        return scores * NGRAM_SCALE / count.sqrt()


class ModerationModel(nn.Module):
    """Encoder, mean and max over tokens, one tanh layer, three heads, n-grams added.

    Args:
        encoder: one of ``ENCODER_TYPES``; returns hidden states [B, T, H].
        sources: corpora with an own additive bias on the abuse logits. It takes
            up each corpus's habits of annotation and prior; it is dropped for a
            share of the rows in training and always at inference.
    """

    def __init__(
        self, encoder: nn.Module, sources: list[str], bias_dropout: float = 0.15
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.sources = sources
        self.bias_dropout = bias_dropout
        self._segments = int(encoder.config.type_vocab_size)  # type: ignore[union-attr, arg-type]
        hidden = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.pool = nn.Linear(2 * hidden, hidden)
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.ModuleDict({k: nn.Linear(hidden, n) for k, n in HEADS.items()})
        self.ngram_scores = NgramScores()
        self.source_bias = nn.Embedding(len(sources), len(ABUSE_ATTRIBUTES))
        nn.init.zeros_(self.source_bias.weight)

    def logits(
        self,
        input_ids: torch.Tensor,
        token_type_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        ngrams: torch.Tensor,
    ) -> Logits:
        """Scores before any squashing.

        Args:
            input_ids, token_type_ids, attention_mask: int64 [B, T].
            ngrams: int64 [B, M], of the comment without its target.
        """
        deep = self.deep(input_ids, token_type_ids, attention_mask)
        return self.combine(deep, self.ngram_scores(ngrams))

    @staticmethod
    def combine(deep: Logits, wide: torch.Tensor) -> Logits:
        """The encoder's logits with those of the n-grams [B, 11] added."""
        abuse, sentiment = wide.split([HEADS["abuse"], HEADS["sentiment"]], dim=1)
        return Logits(deep.abuse + abuse, deep.sentiment + sentiment, deep.stance)

    def deep(
        self,
        input_ids: torch.Tensor,
        token_type_ids: torch.Tensor,
        attention_mask: torch.Tensor,
    ) -> Logits:
        """What the encoder says, without n-grams; arguments as in ``logits``."""
        # RoBERTa knows one segment only.
        token_type_ids = token_type_ids.clamp(max=self._segments - 1)
        hidden = self.encoder(
            input_ids=input_ids,
            token_type_ids=token_type_ids,
            attention_mask=attention_mask,
        )[0]
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)  # [B, T, 1]
        mean = (hidden * mask).sum(1) / mask.sum(1)
        highest = hidden.masked_fill(mask == 0, -1e4).amax(1)
        pooled = self.dropout(torch.tanh(self.pool(torch.cat([mean, highest], dim=1))))
        return Logits(*(self.heads[name](pooled).float() for name in HEADS))

    def forward(
        self,
        input_ids: torch.Tensor,
        token_type_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        source: torch.Tensor,
        abuse: torch.Tensor,
        sentiment: torch.Tensor,
        stance: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Training loss of the encoder alone.

        Args:
            input_ids, token_type_ids, attention_mask: as in ``logits``.
            source: int64 [B], index into ``sources``.
            abuse: float [B, 8] in 0..1, ``UNKNOWN`` where not labeled.
            sentiment, stance: int64 [B], -1 where not labeled.
        """
        out = self.deep(input_ids, token_type_ids, attention_mask)
        bias = self.source_bias(source)
        if self.training:
            keep = torch.rand(len(source), 1, device=bias.device) >= self.bias_dropout
            bias = bias * keep
        known = abuse != UNKNOWN
        per_label = functional.binary_cross_entropy_with_logits(
            out.abuse + bias, abuse.clamp(0, 1), reduction="none"
        )
        # One comment counts once, however many of its labels are known.
        loss = ((per_label * known).sum(1) / known.sum(1).clamp(min=1)).sum()
        loss = loss * 2 + bias.pow(2).sum() * 1e-3
        for logits, target in ((out.sentiment, sentiment), (out.stance, stance)):
            loss = loss + 0.5 * functional.cross_entropy(
                logits, target, ignore_index=-1, reduction="sum", label_smoothing=0.05
            )
        return {"loss": loss / len(source)}

    def save(self, folder: Path) -> None:
        """Write encoder config, weights and head description to ``folder``.

        The n-gram table goes in half precision: three digits are more than it knows.
        """
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            k: (v.half() if "ngram_scores" in k else v).contiguous()
            for k, v in self.state_dict().items()
        }
        save_file(state, str(folder / _WEIGHTS))
        self.encoder.config.to_json_file(str(folder / _CONFIG))  # type: ignore[union-attr, operator]
        (folder / _HEADS).write_text(json.dumps({"sources": self.sources}, indent=1))


def load_encoder(name: str, dropout: float = 0.0) -> PreTrainedModel:
    """An encoder in the hub's format, by folder or name, without pooler.

    BERT, RoBERTa, XLM-R and ELECTRA are read (MARBERT, CAMeLBERT, AraBERT and AraELECTRA
    are of these types).

    Args:
        name: folder or hub name.
        dropout: share of the hidden values dropped in training.

    Raises:
        OSError: not a folder with a model, and the hub cannot be reached.
        ValueError: of another type.
    """
    try:
        config = AutoConfig.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise OSError(
            f"{name}: no encoder there. Without a network, save the model once with "
            "save_pretrained and give the folder's path."
        ) from error
    if config.model_type not in ENCODER_TYPES:
        raise ValueError(
            f"{name}: is {config.model_type}; read are {', '.join(ENCODER_TYPES)}."
        )
    encoder: PreTrainedModel = AutoModel.from_pretrained(
        name,
        **_without_pooler(config.model_type),
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )
    return encoder


def _without_pooler(model_type: str) -> dict[str, bool]:
    # ELECTRA never had one.
    return {} if model_type == "electra" else {"add_pooling_layer": False}


def load_model(folder: Path) -> ModerationModel:
    """A model as ``ModerationModel.save`` wrote it."""
    config = AutoConfig.for_model(**json.loads((folder / _CONFIG).read_text()))
    encoder = AutoModel.from_config(config, **_without_pooler(config.model_type))
    sources = json.loads((folder / _HEADS).read_text())["sources"]
    model = ModerationModel(encoder, sources)
    model.load_state_dict(load_file(str(folder / _WEIGHTS)))
    return model.eval()

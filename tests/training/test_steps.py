"""Every step on a tiny model: from text to a bundle that the service loads."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, TrainerCallback

from moderation.domain import ABUSE_ATTRIBUTES, Comment, Context
from moderation.scoring import OnnxScorer, load_bundle
from training.calibrate import Calibrations
from training.config import Recipe, RecipeError, load_recipe
from training.corpora import CorpusError
from training.corpora.raw import read_lines
from training.examples import Collator, Example, Examples, MixtureSampler
from training.export import export
from training.finetune import MixtureTrainer, finetune, load_rows
from training.linear import blend, linear
from training.masking import IGNORE
from training.model import ModerationModel, load_encoder, load_model
from training.predict import padded_ngrams
from training.pretrain import masking_for, pack, pretrain
from training.tokenizer import BERT, adopt, save, train_tokenizer


@pytest.fixture
def run(tmp_path: Path, corpora: Path, recipe: Recipe) -> Path:
    """A run folder with its tokenizer."""
    folder = tmp_path / "run"
    made = train_tokenizer(read_lines(corpora, ["comments"]), recipe.tokenizer.vocab_size)
    save(made, folder / "tokenizer", recipe.shape.positions, BERT)
    return folder


@pytest.fixture
def tokenizer(run: Path) -> Tokenizer:
    return Tokenizer.from_file(str(run / "tokenizer" / "tokenizer.json"))


def test_a_learned_vocabulary_can_be_adopted(run: Path, tokenizer: Tokenizer) -> None:
    adopted, special = adopt(str(run / "tokenizer"))
    assert special == BERT
    assert adopted.get_vocab() == tokenizer.get_vocab()
    assert adopted.encode("يا كَلْب").ids == tokenizer.encode("يا كلب").ids


def test_typed_separators_are_no_separators(run: Path) -> None:
    adopted, special = adopt(str(run / "tokenizer"))
    assert special == BERT
    assert adopted.encode("[SEP]", add_special_tokens=False).tokens != ["[SEP]"]


def test_packing_leaves_nothing_out(tokenizer: Tokenizer) -> None:
    rows = pack(["شكرا على الخبر"] * 50, tokenizer, length=16, max_tokens=10_000)
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    assert (rows[:, 0] == start).all()
    line = [*tokenizer.encode("شكرا على الخبر", add_special_tokens=False).ids, end]
    stream = rows[:, 1:].reshape(-1).tolist()
    assert stream == (line * 50)[: len(stream)]


def test_masking_hides_whole_words(tokenizer: Tokenizer) -> None:
    vocab = tokenizer.get_vocab()
    torch.manual_seed(0)
    rows = pack(["شكرا على الخبر الجميل"] * 400, tokenizer, length=32, max_tokens=10_000)
    batch = masking_for(tokenizer, 0.2)([{"input_ids": r.astype(np.int64)} for r in rows])
    ids, labels = torch.from_numpy(rows.astype(np.int64)), batch["labels"]
    picked = labels != IGNORE
    # One word in five, whatever the number of pieces that a vocabulary cuts it into.
    begins = ~torch.isin(ids, torch.tensor([i for p, i in vocab.items() if p.startswith("##")]))
    begins &= ~torch.isin(ids, torch.tensor([vocab["[CLS]"], vocab["[SEP]"]]))
    assert 0.15 < picked[begins].float().mean() < 0.25
    assert (labels[picked] == ids[picked]).all()
    masked = (batch["input_ids"] == vocab["[MASK]"])[picked].float().mean()
    assert 0.7 < masked < 0.9
    special = torch.tensor([vocab["[CLS]"], vocab["[SEP]"]])
    assert not picked[torch.isin(ids, special)].any()
    pieces = {index: piece for piece, index in vocab.items()}
    for row in range(20):
        for place in range(2, ids.shape[1]):
            if pieces[int(ids[row, place])].startswith("##"):
                assert picked[row, place] == picked[row, place - 1]


def test_pretraining_goes_on_after_a_kill(corpora: Path, recipe: Recipe, run: Path) -> None:
    """Losing everything after a checkpoint changes nothing in the result."""
    pretrain(recipe, corpora, run)
    unbroken = load_file(str(run / "encoder" / "model.safetensors"))
    checkpoints = run / "pretrain-only"
    for lost in sorted(checkpoints.glob("checkpoint-*"), key=lambda p: p.stat().st_mtime)[1:]:
        lost.rename(run / f"lost-{lost.name}")
    for folder in ("encoder", "encoder-only"):
        (run / folder).rename(run / f"lost-{folder}")
    pretrain(recipe, corpora, run)
    resumed = load_file(str(run / "encoder" / "model.safetensors"))
    assert set(resumed) == set(unbroken)
    apart = {name: float((resumed[name] - unbroken[name]).abs().max()) for name in unbroken}
    assert max(apart.values()) == 0, apart


@pytest.mark.usefixtures("few_own_rows")
def test_finetuning_learns_and_exports(
    corpora: Path, recipe: Recipe, run: Path, calibrations: Calibrations
) -> None:
    changes = {"rows_per_epoch": 1600, "learning_rate": 3e-3, "own_weight": 0.01}
    longer = recipe.finetune.model_copy(update=changes)
    recipe = recipe.model_copy(update={"finetune": longer})
    pretrain(recipe, corpora, run)
    linear(recipe, corpora, run)
    finetune(recipe, corpora, run)
    ratios = blend(recipe, corpora, run)
    assert set(ratios) == {*ABUSE_ATTRIBUTES, "sentiment"}
    assert load_model(run / "model").ngram_scores.table.weight.abs().max() > 0
    target = run.parent / "mizan-tiny"
    export(run, target, calibrations, ["شكرا على الخبر", "يا حمار اسكت"], 64)
    scorer = OnnxScorer(load_bundle(target))
    polite, abusive = scorer.score(
        [
            Comment("شكرا على الخبر", context=Context(targets=("الوزير",))),
            Comment("يا حمار اسكت"),
        ]
    )
    scorer.close()
    assert polite is not None and abusive is not None
    assert (polite.attributes["toxicity"] or 1) < (abusive.attributes["toxicity"] or 0)
    stance = polite.stance[0]
    assert stance.favor + stance.against + stance.neutral == pytest.approx(1)


class _StopAt(TrainerCallback):
    """Ends a run after some steps, as a kill would, but with its checkpoint written."""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == 4:
            control.should_training_stop = True


def test_finetuning_goes_on_after_a_stop(
    corpora: Path, recipe: Recipe, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretrain(recipe, corpora, run)
    finetune(recipe, corpora, run)
    unbroken = load_file(str(run / "model" / "model.safetensors"))
    (run / "finetune").rename(run / "first")
    (run / "model").rename(run / "first-model")
    with monkeypatch.context() as patch:
        plain = MixtureTrainer.__init__

        def stopping(self: MixtureTrainer, *args: object, **options: object) -> None:
            plain(self, *args, callbacks=[_StopAt()], **options)  # type: ignore[arg-type]

        patch.setattr(MixtureTrainer, "__init__", stopping)
        finetune(recipe, corpora, run)
    stopped = load_file(str(run / "model" / "model.safetensors"))
    assert any(not torch.equal(stopped[name], unbroken[name]) for name in unbroken)
    finetune(recipe, corpora, run)
    resumed = load_file(str(run / "model" / "model.safetensors"))
    for name, weights in unbroken.items():
        assert torch.allclose(resumed[name], weights, atol=1e-6), name


def test_any_encoder_in_the_hubs_format_will_do(tmp_path: Path) -> None:
    config = BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=1, num_attention_heads=2
    )
    BertModel(config).save_pretrained(tmp_path / "hub")
    model = ModerationModel(load_encoder(str(tmp_path / "hub")), ["x"]).eval()
    ids = torch.randint(5, 50, (2, 7))
    out = model.logits(ids, torch.zeros_like(ids), torch.ones_like(ids), ids)
    assert [tuple(part.shape) for part in out] == [(2, 8), (2, 3), (2, 3)]


def test_padding_does_not_change_logits(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
    )
    model = ModerationModel(BertModel(config, add_pooling_layer=False), ["x"]).eval()
    collator = Collator(tokenizer, ["x"], 32)
    short = Example("يا حمار", None, "x", {}, -1, -1)
    long = Example("شكرا على الخبر الجميل والله", "القرار", "x", {}, -1, -1)
    with torch.inference_mode():
        alone, padded = (
            model.logits(
                **collator.encode(batch), ngrams=padded_ngrams([e.text for e in batch])
            )
            for batch in ([short], [long, short])
        )
    for one, other in zip(alone, padded, strict=True):
        assert torch.allclose(one[0], other[1], atol=1e-5)


def test_unknown_labels_do_not_train(tokenizer: Tokenizer) -> None:
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
    )
    model = ModerationModel(BertModel(config, add_pooling_layer=False), ["x"])
    example = Example("نص", None, "x", {"insult": 1.0}, -1, -1)
    model(**Collator(tokenizer, ["x"], 32)([example]))["loss"].backward()
    gradient = model.heads["abuse"].weight.grad
    assert isinstance(gradient, torch.Tensor)
    touched = gradient.abs().sum(1) > 0
    assert touched.tolist() == [name == "insult" for name in ABUSE_ATTRIBUTES]
    assert model.heads["sentiment"].weight.grad.abs().sum() == 0  # type: ignore[union-attr, operator]


def test_the_mixture_gives_small_corpora_more_than_their_share(
    corpora: Path, recipe: Recipe
) -> None:
    rows = [r for r in load_rows(recipe.finetune, corpora) if r.split == "train"]
    data = Examples(rows)
    sampler = MixtureSampler(data, {}, 0.5, rows=1000, batch=10, seed=1)
    drawn = [data.sources[i] for i in sampler]
    small = data.sources.count("omcd") / len(data)
    assert drawn.count("omcd") / len(drawn) > small
    assert len(drawn) == len(sampler)
    first = list(sampler)
    assert first == list(sampler)
    sampler.set_epoch(1)
    assert first != list(sampler)


def test_a_named_corpus_that_is_missing_is_an_error(corpora: Path, recipe: Recipe) -> None:
    for names, message in ((["l_hsab"], "not there"), (["no_such"], "unknown corpus")):
        step = recipe.finetune.model_copy(update={"corpora": names})
        with pytest.raises(CorpusError, match=message):
            load_rows(step, corpora)


def test_test_rows_never_reach_training(corpora: Path, recipe: Recipe) -> None:
    assert {row.split for row in load_rows(recipe.finetune, corpora)} == {"train", "dev"}


@pytest.mark.parametrize(
    ("content", "place"),
    [("name: x\nepochs: 3\n", "epochs"), ("name: [", "line"), ("shape: {layers: x}", "name")],
)
def test_a_wrong_recipe_names_file_and_field(tmp_path: Path, content: str, place: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(content)
    with pytest.raises(RecipeError) as error:
        load_recipe(path)
    assert str(path) in str(error.value) and place in str(error.value)


def test_shipped_recipes_can_be_read() -> None:
    configs = Path(__file__).parents[2] / "training" / "configs"
    for path in configs.glob("*.yaml"):
        assert load_recipe(path).name == path.stem


def test_the_card_names_every_source(tmp_path: Path) -> None:
    from training.card import write_card
    from training.corpora.public import CORPORA

    shipped = Path(__file__).parents[2] / "models" / "mizan-small"
    for name in ("bundle.json", "metrics.json", "training.json", "model.onnx"):
        (tmp_path / name).write_bytes((shipped / name).read_bytes())
    card = write_card(tmp_path).read_text(encoding="utf-8")
    assert all(corpus.name in card for corpus in CORPORA)
    assert card == (shipped / "README.md").read_text(encoding="utf-8")
    figures = json.loads((shipped / "metrics.json").read_text(encoding="utf-8"))
    assert figures["model"] == load_bundle(shipped).ref.sha256

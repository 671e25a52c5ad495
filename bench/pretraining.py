"""Tokens a second of a pretraining step on this machine's CPU, and what each setting gives.

    python -m bench.pretraining

Each setting runs in a process of its own, on random weights and tokens of the shipped shape.
"""

import subprocess
import sys
import time

_SETTINGS = {
    "as the library does it": ("sdpa", "plain"),
    "plain attention": ("eager", "plain"),
    "plain attention, freed memory kept (as trained)": ("eager", "kept"),
}
_BATCH, _LENGTH, _VOCAB, _MASKED = 64, 64, 16_000, 0.2
_WARM_UP, _STEPS = 3, 12


def measure(attention: str, memory: str) -> float:
    """Tokens a second."""
    import torch
    from torch.nn.utils import clip_grad_norm_
    from transformers import BertConfig

    from training.environment import keep_freed_memory
    from training.masking import IGNORE
    from training.pretrain import SparseMaskedLM

    if memory == "kept":
        keep_freed_memory()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=_VOCAB,
        hidden_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=1024,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    config._attn_implementation = attention
    model = SparseMaskedLM(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4, fused=True)
    ids = torch.randint(5, _VOCAB, (_BATCH, _LENGTH))
    labels = ids.masked_fill(torch.rand(ids.shape) >= _MASKED, IGNORE)
    for step in range(_WARM_UP + _STEPS):
        if step == _WARM_UP:
            start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return _STEPS * ids.numel() / (time.perf_counter() - start)


def main() -> None:
    """Measure every setting and print the table."""
    print("| setting | tokens a second | ratio |\n|---|---:|---:|")
    first = None
    for name, setting in _SETTINGS.items():
        command = [sys.executable, "-m", "bench.pretraining", *setting]
        found = float(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
        first = first or found
        print(f"| {name} | {found:,.0f} | {found / first:.2f} |")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(measure(*sys.argv[1:]))
    else:
        main()

"""Where things are: corpora, run folders, base models."""

import ctypes
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers.trainer_utils import get_last_checkpoint

from training.corpora import CorpusError


def corpora_folder(given: Path | None = None) -> Path:
    """The folder with ``labeled/`` and ``text/``: the option, or ``MIZAN_CORPORA``.

    Raises:
        CorpusError: neither is set, or the folder is not there.
    """
    folder = given or Path(os.environ.get("MIZAN_CORPORA", "corpora"))
    if not folder.is_dir():
        raise CorpusError(
            f"{folder}: no such folder. Point --corpora or MIZAN_CORPORA to the folder "
            "that holds labeled/ and text/ (docs/training.md tells what goes in)."
        )
    return folder


def resolve_base(name: str, folder: Path) -> str:
    """A base model's folder (as given, or below the corpora folder), else a hub name."""
    for candidate in (Path(name), folder / name):
        if (candidate / "config.json").is_file():
            return str(candidate)
    return name


def resume_point(run: Path) -> str | None:
    """The last checkpoint in a run folder, if there is one."""
    return get_last_checkpoint(str(run)) if run.is_dir() else None


def device_arguments() -> dict[str, Any]:
    """What ``TrainingArguments`` need to know of this machine, the same for every step."""
    on_gpu = torch.cuda.is_available()
    if not on_gpu:
        keep_freed_memory()
    return {
        "bf16": not on_gpu or torch.cuda.is_bf16_supported(),
        "use_cpu": not on_gpu,
        "dataloader_pin_memory": on_gpu,
        "save_total_limit": 2,
        "report_to": [],
    }


# Parameters of glibc's mallopt(3).
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def keep_freed_memory() -> None:
    """Let the allocator reuse large blocks instead of giving them back after each step.

    A training step on a CPU frees and takes the same large tensors again and again; by
    default glibc unmaps them, and every page is faulted in and zeroed anew. What that costs
    is measured by ``python -m bench.pretraining``. Elsewhere than on glibc it does nothing.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_MAX, 0)
    libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    libc.mallopt(_M_TOP_PAD, 2**28)


def describe_environment() -> dict[str, str]:
    """Versions that a run depends on."""
    packages = ("torch", "transformers", "tokenizers", "accelerate", "scikit-learn")
    return {"python": platform.python_version(), "machine": platform.machine()} | {
        package: version(package) for package in packages
    }

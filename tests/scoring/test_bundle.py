"""A model folder is verified before anything is scored with it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from moderation.errors import BundleError
from moderation.scoring import Bundle, OnnxScorer, load_bundle
from moderation.scoring.bundle import file_sha256


@pytest.fixture
def folder(tmp_path: Path, shipped_bundle: Bundle) -> Path:
    """A copy of the shipped model, to be damaged."""
    copy = tmp_path / "نموذج"
    copy.mkdir()
    for name in ("model.onnx", "tokenizer.json", "bundle.json"):
        shutil.copy(shipped_bundle.folder / name, copy / name)
    return copy


def change(folder: Path, **changes: Any) -> None:
    """Change the manifest; ``None`` removes a field."""
    path = folder / "bundle.json"
    manifest = json.loads(path.read_bytes()) | changes
    path.write_text(json.dumps({k: v for k, v in manifest.items() if v is not None}))


def test_the_copy_is_the_same_model(folder: Path, shipped_bundle: Bundle) -> None:
    assert load_bundle(folder).ref == shipped_bundle.ref


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 1}, "format 1"),
        ({"id": None}, "damaged at id"),
        ({"files": {}}, "no sha256 for model.onnx"),
        ({"files": {"model.onnx": "0" * 64}}, "expected 0000"),
        ({"attributes": ["toxicity"]}, "expected the attributes"),
        ({"max_tokens": "many"}, "damaged at max_tokens"),
        ({"operating_points": {}}, "lacks operating points of toxicity"),
        ({"start_token": None}, "damaged at start_token"),
        ({"calibration": {}}, "no calibration of identity_attack"),
        ({"temperature": {"stance": 1.0}}, "no calibration of sentiment"),
        ({"extra": 1}, "damaged at extra"),
    ],
)
def test_a_wrong_manifest(folder: Path, changes: dict[str, Any], says: str) -> None:
    change(folder, **changes)
    with pytest.raises(BundleError) as caught:
        load_bundle(folder)
    assert says in caught.value.message
    assert str(folder) in caught.value.message


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "bundle.json"])
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError) as caught:
        load_bundle(folder)
    assert f"{folder / name} is missing" in caught.value.message


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.touch()
    with pytest.raises(BundleError, match="cannot be read"):
        load_bundle(path)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\x07" * 50, "ليس نموذجًا".encode()])
def test_nonsense_with_the_right_hash(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    files = {each: file_sha256(folder / each) for each in ("model.onnx", "tokenizer.json")}
    change(folder, files=files)
    bundle = load_bundle(folder)
    with pytest.raises(BundleError) as caught:
        OnnxScorer(bundle)
    assert str(folder / name) in caught.value.message


def test_a_tokenizer_without_the_encoders_frame(folder: Path) -> None:
    change(folder, start_token="<s>")
    with pytest.raises(BundleError, match=r"tokenizer\.json lacks <s>"):
        OnnxScorer(load_bundle(folder))

"""A policy file that is wrong is refused, and the message says where."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from moderation.errors import PolicyError
from moderation.policy import DEFAULT_POLICY, load_policy

RULE: dict[str, Any] = {
    "id": "insult-review",
    "attribute": "insult",
    "at_least": 0.5,
    "action": "review",
    "code": "insult",
    "message": {"ar": "إهانة", "en": "Insult"},
}


def written(folder: Path, content: object) -> Path:
    """A policy file with ``content``."""
    path = folder / "سياسة.yaml"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def policy(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A valid policy but for ``changes``."""
    return {"id": "ours", "version": 1, "rules": list(rules or (RULE,)), **changes}


def test_a_valid_file(tmp_path: Path) -> None:
    path = written(tmp_path, policy())
    loaded = load_policy(path)
    assert (loaded.ref.id, loaded.ref.version) == ("ours", 1)
    assert loaded.ref.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded.rules[0].message.ar == "إهانة"


def test_the_shipped_file() -> None:
    loaded = load_policy(DEFAULT_POLICY)
    assert loaded.ref.id == "default"
    assert len({rule.id for rule in loaded.rules}) == len(loaded.rules)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (policy(RULE | {"at_least": 1.5}), "rules.0.at_least"),
        (policy(RULE | {"at_least": -0.1}), "rules.0.at_least"),
        (policy(RULE | {"at_least": "high"}), "rules.0.at_least"),
        (policy(RULE | {"at_least": True}), "rules.0.at_least"),
        (b"id: ours\nversion: 2001-99-99\n", "not valid YAML"),
        (policy(RULE, RULE | {"id": "b", "attribute": "rudeness"}), "rules.1.attribute"),
        (policy(RULE | {"attribute": "stance"}), "rules.0.attribute"),
        (policy(RULE | {"attribute": "sentiment"}), "rules.0.attribute"),
        (policy(RULE | {"action": "approve"}), "rules.0.action"),
        (policy(RULE | {"action": "reject", "attribute": "sarcasm"}), "never reject"),
        (policy(RULE | {"action": "reject", "attribute": "likely_to_reject"}), "rules.0"),
        (policy(RULE | {"id": "Has Spaces"}), "rules.0.id"),
        (policy(RULE | {"code": "a-b"}), "rules.0.code"),
        (policy(RULE | {"message": {"ar": "إهانة"}}), "rules.0.message.en"),
        (policy(RULE | {"message": {"ar": "", "en": "x"}}), "rules.0.message.ar"),
        (policy(RULE | {"threshold": 0.5}), "rules.0.threshold"),
        (policy(RULE, RULE), "insult-review"),
        (policy(rules=[]), "rules"),
        (policy(version=0), "version"),
        (policy(version="new"), "version"),
        (policy(id=""), "id"),
        (policy(extra=1), "extra"),
        ({"id": "ours", "version": 1}, "rules"),
        ([], "policy"),
        (b"", "policy"),
        (b"id: x\nrules: [\n", "line 3"),
        (b"id: 'x\n", "not valid YAML"),
        (b"a:\tb: c", "line 1"),
        (b"\xe3\xe4", "not valid YAML"),
        (b"\x00", "not valid YAML"),
        (b"!!python/object/apply:os.system ['true']", "not valid YAML"),
    ],
    ids=range(31),
)
def test_a_wrong_file(tmp_path: Path, content: object, says: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert str(path) in caught.value.message
    assert says in caught.value.message


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.yaml.*No such file"):
        load_policy(tmp_path / "none.yaml")
    with pytest.raises(PolicyError, match="directory"):
        load_policy(tmp_path)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, policy(RULE | {"at_least": 2, "code": "X"}, version=0))
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    for place in ("version", "rules.0.at_least", "rules.0.code"):
        assert place in caught.value.message

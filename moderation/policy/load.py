"""Read a policy file and say clearly what is wrong with it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from moderation.domain import PolicyRef
from moderation.errors import PolicyError
from moderation.policy.schema import PolicyFile, Rule

DEFAULT_POLICY = Path(__file__).with_name("default.yaml")


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy: its rules and the reference that decisions carry."""

    ref: PolicyRef
    rules: tuple[Rule, ...]


def load_policy(path: Path = DEFAULT_POLICY) -> Policy:
    """Read and check ``path``.

    Raises:
        PolicyError: no such file, broken YAML, or a wrong field; the message
            names file, place and problem.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        checked = PolicyFile.model_validate(yaml.safe_load(raw))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", "unreadable")
        raise PolicyError(f"{path}{where}: not valid YAML: {problem}") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'policy'}: {e['msg']}" for e in error.errors()
        )
        raise PolicyError(f"{path}: {problems}") from error
    except ValueError as error:
        # YAML itself reads dates, and finds that one does not exist.
        raise PolicyError(f"{path}: not valid YAML: {error}") from error
    digest = hashlib.sha256(raw).hexdigest()
    return Policy(PolicyRef(checked.id, checked.version, digest), checked.rules)

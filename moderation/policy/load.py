"""Read a policy file and say clearly what is wrong with it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import ValidationError

from moderation.domain import PolicyRef
from moderation.errors import PolicyError
from moderation.policy.schema import PolicyFile, Rule

DEFAULT_POLICY = Path(__file__).with_name("default.yaml")


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy.

    Attributes:
        ref: what decisions carry.
        thresholds: by rule id; ``None`` where the model could not certify the operating
            point, so that the rule is off. Rules that name an operating point have none
            before ``for_model``.
    """

    ref: PolicyRef
    rules: tuple[Rule, ...]
    thresholds: Mapping[str, float | None]

    def for_model(self, points: Mapping[str, Mapping[str, float | None]]) -> "Policy":
        """This policy with the thresholds of a model, by attribute and name.

        Raises:
            PolicyError: a rule names an operating point that the model does not have.
        """
        thresholds = dict(self.thresholds)
        for rule in self.rules:
            if isinstance(rule.at_least, float):
                continue
            if rule.at_least not in points.get(rule.attribute, {}):
                raise PolicyError(
                    f"rule {rule.id}: the model has no operating point {rule.at_least!r} "
                    f"for {rule.attribute}; write a number from 0 to 1"
                )
            thresholds[rule.id] = points[rule.attribute][rule.at_least]
        return replace(self, thresholds=thresholds)


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
    numbers = {r.id: r.at_least for r in checked.rules if isinstance(r.at_least, float)}
    return Policy(PolicyRef(checked.id, checked.version, digest), checked.rules, numbers)

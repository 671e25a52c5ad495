"""From scores to a decision with reasons. Pure: no I/O but reading the policy file, no clock."""

from moderation.policy.engine import decide
from moderation.policy.load import DEFAULT_POLICY, Policy, load_policy

__all__ = ["DEFAULT_POLICY", "Policy", "decide", "load_policy"]

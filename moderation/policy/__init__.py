"""From scores to a decision with reasons. Pure but for reading the policy file."""

from moderation.policy.engine import decide
from moderation.policy.load import DEFAULT_POLICY, Policy, load_policy

__all__ = ["DEFAULT_POLICY", "Policy", "decide", "load_policy"]

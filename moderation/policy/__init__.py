"""From scores and facts to a decision with reasons. Pure but for reading the policy file."""

from moderation.policy.describe import diff as diff_policies
from moderation.policy.describe import explain as explain_policy
from moderation.policy.engine import Policy, ReadyPolicy, decide
from moderation.policy.load import DEFAULT_POLICY, json_schema, load_policy, parse_policy
from moderation.policy.reasons import notice_text
from moderation.policy.source import PolicySource

__all__ = [
    "DEFAULT_POLICY",
    "Policy",
    "PolicySource",
    "ReadyPolicy",
    "decide",
    "diff_policies",
    "explain_policy",
    "json_schema",
    "load_policy",
    "notice_text",
    "parse_policy",
]

"""Try a policy on comments that were scored before: nothing is scored again."""

from moderation.backtest.cases import Case, read_cases, stored_cases
from moderation.backtest.report import report_markdown
from moderation.backtest.run import Report, backtest

__all__ = ["Case", "Report", "backtest", "read_cases", "report_markdown", "stored_cases"]

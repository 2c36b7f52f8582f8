"""report.html: a survey at a glance, in one file that opens from disk and from e-mail."""

from riverscape.reports.html.report import BUDGET_MB, write_report

__all__ = ["BUDGET_MB", "write_report"]

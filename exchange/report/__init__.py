"""The night's report: figures from ledger and findings, as terminal text, as JSON, as a page."""

from exchange.report.figures import NightFigures, figures_of
from exchange.report.summary import summarise
from exchange.report.write import summary_text, write_figures, write_report

__all__ = [
    "NightFigures",
    "figures_of",
    "summarise",
    "summary_text",
    "write_figures",
    "write_report",
]

"""Writing the report: the page for people, the figures for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

from exchange.home import replacing
from exchange.report.figures import NightFigures, figures_of
from exchange.report.page import render
from exchange.report.summary import summarise
from exchange.site import Site

PAGE = "report.html"
SUMMARY = "summary.json"


def write_report(site: Site, business_date: date) -> Path:
    """Write ``reports/<date>/report.html`` and ``summary.json``; returns the page."""
    return write_figures(site, figures_of(site, business_date))


def write_figures(site: Site, figures: NightFigures) -> Path:
    """Write the report of figures that were gathered before; returns the page.

    Each file is replaced whole. The same ledger gives the same bytes.
    """
    folder = site.home.report(figures.business_date)
    with replacing(folder / SUMMARY) as temporary:
        temporary.write_text(to_json(figures), encoding="utf-8")
    with replacing(folder / PAGE) as temporary:
        temporary.write_text(render(figures), encoding="utf-8")
    return folder / PAGE


def summary_text(site: Site, business_date: date) -> str:
    """The night for a terminal."""
    return summarise(figures_of(site, business_date))


def to_json(figures: NightFigures) -> str:
    """The figures as one JSON document; days are ISO 8601, amounts integer satang."""
    return json.dumps(asdict(figures), default=str, ensure_ascii=False, indent=2) + "\n"

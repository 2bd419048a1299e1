"""The delivery report as a file: CSV for tables, JSON for programs, HTML for people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from exchange.home import replacing
from exchange.notices.reporting import TYPE, DeliveryReport, ReportLine, delivery_report
from exchange.site import Site
from exchange.status.wording import day_in_buddhist_era
from interfaces.catalogue import Catalogue
from interfaces.errors import WrongUse

LIMIT = 1_000
"""Records that nobody was told of, as far as the page lists them; the JSON has all."""

NAME = "notices"
DAYS = 31
"""Business dates that the daily report goes back: mails come back for some days."""

NUMBERS: Mapping[str, tuple[str, str]] = {
    "accounts": ("รายการ", "accounts"),
    "sent": ("ส่งแล้ว", "sent"),
    "waiting": ("รอส่ง", "waiting"),
    "unknown": ("ไม่ทราบผล", "unknown"),
    "bounced": ("ถูกตีกลับ", "bounced"),
    "refused": ("ถูกปฏิเสธ", "refused"),
    "no_address": ("ไม่มีที่อยู่อีเมล", "no address"),
    "address_invalid": ("ที่อยู่อีเมลไม่ถูกต้อง", "address invalid"),
}
"""Columns with numbers, in Thai and English."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_report(report: DeliveryReport, catalogue: Catalogue, path: Path) -> None:
    """Write it in the format of the name's end, whole or not at all; WrongUse for another end."""
    made = _FORMATS.get(path.suffix.lower())
    if made is None:
        raise WrongUse(f"--out {path.name}: a report is written as {', '.join(_FORMATS)}")
    with replacing(path.absolute()) as temporary:
        temporary.write_bytes(made(report, catalogue).encode())


def write_daily_report(site: Site, business_date: date) -> Path:
    """Write the lists of the last DAYS days as ``notices.html``, ``.csv`` and ``.json`` into the
    business date's reports; returns the page."""
    report = delivery_report(site, business_date - timedelta(days=DAYS), business_date)
    folder = site.home.report(business_date)
    for suffix in _FORMATS:
        write_report(report, site.catalogue, folder / f"{NAME}{suffix}")
    return folder / f"{NAME}.html"


def as_json(report: DeliveryReport, _catalogue: Catalogue) -> str:
    """Everything, days ISO 8601."""
    return json.dumps(asdict(report), default=str, ensure_ascii=False, indent=2) + "\n"


def as_csv(report: DeliveryReport, _catalogue: Catalogue) -> str:
    """The counts, with a heading; what a spreadsheet would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field.name for field in fields(ReportLine)])
    for line in report.lines:
        writer.writerow([_defused(value) for value in asdict(line).values()])
    # The mark by which spreadsheets know the Thai names for UTF-8.
    return "\ufeff" + out.getvalue()


def as_html(report: DeliveryReport, catalogue: Catalogue) -> str:
    """One page that stands alone: no script, nothing from outside, everything escaped."""
    group = ("ประเภทนายจ้าง", "type") if report.by == TYPE else ("สำนักงาน", "office")
    texts = [("วันที่", "date", ""), ("หนังสือแจ้ง", "notice", ""), (*group, "")]
    headings = [*texts, *((th, en, "n") for th, en in NUMBERS.values())]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            headings=headings,
            numbers=list(NUMBERS),
            limit=LIMIT,
            why=lambda code: _in_thai(code, catalogue),
        )
    )


_FORMATS: Mapping[str, Callable[[DeliveryReport, Catalogue], str]] = {
    ".csv": as_csv,
    ".json": as_json,
    ".html": as_html,
}


def _in_thai(code: str, catalogue: Catalogue) -> str:
    return catalogue.text(code, "th") if code in catalogue else "เครื่องแม่ข่ายอีเมลไม่รับ"


def _defused(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["buddhist"] = day_in_buddhist_era
    return environment

"""``prakan validate FILE --interface NAME``: check a file; nothing is stored."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from exchange.inbound.streaming import MONEY
from insurance.rates import load_wage_rates
from interfaces.catalogue import Catalogue, Language, load_catalogue
from interfaces.dated import code_list
from interfaces.model import Interface
from interfaces.names import NameParts, read_name
from parsers.decode import decode_file
from prakan.answer import answer, columns
from prakan.choice import chosen_interface, declaration_errors
from prakan.dates import date_if_given, today
from prakan.layouts import input_file, layout_of
from prakan.progress import Progress
from prakan.shown_findings import Describer, FindingCounts, finding_lines
from validation.controls import NOT_PROVABLE
from validation.references import References
from validation.rules import lists_named_by
from validation.rules.form_title import TITLES, WRONG_TITLES
from validation.validate import FileValidator, FileVerdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file and its interface."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--interface", required=True, metavar="NAME", help="name, or name.version")
    parser.add_argument("--date", metavar="D", help="business date; else as the file name says")
    parser.add_argument("--thai", action="store_true", help="findings in Thai")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="findings to show")
    parser.set_defaults(copybook=None, encoding=None, framing=None)


@dataclass(frozen=True, slots=True)
class _Checked:
    """One file, checked."""

    verdict: FileVerdict
    counts: FindingCounts
    refused: bool
    day: date


def run(options: argparse.Namespace) -> int:
    """Check; 1 when the file or any record of it would not be taken."""
    path = input_file(options.file)
    given = date_if_given(options)
    interface = chosen_interface(options, given)
    name = read_name(interface.file, path.name) or NameParts()
    if given is None and name.business_date is not None:
        interface = chosen_interface(options, name.business_date)
    day = given or name.business_date or today()
    language: Language = "th" if options.thai else "en"
    catalogue = load_catalogue()
    counts = FindingCounts(limit=max(options.limit, 0))
    with declaration_errors():
        verdict = _verdict(path, interface, day, _context(name, given), counts, language)
    # As in receiving: money that cannot be proved is not posted.
    unproved = interface.kind in MONEY and NOT_PROVABLE in counts.by_code
    checked = _Checked(verdict, counts, verdict.refused or unproved, day)
    facts = _facts(path, interface, checked, name)
    answer(options, facts, _text(path, interface, checked, catalogue, language))
    return 1 if checked.refused or counts.withhold(catalogue) else 0


def _verdict(
    path: Path,
    interface: Interface,
    day: date,
    context: dict[str, object],
    counts: FindingCounts,
    language: Language,
) -> FileVerdict:
    catalogue = load_catalogue()
    describer = Describer(interface, catalogue, language)
    validator = FileValidator(
        interface,
        layout_of(interface),
        catalogue,
        _references(interface, day),
        context,
        file_id=path.name,
    )
    with Progress(path.name, path.stat().st_size) as progress:
        for block in decode_file(path, interface, file_id=path.name):
            counts.add(validator.block(block).findings, describer)
            progress.add(block.bytes_read)
    verdict = validator.close()
    counts.add(verdict.findings, describer)
    return verdict


def _references(interface: Interface, day: date) -> References:
    """Code lists and rates; the masters are not known here, so their rules stay unchecked."""
    names = lists_named_by(interface) | {TITLES, WRONG_TITLES}
    lists = {name: code_list(name, day) for name in sorted(names)}
    return References(business_date=day, code_lists=lists, wages=load_wage_rates())


def _context(name: NameParts, given: date | None) -> dict[str, object]:
    """What the header must agree with: the date and the number of the file's name."""
    known = {"business_date": given or name.business_date, "sequence": name.sequence}
    return {key: value for key, value in known.items() if value is not None}


def _facts(path: Path, interface: Interface, checked: _Checked, name: NameParts) -> dict[str, Any]:
    verdict, counts = checked.verdict, checked.counts
    return {
        "file": path,
        "interface": interface.id,
        "business_date": checked.day,
        "name_recognised": name != NameParts(),
        "read": verdict.read,
        "accepted": 0 if checked.refused else verdict.accepted,
        "rejected": verdict.read if checked.refused else verdict.rejected,
        "refused": checked.refused,
        "controls": verdict.controls,
        "finding_counts": dict(sorted(counts.by_code.items())),
        "findings_total": counts.total,
        "findings": [asdict(shown) for shown in counts.first],
        "unchecked": list(verdict.unchecked),
    }


def _text(
    path: Path, interface: Interface, checked: _Checked, catalogue: Catalogue, language: Language
) -> str:
    verdict = checked.verdict
    outcome = "refused: the whole file would be quarantined" if checked.refused else "accepted"
    head = (
        f"{path.name}  {interface.id}  business date {checked.day}\n{outcome}\n"
        f"{verdict.read:,} records read, {verdict.accepted:,} sound, {verdict.rejected:,} rejected"
    )
    parts = [head]
    if verdict.controls:
        parts.append(columns(["Control", "Declared"], list(verdict.controls.items())))
    parts.append(finding_lines(checked.counts, catalogue, language))
    if verdict.unchecked:
        parts.append(
            f"not (wholly) checked, as no registered master is known here: "
            f"{', '.join(verdict.unchecked)}"
        )
    return "\n\n".join(parts)

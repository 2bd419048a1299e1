"""Why a file was refused whole: the one code that its sender is told."""

from __future__ import annotations

from exchange.site import Site
from exchange.status.findings import count_findings, held_findings
from interfaces.model import Severity
from ledger.files import FileStanding
from validation.controls import NOT_PROVABLE


def refusing_code(site: Site, standing: FileStanding) -> str:
    """The first of a quarantined file's codes in the order of the catalogue: one that refuses a
    file; else that its totals cannot be proven; else why its records were rejected."""
    found = set(count_findings(site.home, held_findings([standing]))["code"].to_pylist())
    catalogue = site.catalogue
    order = [
        *catalogue.codes(Severity.REFUSE),
        NOT_PROVABLE,
        *catalogue.codes(Severity.REJECT, Severity.WARN),
    ]
    codes = [code for code in order if code in found]
    if not codes:
        raise LookupError(f"{standing.file.file_id} is quarantined without a finding")
    return codes[0]

"""What happens on error: acceptance, the codes that can occur, return codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from exchange.specification.codes import codes_that_can_occur
from exchange.specification.markdown import code, table
from interfaces.catalogue import Catalogue
from interfaces.dated import code_list
from interfaces.model import FROM_BOOKS, Interface, Kind, Severity
from parsers.layout import Record

_OUTBOUND = (Kind.FEED, Kind.ACKNOWLEDGEMENT, *FROM_BOOKS)
_SEVERITIES = """\
- **refuse**: nothing of the file is taken; it waits in quarantine until it is sent again, right.
- **reject**: the record is not taken; the others are.
- **warn**: the record is taken, and the fact is recorded."""


def acceptance_section(interface: Interface) -> str:
    """The threshold, in words."""
    if interface.kind in _OUTBOUND:
        return (
            "Before it is sent, the file is read back and every check below is made on it. A file "
            "with any finding is not sent. The receiver should make the same checks, and load the "
            "file whole or not at all."
        )
    ratio = interface.accept.max_rejected_ratio
    if ratio == 0:
        return "A file with a single rejected record is refused."
    if ratio == 1:
        return "The file is taken without its rejected records, however many they are."
    return (
        f"The file is taken without its rejected records as long as they are no more than "
        f"{ratio:.4g} of its detail records ({ratio:.2%}); beyond that it is refused."
    )


def outcome_table(interface: Interface, layout: Sequence[Record], catalogue: Catalogue) -> str:
    """Every code that can occur, with its severity and texts, the gravest first."""
    order = [Severity.REFUSE, Severity.REJECT, Severity.WARN, Severity.BREAK]
    codes = codes_that_can_occur(interface, layout)
    entries = sorted(
        (catalogue[name] for name in codes), key=lambda e: (order.index(e.severity), e.code)
    )
    # What employers are told is written for them alone; partners are agencies and read as we do.
    text = catalogue.told if interface.kind is Kind.FILING else catalogue.text
    rows = [(code(e.code), e.severity, text(e.code, "en"), text(e.code, "th")) for e in entries]
    texts = table(["Code", "Severity", "What it means; what to do", "ความหมาย"], rows)
    return f"{_SEVERITIES}\n\n{texts}"


def code_list_sections(interface: Interface) -> str:
    """Every code list that a field refers to, as it stands when the version begins to hold."""
    names = dict.fromkeys(rule.codes for rule in interface.fields.values() if rule.codes)
    return "\n\n".join(_code_list(name, interface.valid_from) for name in names)


def return_codes_section(interface: Interface, catalogue: Catalogue) -> str:
    """Return codes of a feed's persons, of an acknowledgement's records, or of the files that a
    receipt names; else empty."""
    if interface.kind is Kind.ACKNOWLEDGEMENT:
        breaks = [catalogue[name] for name in catalogue.codes(Severity.BREAK)]
        rows = [
            (catalogue.posted.return_code, catalogue.posted.en, catalogue.posted.th),
            (catalogue.rejected.return_code, catalogue.rejected.en, catalogue.rejected.th),
            *((e.return_code, e.en, e.th) for e in breaks if e.return_code is not None),
        ]
    elif interface.kind in (Kind.FEED, Kind.RECEIPT):
        listed = code_list("return_codes", interface.valid_from)
        wanted = pa.array([interface.kind.value, "both"])
        used = listed.filter(pc.is_in(listed["used_in"], wanted))
        rows = [(f"{row['code']:03d}", row["en"], row["th"]) for row in used.to_pylist()]
    else:
        return ""
    return table(["Return code", "Meaning", "ความหมาย"], sorted(rows))


def _code_list(name: str, on: date) -> str:
    listed = code_list(name, on)
    shown = [c for c in listed.column_names if c not in ("from", "to", "confidence", "source")]
    rows = [[row[c] for c in shown] for row in listed.to_pylist()]
    return f"### Code list {code(name)}\n\n{table([c.capitalize() for c in shown], rows)}"

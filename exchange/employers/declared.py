"""Which declared interfaces employers' files come under."""

from __future__ import annotations

from exchange.site import Site
from interfaces.model import FilingSubject, Kind


def filing_interfaces(site: Site, subject: FilingSubject) -> list[str]:
    """Names of the filings about a subject, in force or not any more; sorted, each once."""
    return sorted(
        {
            interface.name
            for interface in site.registry.all()
            if interface.kind is Kind.FILING
            and interface.filing is not None
            and interface.filing.subject is subject
        }
    )

"""Addresses of the contact register that an earlier notice came back from.

Such an address is tried again when the register brings it anew: confirmed after the day on which
the mail came back. Another address, or a mail that a person released, makes an end of it as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from exchange.watch.expectation import BANGKOK
from validation.mail_address import compared_addresses


def is_bounced_before(contacts: pa.Table, bounced: Mapping[str, datetime]) -> pa.ChunkedArray:
    """Which contacts have an address that mails come back from; bool[n].

    ``contacts`` has ``contact_email`` and ``confirmed_date``; ``bounced`` tells when a mail came
    back, by the address as it is compared.
    """
    addresses = pa.array(list(bounced), pa.utf8())
    days = pa.array([at.astimezone(BANGKOK).date() for at in bounced.values()], pa.date32())
    place = pc.index_in(compared_addresses(contacts["contact_email"]), value_set=addresses)
    since = days.take(place.combine_chunks() if isinstance(place, pa.ChunkedArray) else place)
    confirmed = pc.fill_null(pc.greater(contacts["confirmed_date"], since), False)
    return pc.and_(pc.is_valid(since), pc.invert(confirmed))

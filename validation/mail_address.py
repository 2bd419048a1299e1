"""Mail addresses: whether a text is one that a mail can be sent to without asking anybody."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 254
"""Octets of a whole address (RFC 5321, 4.5.3.1.3, less the angle brackets)."""
_LONGEST_LOCAL = 64

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
_ADDRESS = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_TOP}\z"


def is_mail_address(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Which texts are ``name@host.domain`` in ASCII letters, within the lengths of RFC 5321.

    Quoted names, hosts given as numbers and addresses in other letters are none here: hardly a
    mailbox has them, and no mail server on the way need know them. Null where the text is null.
    """
    local = pc.binary_length(pc.list_element(pc.split_pattern(values, "@", max_splits=1), 0))
    fits = pc.and_(
        pc.less_equal(local, _LONGEST_LOCAL), pc.less_equal(pc.binary_length(values), LONGEST)
    )
    return pc.and_(fits, pc.match_substring_regex(values, _ADDRESS))


def compared_addresses(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Addresses as they are compared: trimmed, the host in lower case.

    The name before ``@`` stays: which letters matter in it only its own server knows. A text
    without ``@`` is only trimmed.
    """
    trimmed = pc.utf8_trim_whitespace(values)
    parts = pc.extract_regex(trimmed, r"^(?P<name>.*)@(?P<host>[^@]*)\z")
    name, host = pc.struct_field(parts, "name"), pc.struct_field(parts, "host")
    lower = pc.binary_join_element_wise(name, pc.utf8_lower(host), "@")
    return pc.coalesce(lower, trimmed)

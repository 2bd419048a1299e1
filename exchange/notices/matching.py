"""Which address each record of a notice list goes to, by whole columns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ledger.employer_notices import ADDRESSED_SCHEMA, MAILS_SCHEMA
from validation.mail_address import compared_addresses, is_mail_address

HEAD_OFFICE = "000000"
NOTICE_NO_ADDRESS = "NOTICE_NO_ADDRESS"
NOTICE_ADDRESS_INVALID = "NOTICE_ADDRESS_INVALID"
NOTICE_ADDRESS_BOUNCED = "NOTICE_ADDRESS_BOUNCED"
_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Matched:
    """``addressed`` (ADDRESSED_SCHEMA) has a row for each record, ``mails`` (MAILS_SCHEMA) each
    address once, sorted."""

    addressed: pa.Table
    mails: pa.Table


def match(
    file_id: str, records: pa.Table, contacts: pa.Table, bounced: pa.ChunkedArray | None = None
) -> Matched:
    """Give each record the address of its branch, else that of its account's head office.

    An address that is none is passed over, and so are those of ``bounced`` (bool, one a contact).
    Where none is left the reason is its finding code: NOTICE_ADDRESS_BOUNCED when one was passed
    over for that, else NOTICE_ADDRESS_INVALID when there was something, NOTICE_NO_ADDRESS when
    there was nothing.
    """
    account, branch = records["employer_account"], records["employer_branch"]
    keys = _keys(contacts["employer_account"], contacts["employer_branch"])
    given = compared_addresses(contacts["contact_email"])
    given = pc.if_else(pc.equal(given, ""), None, given)
    sound = pc.if_else(is_mail_address(given), given, None)
    if bounced is None:
        bounced = pa.chunked_array([pa.repeat(pa.scalar(value=False), len(contacts))])
    came_back = pc.and_(bounced, pc.is_valid(sound))
    sound = pc.if_else(came_back, None, sound)
    heads = pa.repeat(pa.scalar(HEAD_OFFICE, pa.utf8()), len(records))
    own = pc.index_in(_keys(account, branch), value_set=keys)
    head = pc.index_in(_keys(account, heads), value_set=keys)
    address = pc.coalesce(sound.take(own), sound.take(head))
    has_some = pc.is_valid(pc.coalesce(given.take(own), given.take(head)))
    reason = pc.if_else(has_some, NOTICE_ADDRESS_INVALID, NOTICE_NO_ADDRESS)
    is_back = pc.or_(*(pc.fill_null(came_back.take(at), False) for at in (own, head)))
    reason = pc.if_else(is_back, NOTICE_ADDRESS_BOUNCED, reason)
    reason = pc.if_else(pc.is_valid(address), pa.scalar(None, pa.utf8()), reason)
    addressed = pa.table(
        [
            records["_record_number"],
            account,
            branch,
            records["employer_type"],
            pc.fill_null(records["office_code"], ""),
            address,
            reason,
        ],
        schema=ADDRESSED_SCHEMA,
    )
    return Matched(addressed, _mails(file_id, address))


def message_id_of(file_id: str, address: str) -> str:
    """What stands before the ``@`` of the Message-ID: the same list and address, the same id."""
    return hashlib.sha256(f"{file_id}\0{address}".encode()).hexdigest()[:_ID_LENGTH]


def _keys(account: pa.ChunkedArray, branch: pa.ChunkedArray | pa.Array) -> pa.Array:
    joined = pc.binary_join_element_wise(account, branch, "/")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _mails(file_id: str, address: pa.ChunkedArray) -> pa.Table:
    distinct = pc.drop_null(pc.unique(address))
    distinct = distinct.take(pc.array_sort_indices(distinct))
    ids = [message_id_of(file_id, one) for one in distinct.to_pylist()]
    return pa.table([distinct, pa.array(ids, pa.utf8())], schema=MAILS_SCHEMA)

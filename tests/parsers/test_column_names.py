"""The schema of a record keeps the names of the copybook beside the columns made of them."""

import pyarrow as pa
from declared import declare

from interfaces.model import Framing, Role
from parsers.arrow_types import BYTE_OFFSET, COBOL_NAME, RECORD_NUMBER, record_named, record_schema
from parsers.copybook import load_layout

COPYBOOK = """\
       01  PERSON-RECORD.
           05  NATIONAL-ID         PIC X(13).
           05  NAME-GROUP.
               10  First-Name      PIC X(10).
           05  PAYMENT OCCURS 2 TIMES.
               10  PAID-AMOUNT     PIC S9(7)V99 COMP-3.
               10  PAID-ON         PIC 9(8).
           05  CODES               PIC X OCCURS 3 TIMES.
"""


def schema(folder) -> pa.Schema:
    interface = declare(
        folder,
        COPYBOOK,
        framing=Framing.FB,
        encoding="cp037",
        records={"PERSON-RECORD": (Role.DETAIL, {})},
    )
    return record_schema(record_named(load_layout(interface), "PERSON-RECORD"), interface)


def cobol_names(fields) -> dict[str, str | None]:
    return {
        field.name: (field.metadata or {}).get(COBOL_NAME, b"").decode() or None for field in fields
    }


def test_every_column_and_member_has_its_cobol_name(tmp_path):
    columns = schema(tmp_path)
    assert cobol_names(columns) == {
        RECORD_NUMBER: None,
        BYTE_OFFSET: None,
        "national_id": "NATIONAL-ID",
        "first_name": "FIRST-NAME",
        "payment": "PAYMENT",
        "codes": "CODES",
    }
    assert cobol_names(columns.field("payment").type.value_type) == {
        "paid_amount": "PAID-AMOUNT",
        "paid_on": "PAID-ON",
    }


def test_names_do_not_make_a_schema_another(tmp_path):
    columns = schema(tmp_path)
    plain = pa.schema([pa.field(f.name, f.type, f.nullable) for f in columns])
    assert columns.equals(plain)

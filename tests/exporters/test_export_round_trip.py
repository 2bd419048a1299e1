"""decode(encode(rows)) == rows and encode(decode(file)) == file, for every shipped interface."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from exporters.writer import FileWriter, WrittenFile
from interfaces.model import Framing, Interface, Role
from interfaces.registry import Registry
from parsers.arrow_types import ROW_IDENTITY, record_named
from parsers.copybook import load_layout
from parsers.decode import DecodedFile, decode_whole
from tests.exporters.random_tables import tables_of

INTERFACES = [i for i in Registry().all() if i.file.framing is not Framing.XLSX]  # only read
DAY = date(2026, 11, 20)
CONTEXT = {
    "business_date": DAY,
    "sequence": 1,
    "valid_from": DAY,
    "valid_until": DAY,
    "return_file_name": "CSPAY_20261120_000001.TXT",
    "return_file_sha256": "0" * 64,
    "result": "P",
    "broken_count": 1,
    "broken_amount": "12.50",
    "reason_code": "CONTROL_SUM",
    "reason_text": "ยอดรวมไม่ตรง",
    "supersedes": 1,
    "sequence_number": 1,
    "bank_code": "006",
    "company_account": "1234567890",
    "company_name": "ตัวอย่าง",
    "service_code": "SSO",
    "hdr_bank_code": "006",
    "hdr_account_number": "1234567890",
    "hdr_account_name": "ตัวอย่าง",
    "books_from": DAY,
    "books_to": DAY,
    "credit_date": DAY,
    "hdr_answer_number": 1,
    "hdr_filing_name": "SPS110_1000000001_256911.TXT",
    "hdr_filing_sha256": "0" * 64,
    "hdr_employer_account": "1000000001",
    "hdr_wage_period": 202611,
    "hdr_result": "P",
    "hdr_reason_code": None,
    "hdr_reason_text": None,
    "trl_read_count": 1,
    "trl_accepted_count": 1,
    "trl_refused_count": 0,
    "trl_declared_amount": "1500.00",
    "trl_month_due": "1500.00",
    "trl_month_paid": "0.00",
    "trl_month_surcharge": "0.00",
    "trl_month_outstanding": "1500.00",
    "trl_month_overpaid": "0.00",
    "notice_code": "N010",
    "clearing_opening": "1.00",
    "clearing_closing": "2.00",
    "suspense_opening": "3.00",
    "suspense_closing": "4.00",
}
BLOCK_HEADER = {
    "acc_no": "1000000001",
    "branch_no": "000000",
    "paid_date": DAY,
    "paid_period": 202610,
    "company_name": "บริษัท ตัวอย่าง",
    "rate": "5.00",
}
INTERFACE = pytest.mark.parametrize("interface", INTERFACES, ids=[i.id for i in INTERFACES])
SETTINGS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def write(path: Path, interface: Interface, details: pa.RecordBatch) -> WrittenFile:
    with FileWriter(path, interface, CONTEXT) as writer:
        if interface.block_controls:
            writer.write_block(BLOCK_HEADER, details)
        else:
            writer.write_details(details)
        return writer.close()


def rows_of(file: DecodedFile, interface: Interface) -> pa.Table:
    table = file.tables[interface.record(Role.DETAIL).record]
    return table.drop_columns([identity.name for identity in ROW_IDENTITY])


@INTERFACE
def test_rows_come_back_as_they_were(interface: Interface) -> None:
    detail = record_named(load_layout(interface), interface.record(Role.DETAIL).record)

    @SETTINGS
    @given(tables_of(detail, interface))
    def check(details: pa.RecordBatch) -> None:
        with tempfile.TemporaryDirectory() as folder:
            written = write(Path(folder, "a"), interface, details)
            file = decode_whole(Path(folder, "a"), interface, file_id="a")
            assert file.findings.num_rows == 0
            assert file.records_read == written.records
            assert rows_of(file, interface).equals(pa.Table.from_batches([details]))
            again = write(Path(folder, "b"), interface, rows_of(file, interface))
            assert again.sha256 == written.sha256

    check()

"""Files made of plain rows: Arrow batches as decoding would hand them over, but by no parser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from insurance.identifiers import employer_accounts, national_ids
from insurance.rates import load_wage_rates
from interfaces.catalogue import load_catalogue
from interfaces.dated import code_list
from interfaces.model import Interface
from interfaces.registry import Registry
from parsers.arrow_types import record_schema
from parsers.copybook import load_layout
from parsers.findings import concat_findings, findings_table
from validation.declared import DeclaredChecks
from validation.references import EmployerBranches, References, SentFiles
from validation.registered import COLUMNS, RegisteredPersons
from validation.validate import FileValidator, FileVerdict

TODAY = date(2026, 11, 20)
FILE_ID = "f" * 64
CATALOGUE = load_catalogue()
REGISTRY = Registry()
SENT_NAME = "S39_20261120_000001.TXT"
SENT_HASH = "a1" * 32
TITLES = ("003", "004", "005", "003", "004", "101")
REGISTERED = 50
"""How many persons, from number 0, the register knows."""
VOLUNTARY, LEFT_WORK_AGED, ELSEWHERE = 60, 61, 62
"""Two more, insured under section 39, and formerly under section 33."""
LOST = "lost"
"""Stands for the 01 name of a record that decoding made no row of."""

Row = tuple[str, dict[str, Any]]


def person(number: int) -> str:
    """National ID with a right check digit."""
    return str(national_ids(np.array([110_000_000_000 + number]))[0])


def account(number: int) -> str:
    """Employer account with the usual check digit."""
    return str(employer_accounts(np.array([100_000_000 + number]))[0])


def baht(text: str) -> Decimal:
    return Decimal(text)


@dataclass(frozen=True)
class MadeBlock:
    batches: Mapping[str, pa.RecordBatch]
    findings: pa.Table


@dataclass
class MadeFile:
    """Rows of a file in order; ``found`` are decode findings: record index (0-based), field
    name or None, code."""

    interface: Interface
    rows: list[Row]
    found: list[tuple[int, str | None, str]] = field(default_factory=list)

    def blocks(self, size: int) -> list[MadeBlock]:
        """Blocks of ``size`` records."""
        layout = {record.name: record for record in load_layout(self.interface)}
        return [
            MadeBlock(
                {
                    name: self._batch(layout[name], start, start + size)
                    for name in dict.fromkeys(n for n, _ in self.rows[start : start + size])
                    if name in layout
                },
                self._findings(start, start + size),
            )
            for start in range(0, max(len(self.rows), 1), size)
        ]

    def _batch(self, record: Any, start: int, end: int) -> pa.RecordBatch:
        schema = record_schema(record, self.interface)
        rows = [
            {"_record_number": number + 1, "_byte_offset": number * 100, **values}
            for number, (name, values) in enumerate(self.rows)
            if name == record.name and start <= number < end
        ]
        for row in rows:
            assert set(row) <= set(schema.names), set(row) - set(schema.names)
        return pa.RecordBatch.from_pylist(rows, schema=schema)

    def _findings(self, start: int, end: int) -> pa.Table:
        return concat_findings(
            findings_table(
                file_id=FILE_ID,
                code=code,
                record_number=[index + 1],
                byte_offset=[index * 100],
                record_type=self._type(index),
                field=name,
            )
            for index, name, code in self.found
            if start <= index < end
        )

    def _type(self, index: int) -> str | None:
        name, values = self.rows[index]
        return values.get("type") if name == LOST else name


@dataclass(frozen=True)
class Outcome:
    """Verdict with all findings as (record number, field, code), and the accepted numbers."""

    verdict: FileVerdict
    findings: list[tuple[int, str | None, str]]
    accepted: list[int]

    @property
    def codes(self) -> set[str]:
        return {code for _, _, code in self.findings}


def register_row(number: int, **changes: Any) -> dict[str, Any]:
    """A person as the register has them: employed, and of those whom :func:`employee` lists."""
    return {
        "national_id": person(number),
        "title_code": TITLES[number % len(TITLES)],
        "given_name": "สมชาย",
        "family_name": "ใจดี",
        "birth_date": date(1990, 6, 15),
        "section_code": "33",
        "status_code": "A",
        "employer_account": account(1),
        **changes,
    }


def registered(rows: Sequence[Mapping[str, Any]]) -> RegisteredPersons:
    """A register of these persons."""
    types = {"birth_date": pa.date32()}
    schema = pa.schema([(name, types.get(name, pa.utf8())) for name in COLUMNS])
    return RegisteredPersons([pa.RecordBatch.from_pylist(list(rows), schema=schema)])


def references(**changes: Any) -> References:
    """Masters that know the persons and employers of these made files."""
    values: dict[str, Any] = {
        "business_date": TODAY,
        "code_lists": {
            "titles": code_list("titles", TODAY),
            "payment_channels": code_list("payment_channels", TODAY),
            "wrong_titles": code_list("wrong_titles", TODAY),
            "provinces": code_list("provinces", TODAY),
            "leaving_reasons": code_list("leaving_reasons", TODAY),
            "employer_types": code_list("employer_types", TODAY),
            "notice_kinds": code_list("notice_kinds", TODAY),
        },
        "employers": EmployerBranches(
            pa.table(
                {
                    "employer_account": [account(1), account(1), account(1)],
                    "employer_branch": ["000000", "000007", "000008"],
                    "status_code": ["A", "A", "C"],
                }
            )
        ),
        "persons": registered(
            [
                *(register_row(n) for n in range(REGISTERED)),
                register_row(VOLUNTARY, section_code="39", title_code="003"),
                register_row(ELSEWHERE, employer_account=account(2)),
                register_row(
                    LEFT_WORK_AGED,
                    status_code="E",
                    title_code="003",
                    birth_date=date(1960, 1, 1),
                ),
            ]
        ),
        "wages": load_wage_rates(),
        "sent": {"counter_service": SentFiles({SENT_NAME: (SENT_HASH,)})},
    }
    return References(**{**values, **changes})


def validate(
    file: MadeFile,
    *,
    size: int = 1000,
    context: Mapping[str, object] | None = None,
    known: References | None = None,
    declared: DeclaredChecks | None = None,
) -> Outcome:
    """Run the validator over the blocks of a made file; ``declared`` are of that interface and
    these ``known`` references."""
    validator = FileValidator(
        file.interface,
        load_layout(file.interface),
        CATALOGUE,
        known or references(),
        context or {},
        file_id=FILE_ID,
        declared=declared,
    )
    tables, accepted = [], []
    for block in file.blocks(size):
        validated = validator.block(block)
        tables.append(validated.findings)
        for batch in validated.accepted.values():
            accepted += batch.column("_record_number").to_pylist()
    verdict = validator.close()
    findings = concat_findings([*tables, verdict.findings])
    triples = zip(
        *(findings[name].to_pylist() for name in ("record_number", "field", "code")), strict=True
    )
    return Outcome(verdict, sorted(triples, key=str), sorted(accepted))


def form(persons: int = 4, wage: str = "16000.00", paid: str = "800.00") -> MadeFile:
    """A right form 1-10 for October 2026: one head office, ``persons`` employees."""
    rows = [form_header(persons, wage, paid), *(employee(n, wage, paid) for n in range(persons))]
    return MadeFile(REGISTRY.get("form_1_10"), rows)


def form_header(persons: int, wage: str, paid: str, branch: str = "000000") -> Row:
    total = baht(paid) * persons
    return (
        "EMPLOYER-RECORD",
        {
            "record_type": "1",
            "acc_no": account(1),
            "branch_no": branch,
            "paid_date": date(2026, 11, 13),
            "paid_period": 202610,
            "company_name": "บริษัท ตัวอย่าง จำกัด",
            "rate": baht("5.00"),
            "total_employee": persons,
            "total_wages": baht(wage) * persons,
            "total_paid": total * 2,
            "paid_by_employee": total,
            "paid_by_employer": total,
        },
    )


def employee(number: int, wage: str, paid: str) -> Row:
    return (
        "EMPLOYEE-RECORD",
        {
            "record_type": "2",
            "sso_id": person(number),
            "prefix": TITLES[number % len(TITLES)],
            "fname": "สมชาย",
            "lname": "ใจดี",
            "wages": baht(wage),
            "paid_amount": baht(paid),
        },
    )


def history(months: Sequence[int] = (2, 1, 0)) -> MadeFile:
    """A right contribution history with that many months paid per person."""
    details: list[Row] = [
        (
            "CTB-HISTORY-RECORD",
            {
                "record_type": "D",
                "national_id": person(number),
                "section_code": "39",
                "history_from": 202501,
                "month_count": count,
                "month_paid": [
                    {
                        "paid_period": 202509 + month,
                        "paid_amount": baht("432.00"),
                        "paid_channel": "02",
                        "paid_date": date(2025, 10, 1),
                        "receipt_number": f"R{month}",
                    }
                    for month in range(count)
                ],
            },
        )
        for number, count in enumerate(months)
    ]
    header: Row = (
        "CTB-HEADER-RECORD",
        {
            "hdr_record_type": "H",
            "hdr_file_id": "CTBHIST",
            "hdr_business_date": TODAY,
            "hdr_sequence": 1,
        },
    )
    trailer: Row = (
        "CTB-TRAILER-RECORD",
        {
            "trl_record_type": "T",
            "trl_record_count": len(months),
            "trl_id_hash": sum(int(person(n)) for n in range(len(months))) % 10**15,
            "trl_total_months": sum(months),
            "trl_total_amount": baht("432.00") * sum(months),
        },
    )
    return MadeFile(REGISTRY.get("contribution_history"), [header, *details, trailer])


def payments(amounts: Sequence[str] = ("432.00", "70.00")) -> MadeFile:
    """A right bill-payment return file."""
    common = {"bank_code": "006", "company_account": "1234567890"}
    header: Row = (
        "RETURN-HEADER-RECORD",
        {"record_type": "H", "sequence_number": 1, "effective_date": TODAY, **common},
    )
    details: list[Row] = [
        (
            "RETURN-DETAIL-RECORD",
            {
                "record_type": "D",
                "sequence_number": place + 2,
                "payment_date": TODAY,
                "payment_time": 93000,
                "transaction_kind": "C",
                "amount": baht(amount),
                **common,
            },
        )
        for place, amount in enumerate(amounts)
    ]
    trailer: Row = (
        "RETURN-TRAILER-RECORD",
        {
            "record_type": "T",
            "sequence_number": len(amounts) + 2,
            "total_debit_amount": baht("0.00"),
            "total_debit_count": 0,
            "total_credit_amount": sum((baht(a) for a in amounts), baht("0.00")),
            "total_credit_count": len(amounts),
            **common,
        },
    )
    return MadeFile(REGISTRY.get("counter_return"), [header, *details, trailer])


def employers(count: int = 3) -> MadeFile:
    """A right employer master of head offices."""
    details: list[Row] = [
        (
            "EMP-MASTER-RECORD",
            {
                "record_type": "D",
                "employer_account": account(number),
                "employer_branch": "000000",
                "employer_name": "บริษัท ตัวอย่าง จำกัด",
                "juristic_id": str(national_ids(np.array([10_555_000_000 + number]))[0]),
                "contribution_rate": baht("5.00"),
                "status_code": "A",
                "registered_date": date(2015, 1, 1),
                "employee_count": 10,
            },
        )
        for number in range(count)
    ]
    header: Row = (
        "EMP-HEADER-RECORD",
        {
            "hdr_record_type": "H",
            "hdr_file_id": "EMPMAST",
            "hdr_business_date": TODAY,
            "hdr_sequence": 1,
        },
    )
    trailer: Row = (
        "EMP-TRAILER-RECORD",
        {
            "trl_record_type": "T",
            "trl_record_count": count,
            "trl_account_hash": sum(int(account(n)) for n in range(count)),
            "trl_total_employees": 10 * count,
        },
    )
    return MadeFile(REGISTRY.get("employer_master"), [header, *details, trailer])


def receipt(
    name: str = SENT_NAME,
    sha256: str = SENT_HASH,
    *,
    result: str = "A",
    read: int = 10,
    rejected: int = 0,
) -> MadeFile:
    """A right receipt for one file that was sent."""
    header: Row = (
        "RECEIPT-HEADER-RECORD",
        {"hdr_record_type": "H", "hdr_business_date": TODAY, "hdr_sequence": 1},
    )
    detail: Row = (
        "RECEIPT-DETAIL-RECORD",
        {
            "record_type": "D",
            "line_number": 1,
            "sent_file_name": name,
            "sent_file_sha256": sha256,
            "file_result": result,
            "file_return_code": 0,
            "records_read": read,
            "records_rejected": rejected,
        },
    )
    trailer: Row = ("RECEIPT-TRAILER-RECORD", {"trl_record_type": "T", "trl_record_count": 1})
    return MadeFile(REGISTRY.get("counter_feed_receipt"), [header, detail, trailer])


def advice(**amounts: Decimal) -> MadeFile:
    """A right settlement advice of one line; ``amounts`` stand in the line and in the trailer."""
    line = {
        "gross_amount": baht("100.00"),
        "fee_amount": baht("5.00"),
        "net_amount": baht("95.00"),
        **amounts,
    }
    header: Row = (
        "ADVICE-HEADER-RECORD",
        {"hdr_record_type": "H", "hdr_sequence": 1, "hdr_statement_date": TODAY},
    )
    detail: Row = (
        "ADVICE-DETAIL-RECORD",
        {
            "record_type": "D",
            "line_number": 1,
            "collector_code": "CS01",
            "collection_date": TODAY,
            "value_date": TODAY,
            "payment_count": 1,
            "bank_reference": "CR261120000001",
            **line,
        },
    )
    totals = {f"trl_{name}": value for name, value in line.items()}
    trailer: Row = (
        "ADVICE-TRAILER-RECORD",
        {"trl_record_type": "T", "trl_line_count": 1, **totals},
    )
    return MadeFile(REGISTRY.get("settlement_advice"), [header, detail, trailer])

"""The cases of ``sample_files/``: how each input is made, and what is wrong with the bad ones.

``python -m tests.prakan.sample_cases`` writes what is missing; ``--force`` writes all again,
goldens included: look at the difference before you commit it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from exchange.specification.samples import sample_folder
from exporters.writer import FileWriter
from interfaces.model import Interface
from interfaces.names import make_name
from interfaces.registry import Registry
from parsers.codepages import code_page
from tests.prakan import ledger_tables as ledger
from tests.prakan import sample_tables as made
from tests.prakan.goldens import write_goldens
from tests.prakan.statement_tables import BALANCES, statement_lines

SAMPLES = Path(__file__).resolve().parents[2] / "sample_files"
REGISTRY = Registry()
DAY = made.DAY
PERIOD = 202610


@dataclass(frozen=True)
class Case:
    """One sample: ``make`` writes the input file."""

    interface: Interface
    name: str
    make: Callable[[Path], None]

    @property
    def folder(self) -> Path:
        return SAMPLES / sample_folder(self.interface) / self.name

    @property
    def input(self) -> Path:
        return self.folder / make_name(self.interface.file, DAY, 1, any_part="1000000012_202610")


def context(**more: object) -> dict[str, object]:
    return {"business_date": DAY, "sequence": 1, **more}


RETURN_CONTEXT = context(
    sequence_number=1,
    bank_code="099",
    company_account="0991234567",
    company_name="กองทุนประกันสังคม",
    service_code="SSOPAY",
)
ADVICE_CONTEXT = context(
    hdr_bank_code="099",
    hdr_account_number="0991234567",
    hdr_account_name="กองทุนประกันสังคม",
)
BOOKS_CONTEXT = context(books_from=DAY, books_to=DAY)
STATEMENT_CONTEXT = context(books_from=DAY, books_to=DAY, **BALANCES)
CREDIT_CONTEXT = context(credit_date=date(2026, 11, 23))
FEED_CONTEXT = context(valid_from=DAY, valid_until=date(2026, 11, 23))
ANSWER_CONTEXT = context(
    return_file_name="CSPAY_20261120_000001.TXT",
    return_file_sha256="0f" * 32,
    result="P",
    broken_count=1,
    broken_amount=Decimal("432.00"),
)

REFUSAL_CONTEXT = context(
    return_file_name="CSPAY_20261120_000002.TXT",
    return_file_sha256="1e" * 32,
    result="R",
    reason_code="CONTROL_SUM",
    reason_text="ยอดรวมที่แจ้งไม่ตรงกับผลรวมของระเบียน โปรดให้ผู้ส่งแก้ยอดรวมหรือรายการ",
    supersedes=0,
    broken_count=0,
    broken_amount=Decimal("0.00"),
)
SECOND_CONTEXT = {**ANSWER_CONTEXT, "reason_code": None, "reason_text": None, "supersedes": 1}


def written(
    path: Path,
    interface: Interface,
    rows: made.Rows,
    values: Mapping[str, object],
    trailer: Mapping[str, object] | None = None,
) -> None:
    with FileWriter(path, interface, values) as writer:
        writer.write_details(made.table(interface, rows))
        writer.close(override=trailer or {})


def good(name: str, rows: Callable[[], made.Rows], values: Mapping[str, object]) -> Case:
    interface = REGISTRY.get(name)
    return Case(interface, "good", lambda path: written(path, interface, rows(), values))


def good_refusal() -> Case:
    """The answer to a file that was refused whole: no details."""
    interface = REGISTRY.get("counter_acknowledgement.2")
    return Case(interface, "refused", lambda path: written(path, interface, [], REFUSAL_CONTEXT))


def edited(path: Path, edit: Callable[[bytes], bytes]) -> None:
    path.write_bytes(edit(path.read_bytes()))


def put(data: bytes, offset: int, new: bytes) -> bytes:
    return data[:offset] + new + data[offset + len(new) :]


def bad_registration(path: Path) -> None:
    """Wrong check digit, unknown title, missing name, impossible date, letters in a packed field,
    an unknown record type; most records are wrong, so the file is refused as well."""
    interface = REGISTRY.get("registration_master")
    rows = made.registrations()
    right = rows[0]["national_id"]
    rows[0]["national_id"] = f"{right[:-1]}{(int(right[-1]) + 1) % 10}"
    rows[1]["title_code"] = "999"
    rows[4]["given_name"] = None
    written(path, interface, rows, context())
    page = code_page("cp838")

    def edit(data: bytes) -> bytes:
        data = put(data, 220 * 3 + 82, page.encode("25690230"))  # 30 February
        data = put(data, 220 * 4 + 97, page.encode("ABCDE"))  # EFFECTIVE-DATE, COMP-3
        return put(data, 220 * 6, page.encode("X"))

    edited(path, edit)


def bad_history(path: Path) -> None:
    """A counter beyond the table, a channel that is not listed, and the end cut off."""
    interface = REGISTRY.get("contribution_history")
    rows = made.histories()
    rows[2]["month_paid"][0]["paid_channel"] = "99"
    written(path, interface, rows, context())
    data = path.read_bytes()
    header, first = 4 + 23, 4 + 24
    counter = header + first + 4 + 22  # MONTH-COUNT of the second record
    path.write_bytes(put(data, counter, (77).to_bytes(2, "big"))[:-5])


def bad_employers(path: Path) -> None:
    """The trailer counts one employer too many; one stands twice."""
    interface = REGISTRY.get("employer_master")
    rows = made.employers()
    written(path, interface, [*rows, rows[0]], context(), {"trl_record_count": 5})


def good_form(path: Path) -> None:
    """Two branches in one file."""
    with FileWriter(path, REGISTRY.get("form_1_10"), {}) as writer:
        for branch, count in (("000000", 4), ("000003", 2)):
            rows = made.table(REGISTRY.get("form_1_10"), made.employees(count))
            writer.write_block(form_header(branch), rows)
        writer.close()


def bad_form(path: Path) -> None:
    """First branch: a title of the wrong scheme, the capped wage, a wrong contribution, a line in
    UTF-8, and a header that counts one employee too many. Second branch: Gregorian years."""
    interface = REGISTRY.get("form_1_10")
    rows = made.employees(4)
    rows[0] |= {"wages": Decimal("17500.00"), "paid_amount": Decimal("875.00")}
    rows[1]["prefix"] = "001"
    rows[3]["paid_amount"] = Decimal("405.00")
    with FileWriter(path, interface, {}) as writer:
        first = made.table(interface, rows)
        writer.write_block(form_header("000000"), first, override={"total_employee": 5})
        second = made.table(interface, made.employees(2))
        writer.write_block(form_header("000003"), second)
        writer.close()

    def edit(data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        lines[3] = lines[3].decode("cp874").encode("utf-8")
        lines[5] = put(put(lines[5], 17, b"131126"), 23, b"1026")  # DDMMYY, MMYY of 2026
        return b"\r\n".join(lines)

    edited(path, edit)


def form_header(branch: str) -> dict[str, Any]:
    return {
        "acc_no": made.account(0),
        "branch_no": branch,
        "paid_date": date(2026, 11, 13),
        "paid_period": PERIOD,
        "company_name": "บริษัท ตัวอย่างการค้า จำกัด",
        "rate": Decimal("5.00"),
    }


def bad_return(path: Path) -> None:
    """A blank line, a gap in the sequence, letters in an amount, a wrong kind, a short line, and
    a trailer whose credit amount lies."""
    interface = REGISTRY.get("counter_return")
    rows = [*made.payments(), {**made.payments()[0], "sequence_number": 6}]
    rows[2] |= {"transaction_kind": "X", "sequence_number": 5}
    lie = {"total_credit_amount": Decimal("900.00")}
    written(path, interface, rows, RETURN_CONTEXT, lie)

    def edit(data: bytes) -> bytes:
        lines = data.split(b"\n")
        lines[1] = put(lines[1], 163, b"00000000ABC00")
        lines[4] = lines[4][:200]
        return b"\n".join([*lines[:2], b"", *lines[2:]])

    edited(path, edit)


def bad_feed(name: str) -> Callable[[Path], None]:
    """A person twice, a status that does not exist, and a hash total that lies."""

    def make(path: Path) -> None:
        interface = REGISTRY.get(name)
        rows = made.offers(name[-2:])
        rows[1]["national_id"] = rows[0]["national_id"]
        rows[2]["status_code"] = "Z"
        written(path, interface, rows, FEED_CONTEXT, {"trl_id_hash": 1})

    return make


def bad_answer(path: Path) -> None:
    """A record of an unknown type, and a trailer with another sum."""
    interface = REGISTRY.get("counter_acknowledgement.1")
    lie = {"trl_posted_amount": Decimal("431.99")}
    written(path, interface, made.answers(), ANSWER_CONTEXT, lie)
    edited(path, lambda data: put(data, 162 * 2, b"Q"))


def bad_refusal(path: Path) -> None:
    """A refusal with a posted record that its trailer does not count, and letters in the number
    of the answer that it replaces."""
    interface = REGISTRY.get("counter_acknowledgement.2")
    lie = {"trl_record_count": 0, "trl_posted_count": 0, "trl_posted_amount": Decimal("0.00")}
    written(path, interface, made.answers()[:1], REFUSAL_CONTEXT, lie)
    edited(path, lambda data: put(data, 294, b"NONE  "))


def bad_receipt(path: Path) -> None:
    """A result that does not exist, a file named twice, a blank hash, and a trailer that counts
    one record too many."""
    interface = REGISTRY.get("counter_feed_receipt")
    rows = made.receipts()
    again = {**rows[0], "line_number": 4, "file_result": "R", "file_return_code": 70}
    blank = {**rows[1], "line_number": 3, "sent_file_name": "S40_20261120_000008.TXT"}
    blank["sent_file_sha256"] = None
    rows[1]["file_result"] = "X"
    written(path, interface, [*rows, blank, again], context(), {"trl_record_count": 5})


def bad_advice(path: Path) -> None:
    """A collector that nobody knows, a net amount that keeps the fee, a Buddhist year, a bank
    reference used twice, and a trailer with another sum."""
    interface = REGISTRY.get("settlement_advice")
    first, second = made.credits()
    rows = [
        first | {"collector_code": "CS09"},
        second | {"net_amount": second["gross_amount"]},
        {**first, "line_number": 3, "bank_reference": "CR261120000003"},
        {**first, "line_number": 4, "bank_reference": "CR261120000004"},
        {**first, "line_number": 5, "bank_reference": "CR261120000004"},
    ]
    lie = {"trl_gross_amount": Decimal("25880.01")}
    written(path, interface, rows, ADVICE_CONTEXT, lie)
    edited(path, lambda data: put(data, 161 * 3 + 11, b"19112569"))


def good_credit(path: Path) -> None:
    """Its totals stand in the header."""
    interface = REGISTRY.get("refund_credit")
    with FileWriter(path, interface, CREDIT_CONTEXT) as writer:
        writer.write_block({}, made.table(interface, ledger.refunds()))
        writer.close()


def bad_posting(path: Path) -> None:
    """An entry of no kind, an amount of nothing, an unknown channel, an entry twice, letters in a
    packed period, and a trailer with another sum."""
    interface = REGISTRY.get("ledger_posting")
    first, second, third, fourth = ledger.entries()
    rows = [
        first,
        second | {"entry_kind": "X"},
        third | {"entry_amount": Decimal("0.00"), "channel_code": "99"},
        fourth | {"source_file": first["source_file"], "source_record": 2, "source_leg": 1},
        {**first, "line_number": 5, "source_leg": 2},
    ]
    written(path, interface, rows, BOOKS_CONTEXT, {"trl_credit_amount": Decimal("864.01")})
    header, entry = 4 + 39, 4 + 92
    packed = header + entry * 4 + 4 + 28  # PAID-PERIOD of the fifth entry
    edited(path, lambda data: put(data, packed, b"\xc1\xc2\xc3\xc4"))


def bad_summary(path: Path) -> None:
    """An account twice, one without a name, and a trailer whose credits are not its debits."""
    interface = REGISTRY.get("ledger_summary")
    rows = ledger.accounts()
    rows[2]["account_name"] = rows[1]["account_name"]
    rows[4]["account_name"] = None
    lie = {"trl_credit_amount": Decimal("50762.01")}
    written(path, interface, rows, BOOKS_CONTEXT, lie)


def bad_ledger_receipt(path: Path) -> None:
    """A result that does not exist, more records rejected than read, and letters in a packed
    count."""
    interface = REGISTRY.get("ledger_receipt")
    first, second, *_ = ledger.ledger_receipts()
    third = {**second, "line_number": 3, "sent_file_name": "LGRPOST.D20261119.S000009"}
    rows = [first | {"records_rejected": 7}, second | {"file_result": "X"}, third]
    written(path, interface, rows, context())
    edited(path, lambda data: put(data, 180 * 3 + 155, b"\xc1\xc2\xc3\xc4\xc5"))


def bad_credit(path: Path) -> None:
    """A bank that is no number, a refund twice, a day that does not exist, a status that is not
    agreed on, and a header that orders one satang more."""
    interface = REGISTRY.get("refund_credit")
    first, second = ledger.refunds()
    rows = [
        first | {"receiving_bank": "KTB"},
        second,
        {**second, "line_number": 3},
        {**second, "line_number": 4, "credit_status": "10", "other_information_1": "b2:1:1"},
    ]
    lie = {"hdr_total_amount": Decimal("1728.01")}
    with FileWriter(path, interface, CREDIT_CONTEXT) as writer:
        writer.write_block({}, made.table(interface, rows), override=lie)
        writer.close()
    edited(path, lambda data: put(data, 500 * 4 + 45, b"31112026"))


def bad_statement(path: Path) -> None:
    """A kind of line that does not exist, a line number twice, a day that does not exist, and a
    trailer that leads to another balance."""
    interface = REGISTRY.get("counter_statement")
    rows = statement_lines()
    rows[3]["line_kind"] = "POSTD"
    rows[5]["line_number"] = 5
    lie = {"trl_clearing_change": Decimal("216.01")}
    written(path, interface, rows, STATEMENT_CONTEXT, lie)
    edited(path, lambda data: put(data, 162 * 11 + 51, b"31112569"))


CASES = (
    good("registration_master", made.registrations, context()),
    Case(REGISTRY.get("registration_master"), "bad", bad_registration),
    good("contribution_history", made.histories, context()),
    Case(REGISTRY.get("contribution_history"), "bad", bad_history),
    good("employer_master", made.employers, context()),
    Case(REGISTRY.get("employer_master"), "bad", bad_employers),
    Case(REGISTRY.get("form_1_10"), "good", good_form),
    Case(REGISTRY.get("form_1_10"), "bad", bad_form),
    good("counter_return", made.payments, RETURN_CONTEXT),
    Case(REGISTRY.get("counter_return"), "bad", bad_return),
    good("counter_feed_s39", lambda: made.offers("39"), FEED_CONTEXT),
    Case(REGISTRY.get("counter_feed_s39"), "bad", bad_feed("counter_feed_s39")),
    good("counter_feed_s40", lambda: made.offers("40"), FEED_CONTEXT),
    Case(REGISTRY.get("counter_feed_s40"), "bad", bad_feed("counter_feed_s40")),
    good("counter_acknowledgement.1", made.answers, ANSWER_CONTEXT),
    Case(REGISTRY.get("counter_acknowledgement.1"), "bad", bad_answer),
    good("counter_acknowledgement.2", made.answers, SECOND_CONTEXT),
    good_refusal(),
    Case(REGISTRY.get("counter_acknowledgement.2"), "bad", bad_refusal),
    good("counter_feed_receipt", made.receipts, context()),
    Case(REGISTRY.get("counter_feed_receipt"), "bad", bad_receipt),
    good("settlement_advice", made.credits, ADVICE_CONTEXT),
    Case(REGISTRY.get("settlement_advice"), "bad", bad_advice),
    good("ledger_posting", ledger.entries, BOOKS_CONTEXT),
    Case(REGISTRY.get("ledger_posting"), "bad", bad_posting),
    good("ledger_summary", ledger.accounts, BOOKS_CONTEXT),
    Case(REGISTRY.get("ledger_summary"), "bad", bad_summary),
    good("ledger_receipt", ledger.ledger_receipts, context()),
    Case(REGISTRY.get("ledger_receipt"), "bad", bad_ledger_receipt),
    good("counter_statement", statement_lines, STATEMENT_CONTEXT),
    Case(REGISTRY.get("counter_statement"), "bad", bad_statement),
    Case(REGISTRY.get("refund_credit"), "good", good_credit),
    Case(REGISTRY.get("refund_credit"), "bad", bad_credit),
)


def main(force: bool) -> None:
    for case in CASES:
        if case.input.exists() and not force:
            continue
        case.folder.mkdir(parents=True, exist_ok=True)
        case.make(case.input)
        write_goldens(case.input, case.interface)


if __name__ == "__main__":
    main(force="--force" in sys.argv[1:])

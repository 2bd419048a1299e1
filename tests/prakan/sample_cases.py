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
from tests.prakan import employer_tables as employers
from tests.prakan import ledger_tables as ledger
from tests.prakan import register_tables as register
from tests.prakan import sample_tables as made
from tests.prakan.answer_tables import write_answer
from tests.prakan.form_cases import FORM_CASES
from tests.prakan.goldens import write_goldens
from tests.prakan.notice_tables import contacts, notices
from tests.prakan.sample_sheets import bad_sheet, good_sheet
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
        return self.folder / make_name(
            self.interface.file,
            DAY,
            1,
            any_part="1000000012_202610",
            account=made.account(0),
            period=PERIOD,
        )


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
EMPLOYER_ANSWER_CONTEXT = context(
    return_file_name="CBPAY_20261120_000001.TXT",
    return_file_sha256="2d" * 32,
    result="P",
    reason_code=None,
    reason_text=None,
    supersedes=0,
    broken_count=1,
    broken_amount=Decimal("1500.00"),
)


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
        for branch, count, first in (("000000", 4, 0), ("000003", 2, 4)):
            rows = made.table(REGISTRY.get("form_1_10"), made.employees(count, first))
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
        second = made.table(interface, made.employees(2, first=4))
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


def bad_registrations(path: Path) -> None:
    """Lines that are refused: a type that cannot be read, a wrong check digit, a Gregorian year, a
    first day far ahead, a last day before the first, a person twice, a name in UTF-8, a type of no
    form. Lines with doubts: a province, a title, a reason and a hospital of no list, a child of
    twelve at work."""
    interface = REGISTRY.get("employee_registration")
    new, gone = register.registered, register.leaving
    wrong_id = register.person(1)[:-1] + str((int(register.person(1)[-1]) + 1) % 10)
    hospitals = ["1010001", "10 0002", "1010003"]
    rows = [
        new(0),
        new(0),
        new(1, sso_id=wrong_id),
        new(2, start_date=date(2027, 3, 1)),
        new(3),
        gone(4, leaving_date=date(2019, 6, 30)),
        gone(5),
        new(2, province="99", prefix="999", hospital_code=hospitals),
        new(4, birth_date=date(2014, 12, 1)),
        gone(3, leaving_reason="9"),
        new(5),
        new(1),
    ]
    written(path, interface, rows, {})

    def edit(data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        lines[4] = put(lines[4], 109, b"28021988")
        lines[6] = put(lines[6], 0, b"608")
        lines[10] = lines[10].decode("cp874").encode("utf-8")
        lines[11] = put(lines[11], 0, b"777")
        return b"\r\n".join(lines)

    edited(path, edit)


def bad_filed_contributions(path: Path) -> None:
    """A part twice, letters in the packed month, more persons than fit, and a trailer with another
    sum."""
    interface = REGISTRY.get("filed_contributions")
    rows = register.filed_branches()
    rows[1]["part_number"] = 1
    lie = {"trl_contributions": Decimal("1809.01")}
    written(path, interface, rows, BOOKS_CONTEXT, lie)
    first, second = 4 + 39, 4 + 58 + 2 * 28
    third = first + second + 4 + 58 + 28
    fourth = third + 4 + 58 + 28
    edited(path, lambda data: put(data, third + 4 + 26, b"\xc1\xc2\xc3\xc4"))
    edited(path, lambda data: put(data, fourth + 4 + 56, (501).to_bytes(2, "big")))


def bad_registration_changes(path: Path) -> None:
    """A kind that does not exist, a blank name, a line twice, letters in a hospital, and a trailer
    that counts one change too many."""
    interface = REGISTRY.get("registration_changes")
    first, second, third = register.registration_changes()
    hospital = [{"hospital_code": "HOSP001"}]
    rows = [
        first | {"change_kind": "X"},
        second | {"family_name": None},
        third,
        {**third, "line_number": 4},
        {**third, "line_number": 5, "source_record": 9, "hospital_count": 1, "hospital": hospital},
    ]
    written(path, interface, rows, BOOKS_CONTEXT, {"trl_record_count": 6})


def good_filing_answer(path: Path) -> None:
    """Of a filing of two branches every line was accepted as it was filed."""
    write_answer(path, REGISTRY.get("form_1_10_answer"), with_findings=False)


def answer_with_findings(path: Path) -> None:
    """A line was put right by the agency, another one refused."""
    write_answer(path, REGISTRY.get("form_1_10_answer"), with_findings=True)


def bad_filing_answer(path: Path) -> None:
    """An outcome that does not exist, a line twice, letters in an amount, a blank finding code, and
    a trailer that counts one line too many."""
    answer_with_findings(path)

    def edit(data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        lines[2] = put(lines[2], 32, b"X")
        lines[3] = put(lines[3], 40, b"ABC")
        lines[4] = put(lines[4], 44, b" " * 30)
        lines[8] = put(lines[8], 1, b"000000007")
        return b"\r\n".join([*lines[:3], lines[2], *lines[3:]])

    edited(path, edit)


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


def bad_notice(path: Path) -> None:
    """A record of another notice, a deadline before the list's day, a type that does not exist, and
    a trailer with another sum."""
    interface = REGISTRY.get("employer_notice")
    first, second, third = notices()
    rows = [
        first | {"notice_code": "N010"},
        second | {"deadline_date": date(2026, 11, 19)},
        third | {"employer_type": "99"},
        first | {"employer_name": None},
        first,
    ]
    lie = {"trl_total_amount": Decimal("1.00")}
    written(path, interface, rows, NOTICE_CONTEXT, lie)


def bad_contact(path: Path) -> None:
    """Two addresses in one field, one without a host, one with a letter beyond ASCII, a branch
    twice, and a trailer that counts one too few."""
    interface = REGISTRY.get("employer_contact")
    first, second, third = contacts()
    rows = [
        first | {"contact_email": "a@one.example; b@two.example"},
        second | {"contact_email": "chiangmai"},
        third | {"contact_email": "สมชาย@one.example"},
        third,
    ]
    written(path, interface, rows, context(), {"trl_record_count": 3})


NOTICE_CONTEXT = context(notice_code="N020")


def bad_employer_payment(path: Path) -> None:
    """A gap in the sequence, a Buddhist year in a payment date, letters in an amount, a kind that
    does not exist, and a trailer whose credit amount lies."""
    interface = REGISTRY.get("employer_payment")
    first, second, third = employers.employer_payments()
    rows = [first, second | {"transaction_kind": "X"}, third, {**first, "sequence_number": 6}]
    lie = {"total_credit_amount": Decimal("12000.01")}
    written(path, interface, rows, RETURN_CONTEXT, lie)

    def edit(data: bytes) -> bytes:
        data = put(data, 257 * 1 + 20, b"20112569")
        return put(data, 257 * 4 + 163, b"00000000ABC00")

    edited(path, edit)


def bad_employer_answer(path: Path) -> None:
    """A record of an unknown type, and a trailer with another sum."""
    interface = REGISTRY.get("employer_payment_acknowledgement")
    lie = {"trl_posted_amount": Decimal("10499.99")}
    written(path, interface, employers.employer_answers(), EMPLOYER_ANSWER_CONTEXT, lie)
    edited(path, lambda data: put(data, 302 * 2, b"Q"))


CASES = (
    good("registration_master", made.registrations, context()),
    Case(REGISTRY.get("registration_master"), "bad", bad_registration),
    good("contribution_history", made.histories, context()),
    Case(REGISTRY.get("contribution_history"), "bad", bad_history),
    good("employer_master", made.employers, context()),
    Case(REGISTRY.get("employer_master"), "bad", bad_employers),
    Case(REGISTRY.get("form_1_10"), "good", good_form),
    Case(REGISTRY.get("form_1_10"), "bad", bad_form),
    *(Case(REGISTRY.get("form_1_10"), name, make) for name, make in FORM_CASES.items()),
    Case(REGISTRY.get("form_1_10_sheet"), "good", good_sheet),
    Case(REGISTRY.get("form_1_10_sheet"), "bad", bad_sheet),
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
    good("employer_notice", notices, NOTICE_CONTEXT),
    Case(REGISTRY.get("employer_notice"), "bad", bad_notice),
    good("employer_contact", contacts, context()),
    Case(REGISTRY.get("employer_contact"), "bad", bad_contact),
    good("settlement_advice", made.credits, ADVICE_CONTEXT),
    Case(REGISTRY.get("settlement_advice"), "bad", bad_advice),
    good("ledger_posting", ledger.entries, BOOKS_CONTEXT),
    Case(REGISTRY.get("ledger_posting"), "bad", bad_posting),
    good("ledger_summary", ledger.accounts, BOOKS_CONTEXT),
    Case(REGISTRY.get("ledger_summary"), "bad", bad_summary),
    good("ledger_receipt", ledger.ledger_receipts, context()),
    Case(REGISTRY.get("ledger_receipt"), "bad", bad_ledger_receipt),
    Case(REGISTRY.get("form_1_10_answer"), "good", good_filing_answer),
    Case(REGISTRY.get("form_1_10_answer"), "findings", answer_with_findings),
    Case(REGISTRY.get("form_1_10_answer"), "bad", bad_filing_answer),
    good("counter_statement", statement_lines, STATEMENT_CONTEXT),
    Case(REGISTRY.get("counter_statement"), "bad", bad_statement),
    good("employer_payment", employers.employer_payments, RETURN_CONTEXT),
    Case(REGISTRY.get("employer_payment"), "bad", bad_employer_payment),
    good("employer_payment_acknowledgement", employers.employer_answers, EMPLOYER_ANSWER_CONTEXT),
    Case(REGISTRY.get("employer_payment_acknowledgement"), "bad", bad_employer_answer),
    good("employee_registration", register.employee_registrations, {}),
    Case(REGISTRY.get("employee_registration"), "bad", bad_registrations),
    good("filed_contributions", register.filed_branches, BOOKS_CONTEXT),
    Case(REGISTRY.get("filed_contributions"), "bad", bad_filed_contributions),
    good("registration_changes", register.registration_changes, BOOKS_CONTEXT),
    Case(REGISTRY.get("registration_changes"), "bad", bad_registration_changes),
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

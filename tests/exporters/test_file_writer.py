"""Files: whole or not at all, the same bytes each time, totals that can be wrong on purpose."""

from __future__ import annotations

import hashlib
import resource
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from exporters.engine import Engine
from exporters.rows import EncodeError
from exporters.writer import ContextError, FileWriter
from interfaces.registry import Registry

DAY = date(2026, 11, 20)
EMPLOYERS = Registry().get("employer_master")
FORM = Registry().get("form_1_10")
CONTEXT = {"business_date": DAY, "sequence": 3}
EMPLOYEES = pa.table(
    {
        "sso_id": ["1101700203451", "1101700203460"],
        "prefix": ["003", "004"],
        "fname": ["สมศักดิ์", "จันทร์"],
        "lname": ["ทดสอบ", "ทดลอง"],
        "wages": [Decimal("17000.00"), Decimal("1650.00")],
        "paid_amount": [Decimal("750.00"), Decimal("83.00")],
    }
)
BRANCH = {
    "acc_no": "1000000001",
    "branch_no": "000000",
    "paid_date": date(2026, 11, 15),
    "paid_period": 202610,
    "company_name": "บริษัท ตัวอย่าง จำกัด",
    "rate": Decimal("5.00"),
}


def employers(count: int, *, name: str = "ร้านค้า") -> pa.Table:
    return pa.table(
        {
            "employer_account": [f"{1_000_000_000 + n}" for n in range(count)],
            "employer_branch": ["000000"] * count,
            "employer_name": [name] * count,
            "juristic_id": pa.nulls(count, pa.utf8()),
            "contribution_rate": pa.array([Decimal("5.00")] * count, pa.decimal128(4, 2)),
            "status_code": ["A"] * count,
            "registered_date": [DAY] * count,
            "employee_count": list(range(count)),
            "office_code": ["1000"] * count,
            "employer_type": ["01"] * count,
            "contact_email": ["office@example.test"] * count,
        }
    )


def test_header_details_and_trailer(tmp_path: Path) -> None:
    target = tmp_path / "EMPMAST"
    with FileWriter(target, EMPLOYERS, CONTEXT) as writer:
        writer.write_details(employers(2))
        writer.write_details(employers(3).to_batches()[0])
        written = writer.close()
    data = target.read_bytes()
    assert written.size == len(data) == 7 * 240
    assert written.sha256 == hashlib.sha256(data).hexdigest()
    assert (written.records, written.details) == (7, 5)
    assert written.controls == {
        "TRL-RECORD-COUNT": "5",
        "TRL-ACCOUNT-HASH": "5000000004",
        "TRL-TOTAL-EMPLOYEES": "4",
    }
    assert data[:23].decode("cp037") == "HEMPMAST 25691120000003"
    trailer = data[-240:]
    assert trailer[:25].decode("cp037") == "T000000005000005000000004"
    assert trailer[25:31].hex() == "00000000004c"
    assert [path.name for path in tmp_path.iterdir()] == ["EMPMAST"]


def test_batches_do_not_show_in_the_bytes(tmp_path: Path) -> None:
    digests = set()
    for sizes in ([7], [3, 4], [0, 7, 0]):
        rows = employers(7)
        with FileWriter(tmp_path / "f", EMPLOYERS, CONTEXT) as writer:
            start = 0
            for size in sizes:
                writer.write_details(rows.slice(start, size))
                start += size
            digests.add(writer.close().sha256)
    assert len(digests) == 1


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_large_files_are_the_same_whoever_encodes_them(tmp_path: Path, engine: Engine) -> None:
    count = 12_000
    rows = employers(count)
    with FileWriter(tmp_path / "f", EMPLOYERS, CONTEXT, engine=engine) as writer:
        writer.write_details(rows.slice(0, 3))
        writer.write_details(rows.slice(3))
        written = writer.close()
    data = (tmp_path / "f").read_bytes()
    assert written.size == len(data) == (count + 2) * 240
    assert written.sha256 == hashlib.sha256(data).hexdigest()
    assert written.controls["TRL-ACCOUNT-HASH"] == str(sum(range(count)) + count * 10**9)
    assert written.controls["TRL-TOTAL-EMPLOYEES"] == str(sum(range(count)))
    accounts = [data[place + 1 : place + 11] for place in range(240, len(data) - 240, 240)]
    expected = [f"{1_000_000_000 + n}".encode("cp037") for n in range(count)]
    assert accounts == expected


def test_the_findings_of_a_whole_batch_are_told(tmp_path: Path) -> None:
    rows = employers(12_000)
    branches = rows.column("employer_branch").to_pylist()
    branches[5] = branches[11_999] = "0000000"
    place = rows.column_names.index("employer_branch")
    with pytest.raises(EncodeError) as raised, FileWriter(tmp_path / "f", EMPLOYERS, CONTEXT) as w:
        w.write_details(rows.set_column(place, "employer_branch", [branches]))
    assert raised.value.findings.column("record_number").to_pylist() == [7, 12_001]
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_noticed(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, limits[1]))
    try:
        with (
            pytest.raises(OSError, match="large"),
            FileWriter(tmp_path / "f", EMPLOYERS, CONTEXT) as writer,
        ):
            writer.write_details(employers(12_000))
            writer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_details_has_header_and_trailer(tmp_path: Path) -> None:
    with FileWriter(tmp_path / "f", EMPLOYERS, CONTEXT) as writer:
        written = writer.close()
    assert (written.records, written.details, written.size) == (2, 0, 480)


def test_a_value_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(EncodeError) as raised, FileWriter(tmp_path / "f", EMPLOYERS, CONTEXT) as w:
        w.write_details(employers(2))
        w.write_details(employers(1, name="名前"))
        w.close()
    (finding,) = raised.value.findings.to_pylist()
    assert finding["record_number"] == 4
    assert finding["file_id"] == "f"
    assert finding["code"] == "ENCODE_UNMAPPABLE"
    assert "record 4, EMPLOYER-NAME: ENCODE_UNMAPPABLE" in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "f"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), FileWriter(target, EMPLOYERS, CONTEXT) as writer:
        writer.write_details(employers(1))
        raise RuntimeError
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_context_value_that_is_needed_must_be_given(tmp_path: Path) -> None:
    with (
        pytest.raises(ContextError, match="business_date"),
        FileWriter(tmp_path / "f", EMPLOYERS, {"sequence": 1}) as writer,
    ):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_trailer_can_lie_on_purpose(tmp_path: Path) -> None:
    with FileWriter(tmp_path / "f", EMPLOYERS, CONTEXT) as writer:
        writer.write_details(employers(2))
        written = writer.close(override={"trl_record_count": 9})
    assert (tmp_path / "f").read_bytes()[-240:-230].decode("cp037") == "T000000009"
    assert written.controls["TRL-RECORD-COUNT"] == "2"


def test_each_block_has_its_own_totals(tmp_path: Path) -> None:
    with FileWriter(tmp_path / "f", FORM, {}) as writer:
        writer.write_block(BRANCH, EMPLOYEES)
        writer.write_block(BRANCH | {"branch_no": "000002"}, EMPLOYEES.slice(1))
        written = writer.close()
    lines = (tmp_path / "f").read_bytes().decode("cp874").split("\r\n")
    assert [len(line) for line in lines] == [135] * 5 + [0]
    assert lines[0][:27] == "110000000010000001511691069"
    assert lines[0][72:] == "0500000002000000001865000000000001666000000000833000000000" + "83300"
    assert lines[3][72:] == "0500000001000000000165000000000000166000000000083000000000" + "08300"
    assert lines[2].startswith("21101700203460004จันทร์")
    assert (written.records, written.details) == (5, 3)
    assert written.controls == {
        "TOTAL-EMPLOYEE": "3",
        "TOTAL-WAGES": "20300.00",
        "TOTAL-PAID": "1832.00",
        "PAID-BY-EMPLOYEE": "916.00",
        "PAID-BY-EMPLOYER": "916.00",
    }


def test_totals_of_a_block_can_be_wrong_on_purpose(tmp_path: Path) -> None:
    with FileWriter(tmp_path / "f", FORM, {}) as writer:
        writer.write_block(BRANCH, EMPLOYEES, override={"total_employee": 7})
        writer.close()
    assert (tmp_path / "f").read_bytes()[76:82] == b"000007"


def test_details_need_the_block_that_counts_them(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="write_block"),
        FileWriter(tmp_path / "f", FORM, {}) as writer,
    ):
        writer.write_details(EMPLOYEES)


def test_money_is_never_float(tmp_path: Path) -> None:
    with (
        pytest.raises(TypeError, match="RATE"),
        FileWriter(tmp_path / "f", FORM, {}) as writer,
    ):
        writer.write_block(BRANCH | {"rate": 5.0}, EMPLOYEES)

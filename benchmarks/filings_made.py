"""A month's filings to measure with: form 1-10 files made column by column, the same for the same
seed, and the registers that they are checked against.

Employers of all sizes, most of them small. A few files are wrong in the ways of the wild.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.registration import national_ids
from insurance.digits import text_of_numbers
from insurance.identifiers import employer_accounts
from insurance.rates import load_wage_rates
from insurance.wages import wage_contributions
from interfaces.dated import code_list
from validation.references import EmployerBranches, References
from validation.registered import RegisteredPersons

BUSINESS_DATE = date(2026, 11, 20)
PERIOD = 202610

Ints = npt.NDArray[np.int64]
Lines = npt.NDArray[np.uint8]

_SEED = 15_110
_FIRST_ACCOUNT = 100_000_000
_LINE = 137
_LARGEST = 2_000
_SPREAD = 1.2  # of the logarithm of an employer's size
_WRONG_ONE_IN = 50
_UTF8_ONE_IN = 1_000
_TITLES = ("003", "004", "005")
_GIVEN = ("สมชาย", "ประพันธ์", "กิตติศักดิ์", "วิไลลักษณ์", "พรทิพย์", "ณัฐพงษ์", "สุดารัตน์", "จันทร์เพ็ญ")
_FAMILY = ("ใจดี", "ทองสุขวงศ์", "รุ่งเรืองสกุล", "แก้วมณี", "บุญมาก", "ศรีสว่าง", "น้อยพิทักษ์")
_COMPANY = "บริษัท ตัวอย่างการวัด จำกัด"


@dataclass(frozen=True, eq=False)
class Month:
    """``sizes`` int64 (files): details of each; the people of all files one after the other."""

    sizes: Ints
    title: Ints
    given: Ints
    family: Ints
    wage_satang: Ints

    @property
    def files(self) -> int:
        """Number of employers, each with one file."""
        return len(self.sizes)

    @property
    def lines(self) -> int:
        """Number of persons."""
        return len(self.wage_satang)


def made_month(files: int, lines: int) -> Month:
    """``files`` employers with about ``lines`` persons together, at least one each."""
    random = np.random.default_rng(_SEED)
    weights = np.exp(random.normal(0.0, _SPREAD, files))
    sizes = np.clip(weights / weights.sum() * lines, 1, _LARGEST).astype(np.int64)
    count = int(sizes.sum())
    return Month(
        sizes,
        random.integers(0, len(_TITLES), count),
        random.integers(0, len(_GIVEN), count),
        random.integers(0, len(_FAMILY), count),
        random.integers(900_000, 6_000_000, count),
    )


def write_month(month: Month, folder: Path) -> int:
    """Write the files into a folder; their bytes together."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for name, content in _files(month):
        (folder / name).write_bytes(content)
        total += len(content)
    return total


def registers(month: Month) -> References:
    """What the files are checked against: every employer and person of the month is registered."""
    accounts = employer_accounts(_FIRST_ACCOUNT + np.arange(month.files))
    employers = {
        "employer_account": accounts,
        "employer_branch": pa.repeat("000000", month.files),
        "status_code": pa.repeat("A", month.files),
    }
    lists = ("titles", "wrong_titles", "name_titles", "provinces")
    known = {}
    for name in lists:
        try:
            known[name] = code_list(name, BUSINESS_DATE)
        except KeyError:
            continue
    return References(
        business_date=BUSINESS_DATE,
        code_lists=known,
        employers=EmployerBranches(pa.table(employers)),
        persons=RegisteredPersons(_persons(month, accounts)),
        wages=load_wage_rates(),
    )


def _persons(month: Month, accounts: pa.Array) -> Iterator[pa.RecordBatch]:
    count = month.lines
    owner = np.repeat(np.arange(month.files), month.sizes)
    columns = {
        "national_id": text_of_numbers(national_ids(0, count), 13),
        "title_code": pa.array(_TITLES).take(pa.array(month.title)),
        "given_name": pa.array(_GIVEN).take(pa.array(month.given)),
        "family_name": pa.array(_FAMILY).take(pa.array(month.family)),
        "birth_date": pa.repeat(pa.scalar(date(1990, 5, 1), pa.date32()), count),
        "section_code": pa.repeat("33", count),
        "status_code": pa.repeat("A", count),
        "employer_account": accounts.take(pa.array(owner)),
    }
    yield from pa.table(columns).to_batches(max_chunksize=65_536)


def _files(month: Month) -> Iterator[tuple[str, bytes]]:
    random = np.random.default_rng(_SEED + 1)
    wrong = random.integers(0, _WRONG_ONE_IN, month.files)
    utf8 = random.integers(0, _UTF8_ONE_IN, month.files) == 0
    ways = random.integers(0, len(_WAYS), month.files)
    accounts = employer_accounts(_FIRST_ACCOUNT + np.arange(month.files)).to_pylist()
    paid = wage_contributions(
        month.wage_satang, np.full(month.lines, PERIOD, np.int32), load_wage_rates()
    ).employee
    details = _details(month, paid)
    ends = np.cumsum(month.sizes)
    for file, (account, end) in enumerate(zip(accounts, ends.tolist(), strict=True)):
        rows = slice(end - int(month.sizes[file]), end)
        header = _header(account, month.wage_satang[rows], paid[rows])
        content = header + details[rows].tobytes()
        if wrong[file] == 0:
            content = _WAYS[ways[file]](content)
        if utf8[file]:
            content = content.decode("cp874").encode()
        yield f"SPS110_{account}_256910.TXT", content


def _details(month: Month, paid: Ints) -> Lines:
    lines: Lines = np.full((month.lines, _LINE), ord(" "), np.uint8)
    lines[:, 0] = ord("2")
    _put_digits(lines, 1, 13, national_ids(0, month.lines))
    _put_texts(lines, 14, _TITLES, month.title)
    _put_texts(lines, 17, _GIVEN, month.given)
    _put_texts(lines, 47, _FAMILY, month.family)
    _put_digits(lines, 82, 14, month.wage_satang)
    _put_digits(lines, 96, 12, paid)
    lines[:, 135:] = np.frombuffer(b"\r\n", np.uint8)
    return lines


def _header(account: str, wages: Ints, paid: Ints) -> bytes:
    own, wage = int(paid.sum()), int(wages.sum())
    text = (
        f"1{account}0000001311691069{_COMPANY:<45}0500{len(wages):06d}{wage:015d}"
        f"{2 * own:014d}{own:012d}{own:012d}\r\n"
    )
    return text.encode("cp874")


def _put_digits(lines: Lines, place: int, width: int, numbers: Ints) -> None:
    powers = 10 ** np.arange(width - 1, -1, -1)
    lines[:, place : place + width] = numbers[:, None] // powers % 10 + ord("0")


def _put_texts(lines: Lines, place: int, texts: tuple[str, ...], chosen: Ints) -> None:
    width = max(map(len, texts))
    table = np.frombuffer("".join(t.ljust(width) for t in texts).encode("cp874"), np.uint8)
    lines[:, place : place + width] = table.reshape(len(texts), width)[chosen]


def _without_last_end(content: bytes) -> bytes:
    return content.removesuffix(b"\r\n")


def _line_feeds(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def _wrong_total(content: bytes) -> bytes:
    return content[:90] + bytes([ord("0") + (content[90] - ord("0") + 1) % 10]) + content[91:]


def _wrong_id(content: bytes) -> bytes:
    place = content.rindex(b"\r\n2") + 15
    return (
        content[:place]
        + (b"1" if content[place : place + 1] != b"1" else b"2")
        + content[place + 1 :]
    )


_WAYS = (_without_last_end, _line_feeds, _wrong_total, _wrong_id)

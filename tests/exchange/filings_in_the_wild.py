"""Form 1-10 files as they come: right ones, and each way of being wrong that was ever seen."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from insurance.identifiers import employer_accounts, national_ids
from insurance.rates import load_wage_rates
from interfaces.dated import code_list
from interfaces.registry import Registry
from validation.references import EmployerBranches, References
from validation.registered import RegisteredPersons
from validation.rules import lists_named_by

DAY = date(2026, 11, 20)
PERSONS = 40
EMPLOYERS = 8
_TITLES = ("003", "004", "005")

Change = Callable[[bytes, random.Random], bytes]


def person(number: int) -> str:
    """National ID of a person; the first PERSONS are registered."""
    return str(national_ids(np.array([120_000_000_000 + number]))[0])


def account(number: int) -> str:
    """Account of an employer; the first EMPLOYERS are registered."""
    return str(employer_accounts(np.array([200_000_000 + number]))[0])


def registers() -> References:
    """Registers in which the persons and employers of these files stand."""
    numbers = range(PERSONS)
    persons = {
        "national_id": [person(n) for n in numbers],
        "title_code": [_TITLES[n % 3] for n in numbers],
        "given_name": ["สมชาย"] * PERSONS,
        "family_name": ["ใจดี"] * PERSONS,
        "birth_date": pa.array([date(1980 + n % 30, 1, 1) for n in numbers], pa.date32()),
        "section_code": ["39" if n % 11 == 0 else "33" for n in numbers],
        "status_code": ["A"] * PERSONS,
        "employer_account": [account(n % EMPLOYERS) for n in numbers],
    }
    employers = {
        "employer_account": [account(n) for n in range(EMPLOYERS) for _ in range(2)],
        "employer_branch": ["000000", "000001"] * EMPLOYERS,
        "status_code": ["A", "C"] * EMPLOYERS,
    }
    filings = Registry().get("form_1_10", on=DAY)
    return References(
        business_date=DAY,
        code_lists={name: code_list(name, DAY) for name in lists_named_by(filings)},
        employers=EmployerBranches(pa.table(employers)),
        persons=RegisteredPersons(pa.table(persons).to_batches()),
        wages=load_wage_rates(),
    )


def block(
    employer: int, persons: list[int], *, branch: str = "000000", paid: int = 80_000
) -> bytes:
    """A header and its details, all of a wage of 16,000 baht."""
    wages, own = 1_600_000 * len(persons), paid * len(persons)
    header = (
        f"1{account(employer)}{branch}1311691069{'บริษัท ตัวอย่าง จำกัด':<45}0500"
        f"{len(persons):06d}{wages:015d}{2 * own:014d}{own:012d}{own:012d}\r\n"
    )
    details = (
        f"2{person(n)}{_TITLES[n % 3]}{'สมชาย':<30}{'ใจดี':<35}{1_600_000:014d}{paid:012d}"
        f"{'':27}\r\n"
        for n in persons
    )
    return (header + "".join(details)).encode("cp874")


def right(lot: random.Random) -> bytes:
    """One or several branches of one employer."""
    employer = lot.randrange(EMPLOYERS)
    branches = ["000000", "000001"][: lot.choice((1, 1, 1, 2))]
    return b"".join(
        block(employer, lot.sample(range(PERSONS), lot.randint(1, 9)), branch=branch)
        for branch in branches
    )


def wild(seed: int, files: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents of ``files`` files, every way among them again and again."""
    lot = random.Random(seed)
    ways = list(WAYS.items())
    for number in range(files):
        way, change = ways[number % len(ways)]
        mark = lot.choice(("", "", "_C01", "_S02"))
        yield f"SPS110_{number:05d}-{way}{mark}.TXT", change(right(lot), lot)


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def _changed_line(place: int, old: slice, new: bytes) -> Change:
    """Bytes of a line replaced."""

    def change(content: bytes, _lot: random.Random) -> bytes:
        lines = _lines(content)
        line = lines[place]
        lines[place] = line[: old.start] + new + line[old.stop :]
        return b"".join(lines)

    return change


def _inserted(what: bytes) -> Change:
    def change(content: bytes, lot: random.Random) -> bytes:
        lines = _lines(content)
        lines.insert(lot.randint(1, len(lines)), what)
        return b"".join(lines)

    return change


def _replaced(old: bytes, new: bytes) -> Change:
    return lambda content, _lot: content.replace(old, new)


def _behind(what: bytes) -> Change:
    return lambda content, _lot: content + what


def _person_again(content: bytes, lot: random.Random) -> bytes:
    lines = _lines(content)
    return b"".join([*lines, lot.choice(lines[1:])])


def _large(content: bytes, _lot: random.Random) -> bytes:
    head, detail = _lines(content)[:2]
    return head + detail * 600


WAYS: dict[str, Change] = {
    "right": lambda content, _lot: content,
    "no-last-end": lambda content, _lot: content.removesuffix(b"\r\n"),
    "half-last-end": lambda content, _lot: content.removesuffix(b"\n"),
    "only-cr-behind": _behind(b"\r"),
    "line-feeds": _replaced(b"\r\n", b"\n"),
    "double-cr": _replaced(b"\r\n", b"\r\r\n"),
    "blank-lines": _inserted(b"\r\n"),
    "spaces": _inserted(b"   \r\n"),
    "blank-at-end": _behind(b"\r\n\r\n"),
    "ctrl-z": _behind(b"\x1a"),
    "ctrl-z-line": _behind(b"\x1a\r\n"),
    "total-wrong": _changed_line(0, slice(90, 97), b"1234567"),
    "total-unreadable": _changed_line(0, slice(90, 97), b"ABCDEFG"),
    "count-wrong": _changed_line(0, slice(76, 82), b"000099"),
    "wage-unreadable": _changed_line(1, slice(82, 96), b"0000O016000.00"[:14]),
    "id-wrong": _changed_line(-1, slice(13, 14), b"X"),
    "id-blank": _changed_line(-1, slice(1, 14), b" " * 13),
    "paid-wrong": _changed_line(-1, slice(96, 108), b"000000079900"),
    "rate-wrong": _changed_line(0, slice(72, 76), b"0300"),
    "period-gregorian": _changed_line(0, slice(23, 27), b"1026"),
    "date-wrong": _changed_line(0, slice(17, 23), b"319999"),
    "employer-unknown": _changed_line(0, slice(1, 11), b"9999999999"),
    "title-unknown": _changed_line(1, slice(14, 17), b"ZZZ"),
    "title-other-scheme": _changed_line(1, slice(14, 17), b"001"),
    "name-unmappable": _changed_line(1, slice(17, 20), b"\x81\x98\xfd"),
    "header-short": _changed_line(0, slice(130, 135), b""),
    "header-long": _changed_line(0, slice(135, 135), b"   "),
    "last-line-short": _changed_line(-1, slice(100, 135), b""),
    "type-unknown": _inserted(b"3" + b" " * 134 + b"\r\n"),
    "second-header-short": _inserted(b"1" + b"0" * 50 + b"\r\n"),
    "header-alone": lambda content, _lot: _lines(content)[0],
    "details-alone": lambda content, _lot: b"".join(_lines(content)[1:]),
    "headers-twice": lambda content, _lot: _lines(content)[0] + content,
    "person-again": _person_again,
    "block-again": lambda content, _lot: content + content,
    "one-letter": lambda _content, _lot: b"1",
    "nothing-right": lambda _content, _lot: b"11111\r\n22222\r\nxxxxx\r\n",
    "utf-8": lambda content, _lot: content.decode("cp874").encode(),
    "bom": lambda content, _lot: b"\xef\xbb\xbf" + content,
    "utf-16": lambda content, _lot: content.decode("cp874").encode("utf-16-le"),
    "nul": _changed_line(1, slice(109, 112), b"\0\0\0"),
    "empty": lambda _content, lot: b"" if lot.random() < 0.5 else b"\r\n",
    "packed": lambda content, _lot: gzip.compress(content, mtime=0),
    "tar": _changed_line(1, slice(120, 128), b"ustar  \0"),
    "large": _large,
    "long-line": _inserted(b"2" * 70_000 + b"\r\n"),
    "no-line-ends": _replaced(b"\r\n", b""),
    "carriage-returns": _replaced(b"\r\n", b"\r"),
}

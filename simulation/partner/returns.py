"""The bill-payment return file (H/D/T, 256 bytes a line, CP874, LF), written by the partner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from simulation.partner.payments import Payment

LENGTH = 256
BANK = "099"
ACCOUNT = "0991234567"
COMPANY = "กองทุนประกันสังคม"


def return_name(day: date, sequence: int) -> str:
    """Name of the return file of a day, from the specification page."""
    return f"CSPAY_{day:%Y%m%d}_{sequence:06d}.TXT"


def write_return(folder: Path, payments: Sequence[Payment], day: date, sequence: int) -> Path:
    """Write one evening's file; a temporary name first, as prakan polls the folder."""
    path = folder / return_name(day, sequence)
    records = [_header(day)]
    records += [_detail(number, payment) for number, payment in enumerate(payments, start=2)]
    records.append(_trailer(len(payments) + 2, payments))
    data = b"".join(_line(record) for record in records)
    temporary = folder / f".{path.name}.tmp"
    temporary.write_bytes(data)
    temporary.replace(path)
    return path


def _line(text: str) -> bytes:
    data = text.encode("cp874")
    if len(data) > LENGTH:
        raise ValueError(f"record of {len(data)} bytes: {text[:20]!r}")
    return data.ljust(LENGTH) + b"\n"


def _header(day: date) -> str:
    return f"H{1:06d}{BANK}{ACCOUNT}{COMPANY:<40}{day:%d%m%Y}{'SSOPAY':<8}"


def _detail(number: int, p: Payment) -> str:
    return (
        f"D{number:06d}{BANK}{ACCOUNT}{p.day:%d%m%Y}{p.time}{p.name[:50]:<50}"
        f"{p.reference_1:<20}{p.reference_2:<20}{'':<20}{'0001'}{'T042'}C{'CSH'}{'':<7}"
        f"{p.amount:013d}{'':<3}"
    )


def _trailer(number: int, payments: Sequence[Payment]) -> str:
    total = sum(p.amount for p in payments)
    return f"T{number:06d}{BANK}{ACCOUNT}{0:013d}{0:06d}{total:013d}{len(payments):06d}"

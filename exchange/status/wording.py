"""How amounts, days and moments are written for people."""

from __future__ import annotations

from datetime import date, datetime

from exchange.watch.expectation import BANGKOK

BUDDHIST_ERA = 543
_DAYS = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")
_MONTHS = (
    *("มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน"),
    *("กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"),
)
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def baht(satang: int) -> str:
    """Satang as baht with two decimals and thousands separators."""
    sign = "-" if satang < 0 else ""
    whole, part = divmod(abs(satang), 100)
    return f"{sign}{whole:,}.{part:02d}"


def day_in_thai(day: date) -> str:
    """``วันจันทร์ที่ 30 พฤศจิกายน 2569``: Buddhist era."""
    month = _MONTHS[day.month - 1]
    return f"วัน{_DAYS[day.weekday()]}ที่ {day.day} {month} {day.year + BUDDHIST_ERA}"


def day_in_english(day: date) -> str:
    """``Monday 30 November 2026``, whatever the locale."""
    month = _ENGLISH_MONTHS[day.month - 1]
    return f"{_ENGLISH_DAYS[day.weekday()]} {day.day} {month} {day.year}"


def day_in_buddhist_era(day: date) -> str:
    """``2569-11-30``."""
    return f"{day.year + BUDDHIST_ERA}-{day:%m-%d}"


def moment_in_english(moment: datetime) -> str:
    """``at 19:30 on 2026-11-30``, in Bangkok."""
    at = moment.astimezone(BANGKOK)
    return f"at {at:%H:%M} on {at:%Y-%m-%d}"


def moment_in_thai(moment: datetime) -> str:
    """``19:30 น. วันที่ 2569-11-30``, in Bangkok, Buddhist era."""
    at = moment.astimezone(BANGKOK)
    return f"{at:%H:%M} น. วันที่ {day_in_buddhist_era(at.date())}"


def month(period: int | None) -> str:
    """Gregorian yyyymm as ``11/2569``, the way members know their months; ``-`` for none."""
    if period is None:
        return "-"
    return f"{period % 100:02d}/{period // 100 + BUDDHIST_ERA}"

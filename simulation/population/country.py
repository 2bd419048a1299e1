"""The synthetic country in numbers, read from ``country.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent  # beside the code, so that a wheel carries them
SECTIONS = (33, 39, 40)


@dataclass(frozen=True, slots=True)
class FirstDigit:
    """A first digit of the national ID; ``born`` is ``late`` (1984-06 on), ``early`` or ``any``."""

    digit: int
    weight: int
    born: str


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A distribution: ``values`` at ``shares`` of 65536, straight lines between them."""

    shares: tuple[int, ...]
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """Weights and ranges. Mappings by section have the keys 33, 39 and 40 (habits: 39, 40)."""

    sections: Mapping[int, int]
    ages: Mapping[int, tuple[int, int]]
    begun: Mapping[int, int]
    first_digits: tuple[FirstDigit, ...]
    statuses: Mapping[int, Mapping[str, int]]
    options: Mapping[str, int]
    habits: Mapping[int, Mapping[str, int]]
    man: str
    single_woman: str
    married_woman: str
    channels: Mapping[str, int]
    enrolment_channels: tuple[str, ...]
    occupations: tuple[str, ...]
    thai: str
    aliens: tuple[str, ...]
    wages: Quantiles
    employer_sizes: Quantiles
    employers_closed_per_thousand: int
    employer_types: tuple[str, ...]
    clan_per_thousand: int
    provinces: Mapping[int, int]


@cache
def load_country(path: Path = DATA / "country.toml") -> Country:
    """Read the country; KeyError when a table or key is missing."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Country(
        sections=_by_number(data["sections"]),
        ages={int(section): (low, high) for section, (low, high) in data["ages"].items()},
        begun=_by_number(data["begun"]),
        first_digits=tuple(FirstDigit(**row) for row in data["first_digits"]),
        statuses=_by_number(data["statuses"]),
        options=data["options"],
        habits=_by_number(data["habits"]),
        man=data["titles"]["man"],
        single_woman=data["titles"]["single_woman"],
        married_woman=data["titles"]["married_woman"],
        channels=data["payment_channels"],
        enrolment_channels=tuple(data["enrolment"]["channels"]),
        occupations=tuple(data["enrolment"]["occupations"]),
        thai=data["nationalities"]["thai"],
        aliens=tuple(data["nationalities"]["alien"]),
        wages=Quantiles(tuple(data["wages"]["share"]), tuple(data["wages"]["baht"])),
        employer_sizes=Quantiles(
            tuple(data["employer_sizes"]["share"]), tuple(data["employer_sizes"]["size"])
        ),
        employers_closed_per_thousand=data["employers"]["closed_per_thousand"],
        employer_types=tuple(data["employers"]["types"]),
        clan_per_thousand=data["family_names"]["clan_per_thousand"],
        provinces=_by_number(data["provinces"]),
    )


def _by_number(table: Mapping[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}

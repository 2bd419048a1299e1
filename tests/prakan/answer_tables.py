"""The sample answer to an employer's file: two branches, a line corrected, one refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from exchange.employers.answer_text import AnswerWriter
from exchange.employers.filed_lines import Filed, Found
from exchange.employers.summaries import MONTH_SUMS, Summaries
from interfaces.catalogue import load_catalogue
from interfaces.model import Interface
from tests.prakan import sample_tables as made

PERIOD = 202610
NOTHING = np.zeros(1, np.int64)


def write_answer(path: Path, interface: Interface, *, with_findings: bool) -> None:
    """What became of a filing of six records, all in order or some of them not."""
    filed, found = _lines(with_findings=with_findings), _findings(with_findings=with_findings)
    text = AnswerWriter(interface, load_catalogue()).write(
        filed, found, _summary(filed), encoding="cp874"
    )
    path.write_bytes(text.of(0))


def _lines(*, with_findings: bool) -> Filed:
    people = [None, made.person(0), made.person(1), made.person(3), None, made.person(5)]
    wages = np.array([2_790_075, 1_725_075, 165_000, 900_000, 900_000, 900_000])
    paid = np.array([279_200, 86_300, 8_300, 40_500, 90_000, 45_000])
    outcome = pa.array(["A", "A", "C", "R", "A", "A"] if with_findings else ["A"] * len(people))
    is_header = np.array([True, False, False, False, True, False])
    counts = ~is_header & np.asarray([one != "R" for one in outcome.to_pylist()])
    texts = pa.array([None] * len(people), pa.utf8())
    return Filed(
        file=np.zeros(len(people), np.int64),
        record=np.arange(1, len(people) + 1),
        is_header=is_header,
        outcome=outcome,
        kind=pa.array(["1", "2", "2", "2", "1", "2"]),
        account=pa.array([made.account(0)] * len(people)),
        branch=pa.array(["000000"] * 4 + ["000003"] * 2),
        period=pa.array([PERIOD] * len(people), pa.int32()),
        national_id=pa.array(people),
        given_name=texts,
        family_name=texts,
        wages_satang=wages,
        contribution_satang=paid,
        due_satang=np.where(counts, 2 * paid, 0),
        findings=np.array([0, 0, 1, 1, 0, 0]) * with_findings,
    )


def _findings(*, with_findings: bool) -> Found:
    some = slice(2 if with_findings else 0)
    return Found(
        file=np.zeros(2, np.int64)[some],
        record=np.array([3, 4])[some],
        number=np.array([1, 1])[some],
        line=np.array([2, 3])[some],
        code=pa.array(["FORM_TITLE_SCHEME", "FORM_CONTRIBUTION"])[some],
        effect=pa.array(["W", "R"])[some],
        field=pa.array(["PREFIX", "PAID-AMOUNT"])[some],
        raw=pa.array([b"001", b"000000040500"])[some],
    )


def _summary(lines: Filed) -> Summaries:
    due = int(lines.due_satang.sum())
    refused = lines.outcome.to_pylist().count("R")
    month = dict.fromkeys(MONTH_SUMS, NOTHING)
    month |= {"due": np.array([due]), "outstanding": np.array([due])}
    return Summaries(
        business_date=made.DAY,
        file_id=pa.array(["0f" * 32]),
        name=pa.array([f"SPS110_{made.account(0)}_256910.TXT"]),
        answer_number=np.array([1]),
        account=pa.array([made.account(0)]),
        period=pa.array([PERIOD], pa.int32()),
        result=pa.array(["P" if refused else "A"]),
        reason_code=pa.array([None], pa.utf8()),
        read=np.array([4]),
        accepted=np.array([4 - refused]),
        refused=np.array([refused]),
        declared_satang=np.array([369_200]),
        due_satang=np.array([due]),
        month=month,
    )

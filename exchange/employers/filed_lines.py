"""What became of every record of a batch of filings, as columns: lines and findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchange.employers.line_columns import AMOUNTS, FIELDS, KEYS, LINES_SCHEMA, READ, lines_of
from exchange.home import Home
from exchange.inbound.stored import DETAILS, HEADERS, REJECTED, dataset_folder
from interfaces.catalogue import Catalogue
from interfaces.errors import OutsideFailure
from interfaces.model import Interface, Severity
from ledger.landing import FileState
from parsers.findings import FINDINGS_SCHEMA

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SIDES = 2  # the employer pays what the employee pays (DOMAIN 1, confidence A)

ACCEPTED, CORRECTED, REMARKED, REFUSED = "A", "C", "W", "R"
OUTCOMES = (ACCEPTED, REMARKED, CORRECTED, REFUSED)
"""What is said of a line, the gravest last: accepted as filed; accepted, with a remark; accepted,
and put right by the agency; not accepted."""

CORRECTING = (
    "FORM_NAME",
    "FORM_TITLE",
    "FORM_TITLE_SCHEME",
    "REGISTRATION_HOSPITAL",
    "REGISTRATION_PROVINCE",
    "SHEET_AMOUNT_ROUNDED",
    "SHEET_ID_PADDED",
    "SHEET_NAME_PADDED",
    "SHEET_TEXT_CUT",
    "SHEET_TITLE",
    "SHEET_TITLE_CODE",
)
"""Codes of warnings with which something else counts than was filed: the registered title, a zero
that a spreadsheet lost, an amount in whole satang. The mainframe gets the ID alone and keeps the
registered title and name."""

_EFFECTS = {Severity.REFUSE: "F", Severity.REJECT: "R", Severity.WARN: "W"}


@dataclass(frozen=True, slots=True)
class Filed:
    """The records of a batch of files, by file and record number.

    ``file`` int64: the place of the file in the batch. ``is_header`` tells a block's header.
    ``due_satang``: what the line adds to what the employer owes, both sides; of a header 0.
    ``wages_satang`` and ``contribution_satang`` as filed (a header's: its totals), 0 where there
    is none. Texts are null where the record has no such field or it could not be read.
    """

    file: Ints
    record: Ints
    is_header: Bools
    outcome: pa.Array
    kind: pa.Array
    account: pa.Array
    branch: pa.Array
    period: pa.Array
    national_id: pa.Array
    given_name: pa.Array
    family_name: pa.Array
    wages_satang: Ints
    contribution_satang: Ints
    due_satang: Ints
    findings: Ints

    def __len__(self) -> int:
        return len(self.file)


@dataclass(frozen=True, slots=True)
class Found:
    """The findings of a batch of files, by file and record, each numbered within its record.

    ``effect`` is F (refuses the file), R (the record) or W; ``line`` the place of its record in
    :class:`Filed`, -1 for the file as a whole.
    """

    file: Ints
    record: Ints
    number: Ints
    line: Ints
    code: pa.Array
    effect: pa.Array
    field: pa.Array
    raw: pa.Array

    def __len__(self) -> int:
        return len(self.file)


@dataclass(frozen=True, slots=True)
class Batch:
    """Files of one interface and business date: JUDGED_SCHEMA with the number of the result.

    ``told_on`` is the business date of their answers where it is another: of a copy the one on
    which it came. ``files`` has then a row for each copy, under its own name.
    """

    interface: Interface
    business_date: date
    files: pa.Table
    told_on: date | None = None

    @property
    def day(self) -> date:
        """Business date of the answers."""
        return self.told_on or self.business_date

    @property
    def is_accepted(self) -> Bools:
        """Which files were taken."""
        return _bools(pc.equal(self.files["state"], FileState.ACCEPTED.value))


def filed_lines(
    home: Home,
    batch: Batch,
    catalogue: Catalogue,
    further: pa.Table | None = None,
    reread: pa.Table | None = None,
) -> tuple[Filed, Found]:
    """Lines and findings of a batch; ``further`` findings (FINDINGS_SCHEMA) are told with those
    that receiving left.

    Of an accepted file every record is a line; of a refused one those with findings are. What
    was read of it is not kept: who they are about is told by ``reread`` (LINES_SCHEMA), as far as
    it has them. OutsideFailure when a part that the ledger names is gone.
    """
    ids = batch.files["file_id"].combine_chunks()
    found = _findings(home, batch, ids, further)
    stored = _stored(home, batch, ids)
    if reread is not None:
        stored = pa.concat_tables([stored, reread])
    unread = _only_in_findings(found, stored)
    lines = pa.concat_tables([stored, unread]) if unread.num_rows else stored
    order = np.lexsort((_ints(lines["record"]), _ints(lines["file"])))
    lines = lines.take(pa.array(order)).combine_chunks()
    for name in ("branch", "period"):
        lines = lines.set_column(lines.schema.get_field_index(name), name, _of_block(lines, name))
    if reread is not None and reread.num_rows:
        lines = lines.filter(pa.array(_is_shown(batch, lines, found))).combine_chunks()
    place = _places(lines, found)
    severity = _by_code(found["code"], {c: _EFFECTS[catalogue.severity(c)] for c in _codes(found)})
    outcome, count = _outcomes(batch, lines, found, place, severity)
    accepted = _bools(pc.not_equal(outcome, REFUSED))
    is_header = _bools(lines["is_header"])
    contribution = _ints(lines["contribution"])
    filed = Filed(
        file=_ints(lines["file"]),
        record=_ints(lines["record"]),
        is_header=is_header,
        outcome=outcome,
        kind=_array(lines["kind"]),
        account=_array(lines["account"]),
        period=_array(lines["period"]),
        branch=_array(lines["branch"]),
        national_id=_array(lines["national_id"]),
        given_name=_array(lines["given_name"]),
        family_name=_array(lines["family_name"]),
        wages_satang=_ints(lines["wages"]),
        contribution_satang=contribution,
        due_satang=np.where(accepted & ~is_header, SIDES * contribution, 0),
        findings=count,
    )
    return filed, Found(
        file=_ints(found["file"]),
        record=_ints(found["record_number"]),
        number=_numbers(found),
        line=place,
        code=_array(found["code"]),
        effect=severity,
        field=_array(found["field"]),
        raw=_array(found["raw"]),
    )


def _stored(home: Home, batch: Batch, ids: pa.Array) -> pa.Table:
    """The records that are kept of the accepted files: LINES_SCHEMA, in no order."""
    uris = batch.files["part_uri"].unique().drop_null().to_pylist()
    tables = [LINES_SCHEMA.empty_table()]
    rejected = pc.sum(batch.files.filter(batch.is_accepted)["records_rejected"]).as_py() or 0
    for uri in uris:
        name = Path(uri).name
        for dataset in (HEADERS, DETAILS, REJECTED):
            if dataset == HEADERS and not batch.interface.block_controls:
                continue
            path = dataset_folder(home, batch.interface, dataset, batch.business_date) / name
            if dataset == REJECTED and not rejected and not path.exists():
                continue
            tables.append(lines_of(_read_part(path), ids, dataset))
    return pa.concat_tables(tables)


def _read_part(path: Path) -> pa.Table:
    if not path.is_file():
        raise OutsideFailure(
            f"{path} is gone, which the ledger says holds records; restore the datasets and "
            "findings folders from backup, then run again"
        )
    names = set(pq.read_schema(path).names)
    return pq.read_table(path, columns=[*KEYS, *(n for n in READ if n in names)], partitioning=None)


def _findings(home: Home, batch: Batch, ids: pa.Array, further: pa.Table | None) -> pa.Table:
    """Findings of the files with the file's place, by file and record number."""
    tables = [] if further is None else [further]
    for uri in batch.files["findings_uri"].unique().drop_null().to_pylist():
        path = home.root / uri
        if not path.is_file():
            raise OutsideFailure(
                f"{path}: these findings are gone; restore the findings folder from backup"
            )
        tables.append(pq.read_table(path, schema=FINDINGS_SCHEMA, partitioning=None))
    found = pa.concat_tables(tables) if tables else FINDINGS_SCHEMA.empty_table()
    place = pc.index_in(found["file_id"], value_set=ids)
    found = found.append_column("file", place.cast(pa.int64())).filter(place.is_valid())
    order = np.lexsort((_ints(found["record_number"]), _ints(found["file"])))
    return found.take(pa.array(order)).combine_chunks()


def _is_shown(batch: Batch, lines: pa.Table, found: pa.Table) -> Bools:
    """Which lines an answer has: all of accepted files, of refused ones those with findings."""
    place = _places(lines, found)
    shown = batch.is_accepted[_ints(lines["file"])]
    shown[place[place >= 0]] = True
    return shown


def _only_in_findings(found: pa.Table, stored: pa.Table) -> pa.Table:
    """Records that nothing but findings tells of: LINES_SCHEMA, each once."""
    records = found.filter(pc.greater(found["record_number"], 0)).select(["file", "record_number"])
    records = records.rename_columns(["file", "record"]).group_by(["file", "record"]).aggregate([])
    keys = ["file", "record"]
    unread = records.join(stored.select(keys), keys, join_type="left anti")
    rows = unread.num_rows
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "file": unread["file"],
        "record": unread["record"],
        "is_header": pa.repeat(pa.scalar(value=False), rows),
        "is_taken": pa.repeat(pa.scalar(value=True), rows),  # unless a finding says otherwise
        **{name: pa.nulls(rows, LINES_SCHEMA.field(name).type) for name in FIELDS},
        **{name: pa.repeat(pa.scalar(0, pa.int64()), rows) for name in AMOUNTS},
    }
    return pa.table(columns, schema=LINES_SCHEMA)


def _places(lines: pa.Table, found: pa.Table) -> Ints:
    """The line of each finding, -1 for the file as a whole."""
    if not lines.num_rows:
        return np.full(found.num_rows, -1, np.int64)
    # Both are in the same order, so that a place is found by counting.
    width = int(max(_most(lines["record"]), _most(found["record_number"]))) + 1
    keys = _ints(lines["file"]) * width + _ints(lines["record"])
    wanted = _ints(found["file"]) * width + _ints(found["record_number"])
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


def _outcomes(
    batch: Batch, lines: pa.Table, found: pa.Table, place: Ints, effect: pa.Array
) -> tuple[pa.Array, Ints]:
    """What is said of each line, and the number of its findings."""
    grade = np.zeros(lines.num_rows, np.int64)
    about = place >= 0
    codes = pa.array(CORRECTING, pa.utf8())
    for wanted, of_findings in (
        (REMARKED, np.ones(len(place), np.bool_)),
        (CORRECTED, _bools(pc.is_in(found["code"], value_set=codes))),
        (REFUSED, _bools(pc.not_equal(effect, _EFFECTS[Severity.WARN]))),
    ):
        grade[place[about & of_findings]] = OUTCOMES.index(wanted)
    refused = ~_bools(lines["is_taken"]) | ~batch.is_accepted[_ints(lines["file"])]
    grade[refused] = OUTCOMES.index(REFUSED)
    counts = np.bincount(place[about], minlength=lines.num_rows).astype(np.int64)
    return pa.array(OUTCOMES, pa.utf8()).take(pa.array(grade)), counts


def _of_block(lines: pa.Table, name: str) -> pa.Array:
    """The line's own value, else that of the header before in the same file."""
    own = _array(lines[name])
    is_header = _bools(lines["is_header"])
    if not is_header.any():
        return own
    position = np.where(is_header, np.arange(len(own)), -1)
    header = np.maximum.accumulate(position)
    file = _ints(lines["file"])
    known = (header >= 0) & (file[np.maximum(header, 0)] == file)
    of_header = own.take(pa.array(header, mask=~known))
    return pc.coalesce(own, of_header)


def _numbers(found: pa.Table) -> Ints:
    """1, 2, … within each record; findings of a record stand together."""
    file, record = _ints(found["file"]), _ints(found["record_number"])
    if not len(file):
        return np.zeros(0, np.int64)
    begins = np.append(True, (file[1:] != file[:-1]) | (record[1:] != record[:-1]))
    place = np.arange(len(file))
    return place - np.maximum.accumulate(np.where(begins, place, 0)) + 1


def _codes(found: pa.Table) -> list[str]:
    return list(found["code"].unique().to_pylist())


def _by_code(codes: pa.ChunkedArray, values: dict[str, str]) -> pa.Array:
    place = pc.index_in(_array(codes), value_set=pa.array(list(values), pa.utf8()))
    return pa.array(list(values.values()), pa.utf8()).take(place)


def _most(column: pa.ChunkedArray) -> int:
    return int(pc.max(column).as_py() or 0)


def _array(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(_array(column), np.int64)


def _bools(column: pa.Array | pa.ChunkedArray) -> Bools:
    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(plain.to_numpy(zero_copy_only=False), np.bool_)

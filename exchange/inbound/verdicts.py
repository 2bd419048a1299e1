"""Verdicts on contents that came under several names, at once or one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchange.inbound.arrival import Arrival, with_standing
from exchange.site import Site
from ledger.files import FileResult
from ledger.landing import FileState
from ledger.listing import standings
from parsers.findings import FINDINGS_SCHEMA


def unless_repeated(
    site: Site, results: Sequence[FileResult], before: Mapping[str, FileResult]
) -> list[FileResult]:
    """The results, in their order; that of ``before`` (by file id) in place of one that refuses the
    same file again and finds the very same: nothing is new, and nobody is answered again."""
    doubtful = [
        (after, before[after.file_id])
        for after in results
        if after.file_id in before and _is_alike(after, before[after.file_id])
    ]
    parts: dict[str, set[str]] = {}
    for pair in doubtful:
        for one in pair:
            parts.setdefault(one.findings_uri or "", set()).add(one.file_id)
    read = {uri: _findings(site.home.root / uri, ids) for uri, ids in parts.items() if uri}
    kept = {
        old.file_id: old
        for new, old in doubtful
        if _told(read, new) is not None and _told(read, new) == _told(read, old)
    }
    return [kept.get(one.file_id, one) for one in results]


def _is_alike(one: FileResult, other: FileResult) -> bool:
    """Whether two results differ in nothing but where their findings lie."""
    is_refused = one.state is other.state is FileState.QUARANTINED
    return is_refused and replace(one, findings_uri=other.findings_uri) == other


def _findings(path: Path, file_ids: set[str]) -> dict[str, list[dict[str, object]]]:
    """What was found in these files, by file; none of a part that is gone."""
    if not path.is_file():
        return {}
    among = pc.field("file_id").isin(pa.array(sorted(file_ids), pa.utf8()))
    found = pq.read_table(path, schema=FINDINGS_SCHEMA, partitioning=None, filters=among)
    told: dict[str, list[dict[str, object]]] = {file_id: [] for file_id in file_ids}
    for row in found.to_pylist():
        told[str(row["file_id"])].append(row)
    return told


def _told(
    read: Mapping[str, Mapping[str, list[dict[str, object]]]], result: FileResult
) -> list[tuple[str, ...]] | None:
    rows = read.get(result.findings_uri or "", {}).get(result.file_id)
    return None if rows is None else sorted(tuple(map(repr, row.values())) for row in rows)


def turns(arrivals: Sequence[Arrival]) -> list[list[int]]:
    """Places of arrivals in the turns in which they are looked at: first whatever is not a copy of
    another one, then a copy of each content, then the other copies."""
    first, second, third = list[int](), list[int](), list[int]()
    seen: set[str] = set()
    for place, arrival in enumerate(arrivals):
        if not arrival.awaits_verdict:
            first.append(place)
            continue
        is_further = arrival.file.file_id in seen
        (third if is_further else second).append(place)
        seen.add(arrival.file.file_id)
    return [turn for turn in (first, second, third) if turn]


def with_verdicts(site: Site, copies: Sequence[Arrival]) -> list[Arrival]:
    """Copies with what became of their contents by now."""
    known = standings(site.ledger, [copy.file.file_id for copy in copies])
    return [with_standing(copy, known[copy.file.file_id]) for copy in copies]

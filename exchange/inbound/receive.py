"""Receive: landed files are decoded, validated and stored; each ends accepted or quarantined.

Files are handled in batches: many small ones share one part and one transaction, a large one
is a batch of its own and streams straight into its part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date

from exchange.inbound.arrival import Arrival
from exchange.inbound.before_reading import (
    FILE_EMPTY,
    about_name,
    copy_code,
    number_complaints,
    refused_unread,
)
from exchange.inbound.complaints import Complaint, complaint_findings
from exchange.inbound.stored import (
    DETAILS,
    BatchStore,
    dataset_folder,
    stored_schemas,
)
from exchange.inbound.streaming import expected_records, store_file
from exchange.inbound.verdicts import turns, unless_repeated, with_verdicts
from exchange.parts import PartWriter, new_part, part_name
from exchange.settlement.repeated import Credits
from exchange.site import Site
from interfaces.model import Kind, Severity
from ledger.files import FileResult, record_results
from ledger.landing import FileState
from parsers.copybook import load_layout
from parsers.findings import FINDINGS_SCHEMA
from parsers.layout import Record
from parsers.streams import LARGEST_UNPACKED
from validation.declared import DeclaredChecks
from validation.references import References
from validation.validate import FileValidator, FileVerdict

LARGE_FILE = 16 << 20
BATCH_FILES = 1000
BATCH_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one file. ``repeated`` says that an earlier run had already decided."""

    file_id: str
    name: str
    interface: str | None
    state: FileState
    read: int
    accepted: int
    rejected: int
    repeated: bool
    duplicate_of: str | None = None

    @property
    def is_quarantined(self) -> bool:
        """Whether nothing of the file was taken."""
        return self.state is FileState.QUARANTINED


def receive(
    site: Site, business_date: date, arrivals: Sequence[Arrival], references: References
) -> list[Received]:
    """Bring every arrival to its result; the order of the answer is that of ``arrivals``.

    Accepted rows go to ``datasets/``, findings to ``findings/``, results to the ledger, in
    that order: a crash in between leaves parts that nobody reads and that the re-run replaces
    with the same bytes.

    An employer's content that is there under several names ends as if they had come one after
    the other, but that it is judged under three of them at most.
    """
    done: dict[int, Received] = {}
    for places in turns(arrivals):
        now = [arrivals[place] for place in places]
        if any(arrival.awaits_verdict for arrival in now):
            now = with_verdicts(site, now)
        judged = _judge(site, business_date, now, references)
        done |= dict(zip(places, judged, strict=True))
    return [done[place] for place in range(len(arrivals))]


def _judge(
    site: Site, business_date: date, arrivals: Sequence[Arrival], references: References
) -> list[Received]:
    results: dict[str, FileResult] = {}
    undecided = [
        a
        for a in arrivals
        if a.is_set_right or a.is_judged_again or not (a.is_finished or a.is_duplicate)
    ]
    again = {a.file.file_id: a.standing.result for a in undecided if a.is_judged_again}
    before = {file_id: result for file_id, result in again.items() if result is not None}
    todo = list({arrival.file.file_id: arrival for arrival in undecided}.values())
    for arrival in arrivals:
        if arrival.is_duplicate:
            _tell(site, business_date, arrival, [about_name(arrival, copy_code(arrival))])
        elif arrival.is_empty_again:
            _tell(site, business_date, arrival, [about_name(arrival, FILE_EMPTY)])
    numbers = number_complaints(site, todo)
    for arrival in todo:
        refusal = refused_unread(arrival)
        if refusal:
            told = [*refusal, *numbers.get(arrival.file.file_id, ())]
            results[arrival.file.file_id] = _refuse(site, business_date, arrival, told)
    by_interface: dict[str, list[Arrival]] = {}
    for arrival in todo:
        if arrival.file.file_id not in results and arrival.interface is not None:
            by_interface.setdefault(arrival.interface.id, []).append(arrival)
    record_results(site.ledger, list(results.values()), recorded_at=site.clock())
    credits = Credits(site)
    for group in by_interface.values():
        for batch in _batches(group):
            done = unless_repeated(
                site, _process(site, batch, references, numbers, credits), before
            )
            record_results(site.ledger, done, recorded_at=site.clock())
            results |= {result.file_id: result for result in done}
    return [_received(arrival, results.get(arrival.file.file_id)) for arrival in arrivals]


def _refuse(
    site: Site, business_date: date, arrival: Arrival, complaints: Sequence[Complaint]
) -> FileResult:
    """Quarantine a file unread."""
    return FileResult(
        file_id=arrival.file.file_id,
        state=FileState.QUARANTINED,
        records_read=0,
        records_accepted=0,
        records_rejected=0,
        controls={},
        findings_uri=_tell(site, business_date, arrival, complaints),
    )


def _tell(
    site: Site, business_date: date, arrival: Arrival, complaints: Sequence[Complaint]
) -> str:
    """Store findings about a file as a whole; returns the part's path in the home."""
    interface = arrival.interface.name if arrival.interface else "unknown"
    name = part_name([arrival.file.file_id, arrival.file.name])
    target = site.home.findings(interface, business_date) / name
    with new_part(target, FINDINGS_SCHEMA) as part:
        for batch in complaint_findings(arrival.file.file_id, complaints).to_batches():
            part.write(batch)
    return site.home.relative(target)


def _batches(arrivals: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """Small files together, a large one alone; files of one business date only."""
    batch: list[Arrival] = []
    size = 0
    for arrival in sorted(arrivals, key=lambda a: (a.file.business_date, a.file.file_id)):
        alone = arrival.file.size_bytes >= LARGE_FILE
        full = len(batch) >= BATCH_FILES or size + arrival.file.size_bytes > BATCH_BYTES
        other_day = bool(batch) and batch[0].file.business_date != arrival.file.business_date
        if batch and (alone or full or other_day):
            yield batch
            batch, size = [], 0
        batch.append(arrival)
        size += arrival.file.size_bytes
        if alone:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _process(
    site: Site,
    batch: Sequence[Arrival],
    references: References,
    numbers: Mapping[str, Sequence[Complaint]],
    credits: Credits,
) -> list[FileResult]:
    interface = batch[0].interface
    if interface is None:
        raise ValueError("a file without an interface cannot be decoded")
    day = batch[0].file.business_date
    name = part_name(a.file.file_id for a in batch)
    findings_path = site.home.findings(interface.name, day) / name
    layout = load_layout(interface)
    declared = DeclaredChecks(interface, layout, site.catalogue, references)
    verdicts: dict[str, FileVerdict] = {}
    with ExitStack() as parts:
        findings = parts.enter_context(new_part(findings_path, FINDINGS_SCHEMA))
        writers = {
            dataset: parts.enter_context(
                new_part(dataset_folder(site.home, interface, dataset, day) / name, schema)
            )
            for dataset, schema in stored_schemas(interface, layout).items()
        }
        store = BatchStore(writers, single=len(batch) == 1)
        for arrival in batch:
            told = numbers.get(arrival.file.file_id, ())
            for found in complaint_findings(arrival.file.file_id, told).to_batches():
                findings.write(found)
            verdict = _read(site, arrival, layout, declared, store, findings)
            if any(site.catalogue.severity(one.code) is Severity.REFUSE for one in told):
                verdict = replace(verdict, refused=True)
            if interface.kind is Kind.SETTLEMENT and not verdict.refused:
                repeated = credits.complaint(arrival, interface)
                if repeated is not None:
                    for found in complaint_findings(arrival.file.file_id, [repeated]).to_batches():
                        findings.write(found)
                    verdict = replace(verdict, refused=True)
            verdicts[arrival.file.file_id] = verdict
            store.settle(keep=not verdict.refused)
        if all(verdict.refused for verdict in verdicts.values()):
            store.abandon()
    part = site.home.relative(dataset_folder(site.home, interface, DETAILS, day) / name)
    further = {a.file.file_id: a.file.name for a in batch if a.is_judged_again}
    return [
        FileResult(
            file_id=file_id,
            state=FileState.QUARANTINED if verdict.refused else FileState.ACCEPTED,
            records_read=verdict.read,
            records_accepted=0 if verdict.refused else verdict.accepted,
            records_rejected=verdict.read if verdict.refused else verdict.rejected,
            controls=verdict.controls,
            part_uri=None if verdict.refused else part,
            findings_uri=site.home.relative(findings_path),
            judged_as=further.get(file_id),
        )
        for file_id, verdict in verdicts.items()
    ]


def _read(
    site: Site,
    arrival: Arrival,
    layout: tuple[Record, ...],
    declared: DeclaredChecks,
    store: BatchStore,
    findings: PartWriter,
) -> FileVerdict:
    interface = declared.interface
    validator = FileValidator(
        interface,
        layout,
        declared.catalogue,
        declared.references,
        control_context(arrival),
        file_id=arrival.file.file_id,
        expected_records=expected_records(layout, arrival.file.size_bytes),
        declared=declared,
    )
    return store_file(
        arrival.path,
        interface,
        validator,
        site.catalogue,
        store,
        findings,
        arrival.file.file_id,
        manifest=arrival.manifest,
        largest_unpacked=arrival.largest or LARGEST_UNPACKED,
        name=arrival.file.name,
    )


def control_context(arrival: Arrival) -> dict[str, object]:
    """What a file's header must agree with: the date and number that its name announces."""
    context: dict[str, object] = {}
    if arrival.name.business_date is not None:
        context["business_date"] = arrival.name.business_date
    if arrival.name.sequence is not None:
        context["sequence"] = arrival.name.sequence
    return context


def _received(arrival: Arrival, result: FileResult | None) -> Received:
    """The result of this run, else that of an earlier one: whatever happened to the file since,
    a refused one is still refused."""
    repeated = result is None
    result = result or arrival.standing.result
    return Received(
        file_id=arrival.file.file_id,
        name=arrival.file.name,
        interface=arrival.interface.name if arrival.interface else None,
        state=result.state if result else arrival.standing.state,
        read=result.records_read if result else 0,
        accepted=result.records_accepted if result else 0,
        rejected=result.records_rejected if result else 0,
        repeated=repeated,
        duplicate_of=arrival.other if arrival.is_duplicate else None,
    )

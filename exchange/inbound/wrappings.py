"""How a file came, as the ledger keeps it: an event of the file with the hashes of everything
that was received, the envelope that links a seal to its contents, and the audit's movements."""

from __future__ import annotations

from exchange.inbound.opening import Unwrapped, Wrapping, landed_before
from exchange.site import Site
from interfaces.policies import SealKind
from ledger.audit import record_movements
from ledger.chain import Entry
from ledger.envelopes import Envelope, record_envelope
from ledger.files import FileStanding, events_of, record_events


def record_wrapping(site: Site, unwrapped: Unwrapped, standing: FileStanding) -> None:
    """Record how a file came, once for each way: a run that is repeated changes nothing.

    Files that came neither sealed nor with a manifest have nothing to record.
    """
    wrapping = unwrapped.wrapping
    if wrapping is None:
        return
    file_id, detail, now = unwrapped.content.file_id, wrapping.as_detail(), site.clock()
    if any(dict(event.detail) == detail for event in events_of(site.ledger, file_id)):
        return
    if unwrapped.opened or wrapping.manifest is not None:
        record_envelope(
            site.ledger,
            Envelope(
                file_id=file_id,
                sealed_id=wrapping.received.file_id,
                name=str(detail["came_as"]),
                kind=SealKind.OPENPGP if unwrapped.opened else SealKind.NONE,
                signer=unwrapped.signer,
                manifest_sha256=wrapping.manifest.file_id if wrapping.manifest else None,
                manifest_signer=unwrapped.manifest_signer,
            ),
            recorded_at=now,
        )
    moved: list[Entry] = [
        ("landed", file_id, {"sha256": one.file_id, "name": detail["came_as"], "as": what})
        for what, one in (
            ("received", wrapping.received),
            ("manifest", wrapping.manifest),
            ("signature", wrapping.signature),
        )
        if one is not None
    ]
    if unwrapped.opened:
        inside = {"sealed": wrapping.received.file_id, "signer": unwrapped.signer or ""}
        moved.append(("opened", file_id, inside))
    record_movements(site.ledger, moved, recorded_at=now)
    record_events(site.ledger, [file_id], standing.state, recorded_at=now, detail=detail)


def last_wrapping(site: Site, file_id: str) -> Wrapping | None:
    """How a file came the last time; None when it came bare."""
    for event in reversed(events_of(site.ledger, file_id)):
        wrapping = landed_before(site, event.detail)
        if wrapping is not None:
            return wrapping
    return None


def tell_what_was_inside(site: Site, sealed: FileStanding, file_id: str) -> None:
    """Record that a sealed file was opened after all, and which file was inside."""
    record_events(
        site.ledger,
        [sealed.file.file_id],
        sealed.state,
        recorded_at=site.clock(),
        detail={"opened_as": file_id},
    )

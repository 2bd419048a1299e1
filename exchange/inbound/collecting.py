"""Collecting from one partner's folder as its declaration says, and letting go of its copies.

Between the two the files are received. What the partner has is touched only when the very bytes
are found in our landing folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.errors import ContentDiffers, ExchangeError
from exchange.inbound.landed import is_landed
from exchange.inbound.opening import plain_name
from exchange.remote.fetch import (
    Fetched,
    Reason,
    Refused,
    collect,
    companion_names,
    forget,
    settle_collected,
)
from exchange.remote.sftp import SftpClient
from exchange.site import Site
from interfaces.partners import Partner
from interfaces.policies import CollectPolicy
from ledger.audit import record_movements
from ledger.chain import Entry


@dataclass(frozen=True, slots=True)
class Collection:
    """What one poll of a partner's folder brought.

    ``paths`` are to be received: the ``fetched`` files, and the ``earlier`` ones that another
    run fetched and did not come to receive. ``refused`` stayed at the partner: what waits for
    its manifest, what is too large, what has a hostile name, what nobody wants.
    """

    paths: tuple[Path, ...]
    fetched: tuple[Fetched, ...]
    earlier: tuple[Fetched, ...]
    refused: tuple[Refused, ...]


def collect_from(
    site: Site,
    partner: Partner,
    client: SftpClient,
    folder: str,
    *,
    wanted: Callable[[str], bool],
) -> Collection:
    """Fetch what is whole. ``wanted`` is asked for a file's own name, without what a seal adds.

    Companions of files that were settled before a crash are settled here.
    """
    into = site.home.partner_inbox(partner.name)

    def is_wanted(name: str) -> bool:
        return wanted(plain_name(partner, name))

    found = collect(
        client,
        folder,
        into,
        policy=partner.publish,
        collecting=partner.collect,
        wanted=is_wanted,
    )
    _record(
        site,
        (
            ("fetched", one.sha256, _detail(partner, one))
            for whole in found.fetched
            for one in whole.all_files
        ),
    )
    lonely = [
        Refused(stray.name, Reason.WAITING, "waits for its file")
        for stray in found.strays
        if not _settled_stray(site, partner, client, folder, stray)
    ]
    now = {one.path for one in found.fetched}
    # What another run fetched may be of a later day than this one takes in.
    earlier = tuple(
        one
        for one in left_behind(into, partner.collect)
        if one.path not in now and is_wanted(one.name)
    )
    return Collection(
        paths=tuple(one.path for one in (*earlier, *found.fetched)),
        fetched=found.fetched,
        earlier=earlier,
        refused=(*found.refused, *lonely),
    )


def let_go(
    site: Site, partner: Partner, client: SftpClient, folder: str, collection: Collection
) -> None:
    """Move or remove the partner's copies of what was received, and forget our fetched ones.

    ExchangeError when ours are not landed. ContentDiffers when the partner has put another file
    in the place of one, after all others were settled.
    """
    changed: ContentDiffers | None = None
    for one in collection.earlier:
        _demand_landed(site, one)
        forget(one)
    for one in collection.fetched:
        _demand_landed(site, one)
        forget(one)
        try:
            _settle(site, partner, client, folder, one)
        except ContentDiffers as error:
            changed = changed or error
    if changed is not None:
        raise changed


def left_behind(into: Path, policy: CollectPolicy) -> Iterator[Fetched]:
    """Files that lie fetched in a partner's inbox, with their companions, by path.

    A run that died between fetching and landing leaves them. They are complete: they got their
    names last. The partner may have taken its own copy back since.
    """
    if not into.is_dir():
        return
    paths = [path for path in sorted(into.glob("[0-9a-f]*/*")) if path.is_file()]
    names = {path: companion_names(path.name, policy) for path in paths}
    beside = {path.with_name(name) for path, found in names.items() for name in found}
    for path in paths:
        if path in beside:
            continue
        companions = [path.with_name(name) for name in names[path]]
        if all(companion.is_file() for companion in companions):
            yield Fetched(
                path.name,
                path,
                path.parent.name,
                path.stat().st_size,
                None,
                tuple(Fetched(c.name, c, "", c.stat().st_size, None) for c in companions),
            )


def _settled_stray(
    site: Site, partner: Partner, client: SftpClient, folder: str, stray: Fetched
) -> bool:
    """A manifest without its file whose very bytes are landed belongs to a file that is settled:
    a crash kept us from settling it too."""
    is_ours = is_landed(site, stray.sha256)
    forget(stray)
    if is_ours:
        _settle(site, partner, client, folder, stray)
    return is_ours


def _settle(
    site: Site, partner: Partner, client: SftpClient, folder: str, fetched: Fetched
) -> None:
    settled = settle_collected(client, folder, fetched, partner.collect)
    _record(
        site,
        (
            (one.kind, one.sha256, {"partner": partner.name, "name": one.name, "path": one.path})
            for one in settled
        ),
    )


def _demand_landed(site: Site, fetched: Fetched) -> None:
    for one in fetched.all_files:
        if one.sha256 and not is_landed(site, one.sha256):
            raise ExchangeError(
                f"{one.name}: our copy {one.sha256[:12]} is not in the landing folder; the "
                "partner's stays where it is; run again"
            )


def _detail(partner: Partner, fetched: Fetched) -> dict[str, object]:
    return {"partner": partner.name, "name": fetched.name, "size": fetched.size}


def _record(site: Site, entries: Iterator[Entry] | Sequence[Entry]) -> None:
    moved = list(entries)
    if moved:
        record_movements(site.ledger, moved, recorded_at=site.clock())

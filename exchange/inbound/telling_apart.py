"""What is to be done with each file of a batch: new, begun or decided before, or one by itself.

Joined are only files of which nothing doubtful is known: a content and a name that nobody had
before, or a landing of ours that a crash left without its result. Copies, names that come again
and whatever else has a history go the usual way, where their history is weighed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from exchange.inbound.packs import by_id
from exchange.inbound.reading import Digests, ReadFiles
from exchange.inbound.recognising import recorded_name
from exchange.site import Site
from interfaces.model import Interface
from ledger.files import FileStanding
from ledger.landing import Direction, FileState
from ledger.listing import standings
from ledger.packs import known_names, packs_of
from parsers.rows import Ints
from validation.bitmask import Mask


@dataclass(frozen=True, eq=False, slots=True)
class Apart:
    """Files by their places among those that were read. ``new``: to be landed as a pack; ``begun``:
    landed before in the pack of that id, without a result; ``decided``: had their result before,
    under the same name; ``alone``: all others."""

    new: Ints
    begun: dict[str, Ints]
    decided: dict[int, FileStanding]
    alone: list[int]


def told_apart(
    site: Site, business_date: date, interface: Interface | None, found: ReadFiles, is_taken: Mask
) -> Apart:
    """Compare the files of a batch with each other and with the ledger.

    ``is_taken``: which of them can be joined, as files of ``interface``.
    """
    ids = found.file_ids
    packs = packs_of(site.ledger, ids)
    known = standings(site.ledger, list(packs)) if packs else {}
    is_plain = is_taken & ~_are_copies(found.digests)
    if packs:
        is_plain &= ~np.fromiter((one in packs for one in ids), np.bool_, len(ids))
    others = np.flatnonzero(~is_plain).tolist()
    first = _first_names((ids[file], found.names[file]) for file in others)
    new: list[int] = []
    begun: dict[str, list[int]] = {}
    decided: dict[int, FileStanding] = {}
    alone: list[int] = []
    for file in others:
        file_id, name = ids[file], found.names[file]
        standing, pack = known.get(file_id), packs.get(file_id)
        if standing is not None and _is_decided(standing, name):
            decided[file] = standing
        elif is_taken[file] and file_id not in packs and first[file_id] == name:
            new.append(file)
        elif (
            is_taken[file]
            and standing is not None
            and pack is not None
            and _is_begun(standing, name, business_date, interface)
        ):
            begun.setdefault(pack, []).append(file)
        else:
            alone.append(file)
    chosen = np.sort(np.append(np.flatnonzero(is_plain), np.array(new, np.int64)))
    names = [found.names[file] for file in chosen.tolist()]
    had = known_names(site.ledger, names) if names else set()
    if had:
        is_had = np.fromiter((name in had for name in names), np.bool_, len(names))
        alone += chosen[is_had].tolist()
        chosen = chosen[~is_had]
    of_packs = {pack: np.array(files, np.int64) for pack, files in begun.items()}
    return Apart(chosen, of_packs, decided, alone)


def _are_copies(digests: Digests) -> Mask:
    """Which contents are there more than once."""
    order = by_id(digests)
    ordered = digests[order]
    same = np.zeros(len(order) + 1, np.bool_)
    same[1:-1] = (ordered[1:] == ordered[:-1]).all(axis=1)
    found: Mask = np.zeros(len(order), np.bool_)
    found[order] = same[1:] | same[:-1]
    return found


def _is_decided(standing: FileStanding, name: str) -> bool:
    """Whether an earlier run came to a result on this content under this name."""
    file = standing.file
    return (
        file.name == recorded_name(name)
        and file.direction is Direction.INBOUND
        and file.partner is None
        and standing.state is not FileState.LANDED
    )


def _is_begun(
    standing: FileStanding, name: str, business_date: date, interface: Interface | None
) -> bool:
    """Whether an earlier run of the same day landed it in a pack and came no further."""
    file = standing.file
    return (
        interface is not None
        and file.name == name
        and file.business_date == business_date
        and (file.interface, file.version) == (interface.name, interface.version)
        and standing.state is FileState.LANDED
    )


def _first_names(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first name of each content in this batch, by id: the others are copies of it."""
    first: dict[str, str] = {}
    for file_id, name in files:
        first[file_id] = min(name, first.get(file_id, name))
    return first

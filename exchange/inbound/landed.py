"""Where landed bytes lie: a file by itself, or within the pack that it landed in.

Whoever reads landed bytes asks here. A member of a pack is taken out of it when it is asked for,
its hash is proven, and from then on it lies by itself too.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from exchange.home import Home, new_temporary
from exchange.inbound.landing import keep_as_landed, landing_folder
from exchange.site import Site
from interfaces.errors import OutsideFailure
from ledger.packs import PackPlace, place_of


def landed_path(site: Site, file_id: str) -> Path:
    """Our copy of a received file, by itself; the path where it belongs when there is none.

    OutsideFailure when its pack is gone or is not what it was.
    """
    path = site.home.landing(file_id)
    if path.is_file():
        return path
    place = place_of(site.ledger, file_id)
    return path if place is None else _taken_out(site.home, place)


def is_landed(site: Site, file_id: str) -> bool:
    """Whether we have the bytes of that hash; nothing is taken out of a pack."""
    if site.home.landing(file_id).is_file():
        return True
    place = place_of(site.ledger, file_id)
    return place is not None and pack_path(site.home, place.pack_id).is_file()


def landed_bytes(site: Site, file_id: str) -> bytes:
    """The bytes of a received file, wherever they lie; nothing is taken out of a pack.

    OutsideFailure when they are gone or their pack is not what it was.
    """
    path = site.home.landing(file_id)
    if not path.is_file():
        place = place_of(site.ledger, file_id)
        if place is not None:
            return _read(pack_path(site.home, place.pack_id), place)
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutsideFailure(
            f"{path} cannot be read: {error.strerror}; restore the landing folder from the "
            "backup, then run again"
        ) from error


def where_landed(site: Site, file_id: str) -> str | None:
    """Where the bytes lie, for people: a path in the home, and the bytes of it where it is a
    pack; None when they are gone."""
    path = site.home.landing(file_id)
    if path.is_file():
        return site.home.relative(path)
    place = place_of(site.ledger, file_id)
    if place is None or not pack_path(site.home, place.pack_id).is_file():
        return None
    pack = site.home.relative(pack_path(site.home, place.pack_id))
    return f"{pack}, {place.size_bytes} bytes from {place.offset}"


def pack_path(home: Home, pack_id: str) -> Path:
    """Where a pack lies."""
    return landing_folder(home) / "packs" / pack_id[:2] / f"{pack_id}.pack"


def _taken_out(home: Home, place: PackPlace) -> Path:
    pack = pack_path(home, place.pack_id)
    content = _read(pack, place)
    arriving = new_temporary(landing_folder(home))
    try:
        arriving.write_bytes(content)
        landed = keep_as_landed(
            arriving, home, sha256=place.file_id, name=place.file_id, size=place.size_bytes
        )
    finally:
        arriving.unlink(missing_ok=True)
    return landed.path


def _read(pack: Path, place: PackPlace) -> bytes:
    try:
        with pack.open("rb") as reader:
            reader.seek(place.offset)
            content = reader.read(place.size_bytes)
    except OSError as error:
        raise OutsideFailure(
            f"{pack} cannot be read, in which {place.file_id[:12]} lies: {error.strerror}; "
            "restore the landing folder from the backup, then run again"
        ) from error
    if hashlib.sha256(content).hexdigest() != place.file_id:
        raise OutsideFailure(
            f"{pack} is not what it was: {place.size_bytes} bytes from {place.offset} are not "
            f"{place.file_id[:12]}; restore the landing folder from the backup, then run again"
        )
    return content

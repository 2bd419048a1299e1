"""What decodes the records of an interface, kept for the next file of it.

Making programs and schemas takes a millisecond or two: longer than decoding a small file.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock
from typing import Final

from interfaces.model import Interface
from parsers.arrow_types import record_named
from parsers.codepages import CodePage
from parsers.kernels.decoder import CompiledRecordDecoder
from parsers.kernels.records import Recogniser
from parsers.layout import Record

MOST_PREPARED: Final = 64

_Key = tuple[str, int, frozenset[str] | None]


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """Decoders by record rule, and what tells the records apart (None: numpy must). They hold
    nothing of a file and may be used by several threads."""

    interface: Interface
    layout: tuple[Record, ...]
    decoders: tuple[CompiledRecordDecoder, ...]
    recogniser: Recogniser | None

    def is_for(self, interface: Interface, layout: tuple[Record, ...]) -> bool:
        """Whether it was made for them. A copybook that has changed makes another layout."""
        if layout is not self.layout:
            return False
        return interface is self.interface or interface == self.interface


_lock = Lock()
_kept: OrderedDict[_Key, Prepared] = OrderedDict()


def prepared(
    interface: Interface,
    layout: tuple[Record, ...],
    page: CodePage,
    columns: Collection[str] | None,
) -> Prepared:
    """Decoders of all records of an interface, for all columns or those at the top asked for.

    ``layout`` is that of :func:`parsers.copybook.load_layout`. Raises what making them raises.
    """
    key = (interface.name, interface.version, None if columns is None else frozenset(columns))
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
    if found is not None and found.is_for(interface, layout):
        return found
    types = [record_named(layout, rule.record) for rule in interface.records]
    can_tell = Recogniser.can_tell(interface.records, layout)
    made = Prepared(
        interface,
        layout,
        tuple(CompiledRecordDecoder(record, interface, page, columns) for record in types),
        Recogniser(interface.records, layout, page) if can_tell else None,
    )
    with _lock:
        _kept[key] = made
        _kept.move_to_end(key)
        while len(_kept) > MOST_PREPARED:
            _kept.popitem(last=False)
    return made

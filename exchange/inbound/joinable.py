"""Which files can be received joined: by the interface that their name belongs to, and their
content. Everything else is received one at a time, which is the rule that this way must equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.inbound.kernels import WORTH_COMPILED
from exchange.inbound.reading import ReadFiles
from exchange.inbound.recognising import INBOUND, has_declared_mark
from exchange.site import Site
from interfaces.model import Framing, Interface, Kind, Role
from interfaces.names import marks_in_names, read_name
from parsers.copybook import load_layout
from parsers.framing.lines import LONGEST_LINE
from parsers.probing import PROBE_BYTES
from parsers.text_files import is_plain_text, wrong_encoding
from validation.bitmask import Mask
from validation.joined import can_be_joined
from validation.kernels.compiling import readonly
from validation.places import as_mask

_TAR_PLACE, _TAR = slice(257, 262), b"ustar"
_OUTSIDE = ("{date}", "{sequence}")
"""Places whose values the header of a file would be compared with."""


@dataclass(frozen=True, slots=True)
class Joinable:
    """An interface whose files can be joined; ``beginning`` are the first bytes of its header."""

    interface: Interface
    beginning: bytes

    def takes_each(self, found: ReadFiles) -> Mask:
        """Which of the files can be among many in a stream; bool[n]."""
        taken = self._has_names(found.names) & (found.offsets >= 0)
        doubtful = taken.copy()
        if len(taken) >= WORTH_COMPILED:
            doubtful &= ~self._plain(found)
        for file in np.flatnonzero(doubtful).tolist():
            taken[file] = self.takes_content(found.content(file))
        return taken

    def takes_content(self, content: bytes) -> bool:
        """Whether a file of that content can be one of many in a stream."""
        return (
            content.startswith(self.beginning)
            and content[_TAR_PLACE] != _TAR
            and _has_short_lines(content)
            and _is_plain(content)
        )

    def takes_name(self, name: str) -> bool:
        """Whether a file of that name can be one of many in a stream."""
        parts = read_name(self.interface.file, name)
        return parts is not None and has_declared_mark(self.interface, parts)

    def _has_names(self, names: Sequence[str]) -> Mask:
        if not all(map(str.isascii, names)):  # bytes that are no text are no Arrow text either
            return np.fromiter(map(self.takes_name, names), np.bool_, len(names))
        marks = marks_in_names(self.interface.file, pa.array(names, pa.utf8()))
        filing = self.interface.filing
        if filing is None:
            return np.asarray(marks.is_valid())
        return as_mask(pc.is_in(marks, value_set=pa.array(["", *filing.marks], pa.utf8())))

    def _plain(self, found: ReadFiles) -> Mask:
        """Which files are plain text without a doubt, and begin as they should."""
        # Here and not above: it loads the compiler.
        from exchange.inbound.kernels.contents import plain_files

        is_plain = np.zeros(len(found.names), np.uint8)
        beginning = readonly(np.frombuffer(self.beginning, np.uint8))
        below = min(LONGEST_LINE, PROBE_BYTES)
        plain_files(readonly(found.data), found.offsets, found.sizes, beginning, below, is_plain)
        return is_plain.astype(np.bool_)


def joinable_filing(site: Site, business_date: date) -> Joinable | None:
    """The filing in force on a business date that can be joined; the first by name, if several."""
    for interface in site.registry.of_kind(Kind.FILING, on=business_date):
        beginning = _beginning(interface)
        if beginning is not None and _is_alone(site, interface, business_date):
            return Joinable(interface, beginning)
    return None


def _beginning(interface: Interface) -> bytes | None:
    """First bytes of a header, None where files of the interface cannot be joined."""
    if interface.file.framing is not Framing.TEXT or interface.partner is not None:
        return None
    if any(place in interface.file.name for place in _OUTSIDE):
        return None
    layout = load_layout(interface)
    if not can_be_joined(interface, layout):
        return None
    rule = interface.record(Role.HEADER)
    record = next(one for one in layout if one.name == rule.record)
    for field in record.fields[:1]:
        values = rule.when.get(field.name, ())
        if field.offset == 0 and field.kind == "text" and len(values) == 1:
            return values[0].encode("ascii")
    return None


def _is_alone(site: Site, interface: Interface, business_date: date) -> bool:
    """Whether no other inbound interface could mean the same names."""
    begin, end = _ends(interface.file.name)
    for kind in INBOUND:
        for other in site.registry.of_kind(kind, on=business_date):
            if other.name == interface.name:
                continue
            other_begin, other_end = _ends(other.file.name)
            same_begin = begin.startswith(other_begin) or other_begin.startswith(begin)
            same_end = end.endswith(other_end) or other_end.endswith(end)
            if same_begin and same_end:
                return False
    return True


def _ends(template: str) -> tuple[str, str]:
    """Literal text before the first place of a name and after the last."""
    return template.partition("{")[0], template.rpartition("}")[2]


def _has_short_lines(content: bytes) -> bool:
    """Whether no line is so long that it would be cut, which shifts the numbers behind it."""
    if len(content) < LONGEST_LINE:
        return True
    return max(map(len, content.split(b"\n"))) < LONGEST_LINE


def _is_plain(content: bytes) -> bool:
    """Whether nothing about the file as a whole, or about the beginning by which one that is read
    alone is judged, changes how its lines are read."""
    begins_plain = len(content) < PROBE_BYTES or not wrong_encoding(
        content[:PROBE_BYTES], is_whole=False
    )
    return begins_plain and is_plain_text(content)

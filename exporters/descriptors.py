"""Record and block descriptor words, and segments of spanned records, written."""

from __future__ import annotations

from typing import Final

import numpy as np

from exporters.margins import Bytes, Int64s, with_margins
from interfaces.errors import WrongUse
from interfaces.model import ByteOrder, DescriptorRule, FileRule
from parsers.framing.descriptors import BDW_BYTES, longest_data

LARGEST_BLOCK: Final = 32_760
"""Largest block that is written unless declared: the most that a BDW of the usual form says
(z/OS DFSMS Using Data Sets, "Block Size")."""


class FramingError(WrongUse, ValueError):
    """Records that the declared form of the file cannot hold, or not so that they could be read
    back: the declaration or the records are to be corrected."""


_EXTENDED = 0x8000_0000
_ONLY, _FIRST, _LAST, _MIDDLE = 0, 1, 2, 3


def block_limit(rule: FileRule) -> int:
    """Most bytes of a block, its descriptor included."""
    return rule.record_length or LARGEST_BLOCK


def described(
    flat: Bytes, lengths: Int64s, before: Bytes, after: Bytes, rule: FileRule
) -> tuple[Bytes, Int64s]:
    """Records with their descriptors, if there are any, and what is skipped around them.

    Returns the bytes, and how many of them belong to each record. FramingError for a record that
    no descriptor of the form can announce.
    """
    if rule.descriptor is not None:
        longest = longest_data(rule.descriptor)
        if len(lengths) and int(lengths.max()) > longest:
            raise FramingError(
                f"a record of {lengths.max()} bytes: its descriptor word says {longest} at most"
            )
        words = descriptor_words(lengths, rule.descriptor)
        before = np.concatenate([before, words], axis=1)
    sizes = lengths + (before.shape[1] + after.shape[1])
    return with_margins(flat, lengths, before, after), sizes


def descriptor_words(lengths: Int64s, rule: DescriptorRule) -> Bytes:
    """A descriptor for each record of ``lengths`` data bytes, uint8 (n, width)."""
    said = lengths + (rule.width if rule.includes_itself else 0)
    order = ">u4" if rule.byte_order is ByteOrder.BIG else "<u4"
    parts = said.astype(order).view(np.uint8).reshape(len(lengths), 4)
    big = rule.byte_order is ByteOrder.BIG
    parts = parts[:, 4 - rule.length_bytes :] if big else parts[:, : rule.length_bytes]
    words = np.zeros((len(lengths), rule.width), np.uint8)
    words[:, rule.position : rule.position + rule.length_bytes] = parts
    return words


def spanned(flat: Bytes, lengths: Int64s, rule: FileRule) -> tuple[Bytes, Int64s]:
    """Records as segments with their descriptors: one for a record that fits a block, several
    for a longer one. Returns the bytes, and how many of them belong to each segment."""
    word = rule.descriptor
    if word is None:
        raise FramingError("spanned records need descriptors")
    most = min(block_limit(rule) - BDW_BYTES - word.width, longest_data(word))
    if most < 1:
        raise FramingError(f"a block of {block_limit(rule)} bytes holds no data")
    pieces = np.maximum(-(-lengths // most), 1)
    record = np.repeat(np.arange(len(lengths)), pieces)
    nth = np.arange(len(record)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    sizes = np.minimum(lengths[record] - nth * most, most)
    is_first, is_last = nth == 0, nth == pieces[record] - 1
    words = descriptor_words(sizes, word)
    words[:, 2] = np.select(
        [is_first & is_last, is_first, is_last], [_ONLY, _FIRST, _LAST], _MIDDLE
    )
    nothing = np.empty((len(sizes), 0), np.uint8)
    return with_margins(flat, sizes, words, nothing), sizes + word.width


def blocked(stream: Bytes, sizes: Int64s, rule: FileRule) -> Bytes:
    """Runs of ``sizes`` bytes gathered into blocks behind their descriptors, as many as fit.

    Without declared block descriptors the bytes as they are. Blocks beyond what the usual form
    of the word says have its extended form. FramingError for a run that no block can hold.
    """
    if not rule.block_descriptor:
        return stream
    limit = block_limit(rule) - BDW_BYTES
    if len(sizes) and int(sizes.max()) > limit:
        raise FramingError(f"{sizes.max()} bytes do not fit a block of {limit + BDW_BYTES}")
    blocks = _block_sizes(np.cumsum(sizes), limit)
    said = blocks + BDW_BYTES
    words = np.where(said > LARGEST_BLOCK, said | _EXTENDED, said << 16)
    nothing = np.empty((len(blocks), 0), np.uint8)
    return with_margins(stream, blocks, words.astype(">u4").view(np.uint8).reshape(-1, 4), nothing)


def _block_sizes(ends: Int64s, limit: int) -> Int64s:
    """Bytes of each block, filled greedily with runs that end at ``ends``: a step for each block,
    not for each run."""
    sizes = []
    done = 0
    while done < (int(ends[-1]) if len(ends) else 0):
        last = int(np.searchsorted(ends, done + limit, "right")) - 1
        sizes.append(int(ends[last]) - done)
        done = int(ends[last])
    return np.array(sizes, np.int64)

"""Lengths of records that carry none in front of them: from a field, a map, an expression, or the
layout.

``rules`` turns a declared rule into a ``program`` (with ``expressions``, ``layouts`` and
``field_table``), which a compiled loop runs (``measuring``, ``evaluation``, ``stored_numbers``).
"""

from parsers.framing.lengths.rules import RecordMeasure, interface_measure, record_measure

__all__ = ["RecordMeasure", "interface_measure", "record_measure"]

"""Any bytes at all: decoding never raises, and every record is a row or has a finding."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfaces.model import Framing
from interfaces.registry import Registry
from parsers.blocks import BlockDecoder
from parsers.codepages import code_page
from parsers.decode import decode_whole

INTERFACES = [i for i in Registry().all() if i.file.framing is not Framing.XLSX]
RECORD_CODES = {"RECORD_TYPE", "RECORD_LENGTH", "ODO_COUNT", "TEXT_UTF8"}


def likely_bytes(interface) -> st.SearchStrategy[bytes]:
    """Type letters, digits, fillings, line ends and packed pieces of that file's code page."""
    page = code_page(interface.file.encoding)
    pieces = [page.encode(text) for text in ("H", "D", "T", "1", "2", "39", "กข", "0", " ")]
    pieces += [page.encode("0") * 30, page.encode(" ") * 50, b"\x00" * 9, b"\xff" * 9]
    pieces += [b"\x00\x0c", b"\r\n", b"\n", "ก".encode(), b"\x12\x3c"]
    return st.lists(st.one_of(st.sampled_from(pieces), st.binary(max_size=40))).map(b"".join)


def records(interface) -> st.SearchStrategy[list[bytes]]:
    """Records of any bytes; half of them of the right length, with a declared type letter."""
    page = code_page(interface.file.encoding)
    length = BlockDecoder(interface, "").record_length
    letters = st.sampled_from([page.encode(letter) for letter in "HDT12"])
    parts = st.tuples(letters, likely_bytes(interface).filter(len))
    sized = parts.map(lambda part: (part[0] + part[1] * length)[:length])
    return st.lists(st.one_of(likely_bytes(interface), sized), max_size=8)


def framed(interface, records: list[bytes]) -> bytes:
    if interface.file.framing in (Framing.V, Framing.VB):
        return b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in records)
    return b"\n".join(records) if interface.file.framing is Framing.TEXT else b"".join(records)


@pytest.mark.parametrize("interface", INTERFACES, ids=lambda interface: interface.id)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_every_record_is_a_row_or_has_a_finding(interface, data):
    content = framed(interface, data.draw(records(interface)))
    whole = decode_whole(content, interface, block_bytes=data.draw(st.sampled_from([1, 300, 4096])))
    rows = sum(len(table) for table in whole.tables.values())
    findings = whole.findings.to_pylist()
    refused = {
        found["record_number"]
        for found in findings
        if found["field"] is None and found["code"] in RECORD_CODES
    } | {found["record_number"] for found in findings if found["code"] == "ODO_COUNT"}
    assert whole.records_read == rows + len(refused)
    for table in whole.tables.values():
        table.validate(full=True)
    for found in findings:
        assert 0 <= found["byte_offset"] <= len(content)
        if found["field"] is not None and found["code"] != "FILE_ENCODING":
            assert found["raw"] in content

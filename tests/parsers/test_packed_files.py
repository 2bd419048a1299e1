"""Packed files are read as if they were not; damage is a finding and never an exception."""

import gzip
import io
import zipfile
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from interfaces.model import Compression, FileRule, Framing
from parsers.framing import frames
from parsers.streams import open_stream

RULE = FileRule(Framing.FB, "ascii", "X")
DATA = b"".join(b"%09d\n" % n for n in range(2000))


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target.getvalue()


PACKED = {
    "gzip": (Compression.GZIP, gzip.compress(DATA)),
    "gzip members": (Compression.GZIP, gzip.compress(DATA[:777]) + gzip.compress(DATA[777:])),
    "gzip padded": (Compression.GZIP, gzip.compress(DATA) + bytes(512)),
    "zstd": (Compression.ZSTD, pa.compress(DATA, "zstd", asbytes=True)),
    "zstd frames": (
        Compression.ZSTD,
        pa.compress(DATA[:777], "zstd", asbytes=True)
        + pa.compress(DATA[777:], "zstd", asbytes=True),
    ),
    "zip": (Compression.ZIP, zipped({"folder/": b"", "../../name": DATA})),
    "zip stored": (Compression.ZIP, zipped({"name": DATA}, zipfile.ZIP_STORED)),
    "none": (Compression.NONE, DATA),
}
MEMBER_ENDS = (
    len(gzip.compress(DATA[:777])),
    len(pa.compress(DATA[:777], "zstd", asbytes=True)),
)
"""Cut there, a file of two parts is a whole file of one."""


def read(data: bytes, kind: Compression, length: int = 10) -> tuple[bytes, list[str]]:
    """All records joined, and the codes of all faults."""
    rule = replace(RULE, compression=kind)
    found, faults = [], []
    with open_stream(data, rule) as stream:
        for frame in frames(stream, rule, length, 4096):
            found.append(frame.rows.matrix(0, length).tobytes())
            faults += [fault.code for fault in frame.faults]
    return b"".join(found), faults


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_holds_its_records(name, tmp_path):
    kind, data = PACKED[name]
    assert read(data, kind) == (DATA, [])
    assert read(data, Compression.AUTO) == (DATA, [])
    path = tmp_path / "file"
    path.write_bytes(data)
    with open_stream(path, replace(RULE, compression=kind)) as stream:
        assert sum(len(f.rows) for f in frames(stream, RULE, 10, 4096)) == 2000


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_is_read_again_from_any_place(name):
    kind, data = PACKED[name]
    with open_stream(data, replace(RULE, compression=kind)) as stream:
        buffer = memoryview(bytearray(10))
        for place in (0, 15_000, 40, 0):
            assert stream.seek(place) == place
            stream.readinto(buffer)
            assert bytes(buffer) == DATA[place : place + 10]


@pytest.mark.parametrize("name", [name for name in PACKED if name != "none"])
@given(st.data())
def test_a_cut_file_is_damaged_and_keeps_what_came_before(name, data):
    kind, whole = PACKED[name]
    kept = data.draw(st.integers(1, len(whole.rstrip(b"\0")) - 1))
    assume(kept not in MEMBER_ENDS)
    found, faults = read(whole[:kept], kind)
    assert DATA.startswith(found)
    assert faults == ["FILE_COMPRESSION"]


@pytest.mark.parametrize("name", [name for name in PACKED if name != "none"])
@given(st.data())
def test_altered_bytes_raise_nothing(name, data):
    kind, whole = PACKED[name]
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.binary(min_size=1, max_size=3))
    altered = whole[:place] + byte + whole[place + len(byte) :]
    for declared in (kind, Compression.AUTO):
        found, faults = read(altered, declared)
        assert (
            found == DATA or len(faults) > 0 or kind is Compression.ZSTD
        )  # which has no check sum


@given(st.binary(min_size=1, max_size=100), st.sampled_from(list(Compression)))
def test_any_bytes_raise_nothing(noise, kind):
    read(noise, kind, 1)


@pytest.mark.parametrize(
    "data",
    [
        zipped({}),
        zipped({"one": DATA, "two": DATA}),
        zipped({"folder/": b""}),
        b"PK\x03\x04",
    ],
)
def test_a_zip_holds_exactly_one_file(data):
    assert read(data, Compression.ZIP) == (b"", ["FILE_COMPRESSION"])


def test_an_encrypted_zip_is_refused():
    data = bytearray(zipped({"name": DATA}))
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    data[local + 6] |= 1
    data[central + 8] |= 1
    assert read(bytes(data), Compression.ZIP) == (b"", ["FILE_COMPRESSION"])


@pytest.mark.parametrize("kind", [Compression.GZIP, Compression.ZSTD, Compression.ZIP])
def test_an_unpacked_file_is_not_what_was_declared(kind):
    assert read(DATA, kind) == (b"", ["FILE_COMPRESSION"])


@pytest.mark.parametrize("kind", list(Compression))
def test_an_empty_file_is_empty(kind):
    assert read(b"", kind) == (b"", [])


def test_failures_of_the_disk_are_no_damage(tmp_path):
    with pytest.raises(FileNotFoundError), open_stream(tmp_path / "missing", RULE):
        pass

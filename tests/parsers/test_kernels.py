"""The compiled kernels against the numpy decoder: the same batches, the same findings."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from declared import dated, declare
from hypothesis import given, settings
from hypothesis import strategies as st

from interfaces.model import (
    Dialect,
    Era,
    FieldRule,
    Filled,
    Framing,
    Role,
    SignRule,
)
from interfaces.registry import Registry
from parsers.codepages import code_page
from parsers.decode import decode_file, decode_whole
from parsers.kernels.arenas import Arena

LONG_RECORDS = "cp838", "cp037", "cp874", "latin-1"
PICTURES = [
    *("X(1)", "X(2)", "X(3)", "X(7)", "X(8)", "X(9)", "X(13)", "X(16)", "X(17)", "X(31)"),
    *("9(1)", "9(4)", "9(8)", "9(9)", "9(16)", "9(17)", "9(18)", "9(20)", "9(3)V99", "9(3)PP"),
    *("S9(1)", "S9(7)", "S9(8)", "S9(9)V99", "S9(16)", "S9(17)", "S9(18)", "S9(5)PPP"),
    *("S9(5) SIGN LEADING", "S9(12) SIGN LEADING", "S9(18) SIGN LEADING"),
    *("S9(5) SIGN LEADING SEPARATE", "S9(9) SIGN TRAILING SEPARATE"),
    *("S9(3) COMP-3", "S9(6) COMP-3", "9(6) COMP-3", "S9(15) COMP-3", "S9(16) COMP-3"),
    *("S9(13)V99 COMP-3", "S9(18) COMP-3", "S9(25) COMP-3", "9(5)PP COMP-3"),
    *("9(4) COMP", "S9(4) COMP", "S9(9) COMP", "9(9) COMP", "S9(18) COMP", "9(18) COMP"),
    *("S9(4) COMP-5", "9(9) COMP-5", "S9(18) COMP-5", "9(18) COMP-5", "S9(7)V99 COMP"),
]
MASKS = ["yyyymmdd", "ddmmyyyy", "yymmdd", "mmddyy", "yyyymm", "mmyyyy", "yymm", "yyyyddd"]


@st.composite
def layouts(draw):
    """A copybook of one record, and the declaration of its fields, dialect and conditions."""
    lines = ["       01  SAMPLE-RECORD."]
    fields = {}
    names = []
    for place in range(draw(st.integers(1, 7))):
        name = f"FIELD-{place}"
        picture = draw(st.sampled_from(PICTURES))
        suffix = draw(st.sampled_from(["", "", "", " OCCURS 2"]))
        if not suffix and draw(st.integers(0, 3)) == 0:
            mask = draw(st.sampled_from(MASKS))
            form = draw(st.sampled_from(["9({})", "S9({}) COMP-3", "X({})"]))
            picture = form.format(len(mask))
            pivot = 1950 if mask.count("y") == 2 else None
            rule = dated(mask, Era.CE, pivot_base=pivot, null=draw(st.booleans()))
            fields[name] = replace(rule, nines_is_null=draw(st.booleans()))
        elif draw(st.integers(0, 2)) == 0:
            fields[name] = FieldRule(
                spaces=draw(st.sampled_from(Filled)), low_values=draw(st.sampled_from(Filled))
            )
        lines.append(f"           05  {name} PIC {picture}{suffix}.")
        names.append(name)
    lines += [
        "           05  KIND PIC X(01).",
        "           05  PLACE-0 PIC X(12).",
        "           05  VIEW-A REDEFINES PLACE-0.",
        "               10  VIEW-NUMBER PIC 9(07).",
        "               10  VIEW-PACKED PIC S9(05) COMP-3.",
        "           05  VIEW-B REDEFINES PLACE-0.",
        "               10  VIEW-TEXT PIC X(04) OCCURS 2.",
        "               10  VIEW-DATE PIC S9(07) COMP-3.",
    ]
    redefines = draw(
        st.sampled_from(
            [
                {},
                {"VIEW-A": {"KIND": ("A", "1")}},
                {"VIEW-A": {"KIND": ("A",)}, "VIEW-B": {"KIND": ("B",)}},
            ]
        )
    )
    dialect = Dialect(
        signs=draw(st.sampled_from(SignRule)), high_values=draw(st.sampled_from(Filled))
    )
    return "\n".join(lines) + "\n", fields, redefines, dialect


def likely(page) -> st.SearchStrategy[bytes]:
    """Bytes of the kind that fields hold, good and bad."""
    texts = ["A", "B", "1", "0", "12", "25690228", "19991231", " ", "กข", "{", "J", "-", "+", "000"]
    pieces = []
    for text in texts:
        try:
            pieces.append(page.encode(text))
        except UnicodeEncodeError:
            continue
    pieces += [b"\x00" * 4, b"\xff" * 4, b"\x12\x3c", b"\x00\x0d", b"\x1f", bytes([page.space]) * 9]
    pieces += ["ก".encode(), bytes([page.digit_zero]) * 6]
    piece = st.one_of(st.sampled_from(pieces), st.binary(max_size=3))
    return st.lists(piece, max_size=30).map(b"".join)


def same(data: bytes, interface) -> None:
    """Both decoders give the same tables and findings."""
    compiled = decode_whole(data, interface, file_id="f")
    plain = decode_whole(data, interface, file_id="f", engine="numpy")
    assert compiled.findings.to_pylist() == plain.findings.to_pylist()
    assert (compiled.records_read, compiled.bytes_read) == (plain.records_read, plain.bytes_read)
    for name, table in plain.tables.items():
        compiled.tables[name].validate(full=True)
        assert compiled.tables[name].equals(table), name


@settings(deadline=None, max_examples=150)
@given(st.data(), st.sampled_from(LONG_RECORDS), layouts())
def test_any_layout_and_any_bytes(tmp_path_factory, data, encoding, layout):
    copybook, fields, redefines, dialect = layout
    folder = tmp_path_factory.mktemp("layout")
    interface = replace(
        declare(
            folder,
            copybook,
            framing=Framing.FB,
            encoding=encoding,
            records={"SAMPLE-RECORD": (Role.DETAIL, {})},
            redefines=redefines,
            fields=fields,
        ),
        dialect=dialect,
    )
    page = code_page(encoding)
    content = data.draw(st.lists(likely(page), min_size=1, max_size=12).map(b"".join))
    repeats = data.draw(st.sampled_from([1, 7, 60]))
    same(content * repeats, interface)


OF_BYTES = [i for i in Registry().all() if i.file.framing is not Framing.XLSX]


@pytest.mark.parametrize("interface", OF_BYTES, ids=lambda interface: interface.id)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_shipped_interfaces(interface, data):
    page = code_page(interface.file.encoding)
    records = data.draw(st.lists(likely(page), max_size=8))
    letters = [page.encode(letter) for letter in "HDT12"]
    records = [data.draw(st.sampled_from(letters)) + record for record in records]
    if interface.file.framing in (Framing.V, Framing.VB):
        content = b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in records)
    else:
        content = (b"\n" if interface.file.framing is Framing.TEXT else b"").join(records)
    same(content, interface)


@pytest.mark.parametrize("encoding", LONG_RECORDS)
@pytest.mark.parametrize("width", [1, 2, 8, 9, 16, 17, 63, 64, 65, 127, 128, 129])
def test_texts_around_the_bytes_that_are_looked_at_together(tmp_path, encoding, width):
    """Tiles of digits alone, tiles with a blank, a letter or a bad byte among them, and text
    that ends anywhere; signed digits of as many bytes as one and two words hold."""
    copybook = f"       01  S-RECORD.\n           05  T PIC X({width}).\n"
    for digits in (1, 7, 8, 9, 15, 16):
        copybook += f"           05  N{digits} PIC S9({digits:02}).\n"
    interface = declare(
        tmp_path,
        copybook,
        framing=Framing.FB,
        encoding=encoding,
        records={"S-RECORD": (Role.DETAIL, {})},
    )
    page = code_page(encoding)
    random = np.random.default_rng(width)
    digits = random.integers(0, 10, (1100, width + 56)).astype(np.uint8) + page.digit_zero
    text = digits[:, :width]
    text[300] = page.space
    text[600, -1] = page.encode("A")[0]
    text[700, 0] = 0xFF
    for row in range(800, 1100):  # beginnings of every length, the rest spaces
        text[row, random.integers(0, width + 1) :] = page.space
    last = width + np.cumsum([1, 7, 8, 9, 15, 16]) - 1
    digits[5::9, last] = page.encode("J")[0]  # minus one
    digits[257:300, last - random.integers(0, 2)] = page.space
    for count in (1, 255, 256, 257, 1100):
        same(digits[:count].tobytes(), interface)


LARGE = """
       01  LARGE-RECORD.
           05  RECORD-TYPE  PIC X(01).
           05  NAME         PIC X(20).
           05  AMOUNT       PIC S9(07)V99 COMP-3.
           05  BORN         PIC 9(08).
           05  CODES        PIC X(03) OCCURS 3.
           05  LAST-ITEM    PIC S9(05).
"""
LARGE_BYTES = 1 + 20 + 5 + 8 + 9 + 5


@pytest.fixture
def large(tmp_path):
    return declare(
        tmp_path,
        LARGE,
        framing=Framing.FB,
        encoding="cp838",
        records={"LARGE-RECORD": (Role.DETAIL, {"RECORD-TYPE": ("D",)})},
        fields={"BORN": dated("yyyymmdd", Era.BE, null=True)},
    )


def records(count: int, seed: int, bad_share: float) -> bytes:
    """Records of which some have bytes that nobody meant."""
    random = np.random.default_rng(seed)
    page = code_page("cp838")
    good = page.encode("Dสมศักดิ์ ใจดี".ljust(21)) + bytes.fromhex("000012345c")
    good += page.encode("25430229" + "00102a" + "7 9" + "0012C")
    made = np.tile(np.frombuffer(good, np.uint8), (count, 1))
    made[:, 26 + 7] += random.integers(0, 10, count).astype(np.uint8) - 9
    bad = random.random(count) < bad_share
    column = random.integers(1, LARGE_BYTES, count)
    made[bad, column[bad]] = random.integers(0, 256, int(bad.sum()))
    return made.tobytes()


class TestManyRows:
    @pytest.mark.parametrize("count", [1, 255, 256, 257, 5_000])
    @pytest.mark.parametrize("bad_share", [0.0, 0.02, 1.0])
    def test_tiles_and_their_faults(self, large, count, bad_share):
        same(records(count, count, bad_share), large)

    def test_findings_outgrow_their_first_room(self, large):
        data = records(20_000, 1, 1.0)
        whole = decode_whole(data, large, block_bytes=len(data))
        assert whole.findings.num_rows > 9_000
        numbers = whole.findings["record_number"].to_numpy()
        assert (np.diff(numbers) >= 0).all()

    def test_two_threads_at_once(self, large, tmp_path):
        paths = []
        for seed in range(2):
            paths.append(tmp_path / f"part{seed}")
            paths[-1].write_bytes(records(30_000, seed, 0.05))
        expected = [decode_whole(path, large) for path in paths]
        found: dict[int, list[pa.RecordBatch]] = {0: [], 1: []}

        def work(place: int) -> None:
            for _ in range(3):
                found[place] = [
                    block.batches["LARGE-RECORD"]
                    for block in decode_file(paths[place], large, file_id="f", block_bytes=100_000)
                ]

        threads = [threading.Thread(target=work, args=(place,)) for place in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for place in range(2):
            table = pa.Table.from_batches(found[place])
            assert table.equals(expected[place].tables["LARGE-RECORD"])


class TestProjection:
    @pytest.mark.parametrize("engine", ["compiled", "numpy"])
    def test_only_asked_columns(self, large, tmp_path, engine):
        path = tmp_path / "file"
        path.write_bytes(records(300, 3, 0.0))
        (block,) = decode_file(
            path, large, file_id="f", columns=["codes", "amount", "nowhere"], engine=engine
        )
        batch = block.batches["LARGE-RECORD"]
        assert batch.schema.names == ["_record_number", "_byte_offset", "amount", "codes"]
        whole = decode_whole(path, large).tables["LARGE-RECORD"]
        assert batch["codes"].to_pylist() == whole["codes"].to_pylist()
        assert batch["amount"].to_pylist() == whole["amount"].to_pylist()

    @pytest.mark.parametrize("engine", ["compiled", "numpy"])
    def test_only_asked_records(self, large, tmp_path, engine):
        path = tmp_path / "file"
        path.write_bytes(records(10, 3, 0.0) + b"\x00" * LARGE_BYTES)
        (block,) = decode_file(path, large, file_id="f", records=[], engine=engine)
        assert block.batches == {}
        assert block.records_read == 11
        assert block.findings["code"].to_pylist() == ["RECORD_TYPE"]


def test_memory_returns_to_the_pool_when_arrow_drops_it():
    arena = Arena(3_000_017)
    address = arena.address
    buffer = arena.buffer(0, 100)
    del arena
    other = Arena(3_000_017)
    assert other.address != address
    del buffer
    assert Arena(3_000_017).address == address


def test_views_without_a_condition_say_only_that_they_do_not_fit(tmp_path):
    copybook = """
       01  VIEW-RECORD.
           05  PLACE-0     PIC X(04).
           05  VIEW-0 REDEFINES PLACE-0.
               10  NUMBER-0  PIC 9(04).
"""
    interface = declare(
        tmp_path,
        copybook,
        framing=Framing.F,
        encoding="cp037",
        records={"VIEW-RECORD": (Role.DETAIL, {})},
    )
    for engine in ("compiled", "numpy"):
        whole = decode_whole(code_page("cp037").encode("ABCD0012"), interface, engine=engine)
        assert whole.tables["VIEW-RECORD"]["number_0"].to_pylist() == [None, 12]
        assert whole.findings.select(["record_number", "field", "code"]).to_pylist() == [
            {"record_number": 1, "field": "NUMBER-0", "code": "VIEW_UNREADABLE"}
        ]


def test_faults_of_several_levels_in_many_records(tmp_path):
    """Tables behind each other, faults in all of them and in front, records that are too short or
    count wrongly, and more faults than there are copies of a text to be kept."""
    copybook = """
       01  MANY-RECORD.
           05  NUMBER-0    PIC 9(03).
           05  COUNT-1     PIC 9(01).
           05  TABLE-1     OCCURS 0 TO 5 TIMES DEPENDING ON COUNT-1.
               10  NUMBER-1  PIC S9(03) COMP-3.
               10  LETTER-1  PIC X(02).
               10  INNER-1   PIC 9(01) OCCURS 2.
           05  NUMBER-2    PIC 9(02).
           05  COUNT-3     PIC S9(04) COMP.
           05  NUMBER-3    PIC 9(02)
                           OCCURS 1 TO 4 TIMES DEPENDING ON COUNT-3.
           05  NUMBER-4    PIC S9(03) COMP-3.
"""
    interface = declare(
        tmp_path,
        copybook,
        framing=Framing.VB,
        encoding="cp037",
        records={"MANY-RECORD": (Role.DETAIL, {})},
    )
    random = Random(7)
    zoned = [*range(0xF0, 0xFA), 0x81]

    def number(digits: int) -> bytes:
        return bytes(random.choices(zoned, k=digits))

    def packed() -> bytes:
        return bytes([0x12, random.choice([0x30, 0x3C, 0x3C, 0x3D])])

    written = []
    for _ in range(10_000):
        first, second = random.randrange(7), random.randrange(5)
        elements = [packed() + b"\xc1\x40" + number(2) for _ in range(first)]
        tail = second.to_bytes(2, "big") + number(2 * second) + packed()
        record = number(3) + bytes([0xF0 + first]) + b"".join(elements) + number(2) + tail
        record += bytes(random.randrange(20) == 0)
        written.append((4 + len(record)).to_bytes(2, "big") + bytes(2) + record)
    compiled, judge = (
        decode_whole(b"".join(written), interface, engine=engine)
        for engine in ("compiled", "numpy")
    )
    assert compiled.findings.equals(judge.findings)
    assert compiled.findings.num_rows > 1 << 14
    assert {"ODO_COUNT", "RECORD_LENGTH"} < set(compiled.findings["code"].to_pylist())
    assert compiled.tables["MANY-RECORD"].equals(judge.tables["MANY-RECORD"])


def test_the_compiler_is_not_loaded_before_something_is_decoded():
    command = "import sys, parsers.decode; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0

"""Copybooks as files: their encoding, the library beside them, and layouts that are kept."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from interfaces.model import Dialect, Interface
from interfaces.registry import Registry
from parsers.copybook import CopybookError, load_layout, parse_copybook, read_copybook
from parsers.copybook.cache import MOST_LAYOUTS, LayoutCache
from parsers.copybook.library import Stamp

TEXT = "*> ชื่อ\n01 R.\n   05 A PIC X(3).\n"


def write(path: Path, text: str) -> None:
    """Write a text so that the change shows, however fast the test is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    later = max(path.stat().st_mtime_ns, before + 1_000_000)
    os.utime(path, ns=(later, later))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_with_or_without_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "r.cpy"
    path.write_bytes(TEXT.encode(encoding))
    assert read_copybook(path) == parse_copybook(TEXT, source="r.cpy")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("*> ชื่อ\n01 R PIC X(2) VALUE 'กข'.", "cp874"),
        ("01 MÜNCHEN PIC X.", "latin-1"),
        ("01 R PIC X.", "cp037"),
        ("       01  R.\n           05  A PIC X.\n", "cp037"),
        ("01 R.\n05 A PIC X(3) VALUE '日本'.", "shift_jis"),
    ],
)
def test_other_bytes_in_code_are_refused(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "r.cpy"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(CopybookError, match="not UTF-8; save the copybook as UTF-8"):
        read_copybook(path)


@pytest.mark.parametrize(
    ("comment", "encoding"), [("ชื่อ", "cp874"), ("Größe", "latin-1"), ("レコード定義", "shift_jis")]
)
def test_comments_may_be_in_another_encoding(tmp_path: Path, comment: str, encoding: str) -> None:
    """Comment lines, inline comments, both margins, and what an author wrote of a program."""
    note = comment.encode(encoding)
    lines = [
        b"      * " + note,
        note[:6].rjust(6) + b" 01  R.",
        b"           05  A PIC X(3). *> " + note + b" 'x",
        b"           05  B PIC 9(2).".ljust(72) + note[:8],
    ]
    path = tmp_path / "r.cpy"
    path.write_bytes(b"\n".join(lines))
    [record] = read_copybook(path)
    assert [(item.name, item.offset, item.length) for item in record.fields] == [
        ("A", 0, 3),
        ("B", 3, 2),
    ]
    path.write_bytes(
        f"ID DIVISION.\nAUTHOR. {comment}.\nDATA DIVISION.\nFILE SECTION.\nFD F.\n"
        f"01 R PIC X(5).\nPROCEDURE DIVISION.\nDISPLAY '{comment}'.\n".encode(encoding)
    )
    assert read_copybook(path)[0].length == 5


def test_end_of_file_mark_of_dos(tmp_path: Path) -> None:
    path = tmp_path / "r.cpy"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode() + b"\x1a")
    assert read_copybook(path) == parse_copybook(TEXT, source="r.cpy")


def test_the_folder_of_the_file_is_its_first_library(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(tmp_path / "r.cpy", "01 R. COPY A. COPY B.")
    write(tmp_path / "A.cpy", "05 A PIC X.")
    write(other / "A.cpy", "05 A PIC X(100).")
    write(other / "B.cpy", "05 B PIC X(10).")
    assert read_copybook(tmp_path / "r.cpy", library=[other])[0].length == 11


def test_a_file_does_not_copy_itself(tmp_path: Path) -> None:
    write(tmp_path / "r.cpy", "01 R. COPY R.")
    with pytest.raises(CopybookError, match=r"r\.cpy:1:12: R: copies itself"):
        read_copybook(tmp_path / "r.cpy")


# -- layouts that are kept -----------------------------------------------------------------------


@pytest.fixture
def interface(tmp_path: Path) -> Interface:
    write(tmp_path / "r.cpy", "01 R. COPY FIELDS.")
    write(tmp_path / "FIELDS.cpy", "05 A PIC X(3). COPY MORE.")
    write(tmp_path / "MORE.cpy", "05 B PIC X.")
    return replace(Registry().get("form_1_10"), copybook=tmp_path / "r.cpy")


def test_a_layout_is_read_once(interface: Interface) -> None:
    assert load_layout(interface) is load_layout(interface)


@pytest.mark.parametrize("changed", ["r.cpy", "FIELDS.cpy", "MORE.cpy"])
def test_a_changed_file_is_read_again(interface: Interface, changed: str) -> None:
    assert load_layout(interface)[0].length == 4
    text = {"r.cpy": "01 R PIC X(9).", "FIELDS.cpy": "05 A PIC X(9).", "MORE.cpy": "05 B PIC X(6)."}
    write(interface.copybook.parent / changed, text[changed])
    assert load_layout(interface)[0].length == 9


def test_a_member_that_is_gone_is_missed(interface: Interface) -> None:
    load_layout(interface)
    (interface.copybook.parent / "MORE.cpy").unlink()
    with pytest.raises(CopybookError, match=r"FIELDS\.cpy:1:21: MORE: not found"):
        load_layout(interface)


def test_a_second_member_of_a_name_is_seen(interface: Interface) -> None:
    load_layout(interface)
    folder = interface.copybook.parent
    write(folder / "More.cpy", "05 C PIC X.")
    (folder / "MORE.cpy").rename(folder / "MORe.cpy")
    with pytest.raises(CopybookError, match=r"found as MORe\.cpy, More\.cpy"):
        load_layout(interface)


def test_each_dialect_has_its_own_layout(interface: Interface) -> None:
    other = replace(interface, dialect=replace(interface.dialect, decimal_comma=True))
    assert load_layout(interface) is not load_layout(other)
    assert load_layout(other) is load_layout(other)


def test_a_bounded_number_of_layouts_is_kept(tmp_path: Path) -> None:
    cache = LayoutCache()
    paths = [tmp_path / f"{number}.cpy" for number in range(MOST_LAYOUTS + 1)]
    records = parse_copybook(TEXT, source="r.cpy")
    for path in paths:
        write(path, TEXT)
        cache.put(path, Dialect(), (), (Stamp.of(path),), records)
    assert cache.get(paths[0], Dialect(), ()) is None
    assert cache.get(paths[1], Dialect(), ()) is records
    assert cache.get(paths[-1], Dialect(), ()) is records


def test_items_without_a_record_are_those_of_one_named_like_the_copybook() -> None:
    [record] = parse_copybook("05 A PIC X.\n05 B PIC 9(3).\n", source="cust_master.v2.cpy")
    assert (record.name, record.length) == ("CUST-MASTER", 4)
    first, second = parse_copybook("03 A PIC X(2).\n01 R.\n 05 B PIC X.\n", source="-.cpy")
    assert (first.name, first.length, second.name) == ("RECORD", 2, "R")

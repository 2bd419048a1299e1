"""Library folders: which file a member name means, and that no name leads outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parsers.copybook import CopybookError, parse_copybook
from parsers.copybook.copying import expanded_words
from parsers.copybook.library import Library
from parsers.copybook.tokens import entries


def expanded(text: str, *folders: Path) -> str:
    """All entries of a free-format text, with one blank between words."""
    words = expanded_words(text, source="main.cpy", library=Library(folders))
    return " ".join(" ".join(token.text for token in entry) + "." for entry in entries(words))


def error_of(text: str, *folders: Path) -> str:
    with pytest.raises(CopybookError) as error:
        parse_copybook(text, source="main.cpy", library=folders)
    return str(error.value)


def test_folders_are_searched_in_order(tmp_path: Path) -> None:
    for name, text in (("first", "05 A PIC X."), ("second", "05 B PIC X.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "M.cpy").write_text(text)
    (tmp_path / "second" / "N.cbl").write_text("05 C PIC X.")
    folders = (tmp_path / "first", tmp_path / "second")
    assert expanded("COPY M. COPY N.", *folders) == "05 A PIC X. 05 C PIC X."
    assert expanded("COPY M OF SECOND.", *folders) == "05 B PIC X."
    assert expanded("COPY M IN second.", tmp_path) == "05 B PIC X."


@pytest.mark.parametrize("name", ["FIELDS", "fields", "FIELDS.cpy", "fields.CPY", "Fields.cbl"])
def test_names_of_members(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("05 A PIC X.")
    assert expanded("COPY FIELDS.", tmp_path) == "05 A PIC X."


def test_a_member_in_upper_case_goes_before_one_in_mixed_case(tmp_path: Path) -> None:
    (tmp_path / "FIELDS.cpy").write_text("05 A PIC X.")
    (tmp_path / "Fields.cpy").write_text("05 B PIC X.")
    assert expanded("COPY FIELDS.", tmp_path) == "05 A PIC X."


def test_without_a_library() -> None:
    assert error_of("01 A. COPY B.") == (
        "main.cpy:1:12: B: cannot be copied, no library folder is given; name one"
    )


def test_a_link_does_not_lead_out_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "outside.cpy").write_text("05 A PIC X.")
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "M.cpy").symlink_to(tmp_path / "outside.cpy")
    assert "is not a file of the library folder" in error_of("COPY M.", folder)


def test_a_linked_folder_is_no_library_of_its_own(tmp_path: Path) -> None:
    for name in ("library", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside" / "M.cpy").write_text("05 A PIC X.")
    (tmp_path / "library" / "LIB").symlink_to(tmp_path / "outside")
    assert "M: not found in the library" in error_of("COPY M OF LIB.", tmp_path / "library")


def test_only_files_are_copied(tmp_path: Path) -> None:
    (tmp_path / "M").mkdir()
    os.mkfifo(tmp_path / "N.cpy")
    assert "is not a file of the library folder" in error_of("COPY M.", tmp_path)
    assert "is not a file of the library folder" in error_of("COPY N.", tmp_path)


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    assert error_of("COPY M.", folder) == (
        f"main.cpy:1:6: M: library {folder} cannot be read: No such file or directory"
    )


def test_members_that_differ_in_case_only(tmp_path: Path) -> None:
    (tmp_path / "fieldS.cpy").write_text("05 A PIC X.")
    (tmp_path / "Fields.cpy").write_text("05 B PIC X.")
    assert "found as Fields.cpy, fieldS.cpy; keep one of them" in error_of("COPY FIELDS.", tmp_path)

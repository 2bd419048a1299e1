"""Which files can be joined: the same whether judged one by one or very many at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.inbound import joinable
from exchange.inbound.joinable import Joinable, joinable_filing
from exchange.inbound.reading import NOT_KEPT, ReadFiles
from exchange.site import open_site
from parsers.framing.lines import LONGEST_LINE
from tests.exchange.filings_in_the_wild import DAY, wild

NAME = "SPS110_1000000002_256910.TXT"


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Joinable:
    """What is known of form 1-10."""
    site = open_site({"PRAKAN_HOME": str(tmp_path_factory.mktemp("home"))})
    found = joinable_filing(site, DAY)
    site.ledger.dispose()
    assert found is not None
    return found


def as_read(names: Sequence[str], contents: Sequence[bytes]) -> ReadFiles:
    """The files as they are after reading; each third lies behind some bytes of nobody."""
    pieces, offsets, place = [], [], 0
    for number, content in enumerate(contents):
        gap = b"\n1\x1a" if number % 3 == 0 else b""
        pieces += [gap, content]
        offsets.append(place + len(gap))
        place += len(gap) + len(content)
    digests = b"".join(hashlib.sha256(content).digest() for content in contents)
    return ReadFiles(
        names=list(names),
        digests=np.frombuffer(digests, np.uint8).reshape(-1, 32),
        looks=np.array([(1, len(content), 1) for content in contents], np.int64).reshape(-1, 3),
        offsets=np.array(offsets, np.int64),
        data=np.frombuffer(b"".join(pieces), np.uint8),
        unreadable=[],
        asked=len(contents),
    )


def both_ways(form: Joinable, contents: Sequence[bytes]) -> list[bool]:
    """What is said of contents, by the kernel and one by one."""
    found = as_read([NAME] * len(contents), contents)
    one_by_one = [form.takes_content(content) for content in contents]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joinable, "WORTH_COMPILED", 1)
        assert form.takes_each(found).tolist() == one_by_one
        patch.setattr(joinable, "WORTH_COMPILED", len(contents) + 1)
        assert form.takes_each(found).tolist() == one_by_one
    return one_by_one


pieces = st.sampled_from(
    [
        b"1",
        b"2",
        b"\r\n",
        b"\n",
        b"\r",
        b"\x1a",
        b"\0",
        b"ustar",
        b" " * 130,
        b" " * 256,
        "เก่ง".encode("cp874"),
        "บริษัท".encode("cp874"),
        "เก่ง".encode(),
        "é😀".encode(),
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xe0\xb8",
        b"\xf4\x90\x80\x80",
    ]
)
texts = st.lists(st.one_of(pieces, st.binary(max_size=6)), max_size=8).map(b"".join)
beginning = st.sampled_from([b"1", b"1", b"1", b"", b"2"])


@settings(deadline=None, max_examples=300)
@given(contents=st.lists(st.builds(bytes.__add__, beginning, texts), min_size=1, max_size=6))
@example(
    contents=[
        b"1\n\x1a\r\n",
        b"1\n" + b"\x1a" * 200,
        b"1" + b"\r\n" * 200,
        b"1\n\x1a" + b"\n" * 200,
    ]
)
@example(
    contents=[b"1" + b" " * 256 + b"ustar\n", b"1" + b" " * 255 + b"ustar\n", b"1\n", b"1", b""]
)
@example(contents=["1เก่ง\r\n".encode(), "1เก่ง\r\n".encode()[:-4], "1เก่ง\r\n".encode("cp874")])
def test_many_at_once_are_judged_as_one_by_one(form: Joinable, contents: list[bytes]) -> None:
    both_ways(form, contents)


@pytest.mark.parametrize(
    "length", [LONGEST_LINE - 2, LONGEST_LINE - 1, LONGEST_LINE, 3 * LONGEST_LINE]
)
def test_long_files_are_judged_as_one_by_one(form: Joinable, length: int) -> None:
    lines = b"1" + b"\r\n".join([b"2" * 100] * (length // 102))
    contents = [
        b"1\n" + b"2" * (length - 2),
        lines,
        lines + "ก".encode("cp874"),
        lines + "ก".encode(),
    ]
    assert any(both_ways(form, contents)) and not all(both_ways(form, contents))


def test_every_way_of_being_wrong_is_judged_as_alone(form: Joinable) -> None:
    contents = [content for _, content in wild(8, 188)]
    judged = both_ways(form, contents)
    assert 60 < sum(judged) < 180


def test_a_usual_file_is_told_without_a_second_look(
    form: Joinable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel would be of no use if all that it says were *look again*."""
    right = [content for name, content in wild(8, 188) if "-right" in name or "-line-feeds" in name]
    monkeypatch.setattr(joinable, "WORTH_COMPILED", 1)
    monkeypatch.setattr(Joinable, "takes_content", lambda *_given: pytest.fail("looked again"))
    assert form.takes_each(as_read([NAME] * len(right), right)).all()


def test_names_are_judged_as_one_by_one(form: Joinable) -> None:
    stems = [
        "SPS110_1000000002_256910",
        "SPS110_1",
        "SPS110_",
        "XPS110_1",
        "SPS110_1_Q01",
        "SPS110_ก",
    ]
    marks = ["", "_C01", "_S12", "_C1", "_Z09", "_c01"]
    ends = [".TXT", ".txt", ".Txt", ".TXT\n", ".DOC", "", ".TXT.TXT", ".T\u017fT", "\udcff.TXT"]
    names = [f"{stem}{mark}{end}" for stem in stems for mark in marks for end in ends]
    expected = [form.takes_name(name) for name in names]
    for chosen in (range(len(names)), [n for n, name in enumerate(names) if name.isascii()]):
        given = [names[n] for n in chosen]
        found = as_read(given, [b"1\r\n"] * len(given))
        assert form.takes_each(found).tolist() == [expected[n] for n in chosen]
    assert 10 < sum(expected) < len(names) - 10


def test_a_file_that_is_not_kept_is_not_taken(form: Joinable) -> None:
    found = as_read([NAME, NAME], [b"1\r\n", b"1\r\n"])
    found.offsets[1] = NOT_KEPT
    assert form.takes_each(found).tolist() == [True, False]


def test_no_files(form: Joinable) -> None:
    assert form.takes_each(as_read([], [])).tolist() == []


def test_the_kernels_are_compiled_at_installation() -> None:
    """Otherwise the first night would wait for the compiler."""
    setup = Path(joinable.__file__).parents[2] / "setup.sh"
    assert "exchange.inbound" in setup.read_text()

"""Measure the tables of this project with ICU's ``uconv`` and write them to ``tables/``.

``python -m parsers.codepages.generate`` (Debian: icu-devtools). The tables are kept in the
repository; this is how they came about, and how another page is added. Where other converters
disagree with ICU, :mod:`parsers.codepages.measured` says who is followed, and why.
"""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from parsers.codepages.measured import (
    DOUBLE_BYTE_REMARKS,
    DOUBLE_BYTE_SETS,
    MIXED_PAGES,
    OVERRULED,
    REMARKS,
    SINGLE_BYTE_PAGES,
)

_FOLDER = Path(__file__).parent / "tables"
_SHIFTS = (0x0E, 0x0F)
_NEW_LINE = 0x15  # parts measured characters: no byte of a pair is below 0x40
_GIVEN = {bytes([byte]): chr(byte) for byte in _SHIFTS} | {bytes([_NEW_LINE]): "\x85"}
_SUBSTITUTES = ("\ufffd", "\x1a")
_SHORTEST_RANGE = 4
_PAIRS = [bytes([lead, trail]) for lead in range(0x40, 0xFF) for trail in range(0x40, 0xFF)]
Texts = dict[bytes, str]


def main() -> None:
    """Measure and write every table."""
    for name, lines in measured_tables():
        text = "\n".join(lines) + "\n"
        (_FOLDER / f"{name}.csv").write_text(text, "utf-8", newline="\n")


def measured_tables() -> Iterator[tuple[str, Iterator[str]]]:
    """Name of each table and its lines, measured as they are taken."""
    for ccsid in (*SINGLE_BYTE_PAGES, *MIXED_PAGES):
        yield f"cp{ccsid:03}", _single_byte_table(ccsid)
    for name, ccsid in DOUBLE_BYTE_SETS.items():
        yield name, _double_byte_table(name, ccsid)


def _single_byte_table(ccsid: int) -> Iterator[str]:
    codes = {bytes([byte]) for byte in range(256)} - _GIVEN.keys()
    texts = _measured(ccsid, sorted(codes)) | _GIVEN
    texts |= {bytes([byte]): character for byte, character in OVERRULED.get(ccsid, {}).items()}
    texts = {byte: text for byte, text in texts.items() if len(text) == 1}
    canonical = _canonical(ccsid, texts)
    yield f"# CCSID {ccsid}. Measured with {_measuring(ccsid)}, all bytes both ways;"
    yield from _notes(REMARKS.get(ccsid, ()))
    yield "# canonical: the byte written for that character, where several bytes read as it."
    yield "byte,unicode,canonical,name"
    for byte in range(256):
        text = texts.get(bytes([byte]), "\ufffe")
        written = canonical.get(bytes([byte]), bytes([byte])).hex().upper()
        yield f"{byte:02X},{ord(text):04X},{written},{_name(text)}"


def _double_byte_table(name: str, ccsid: int) -> Iterator[str]:
    texts = _measured(ccsid, _PAIRS)
    yield f"# Double-byte set of CCSID {ccsid}. Measured with {_measuring(ccsid)}, both ways;"
    yield from _notes(DOUBLE_BYTE_REMARKS.get(name, ()))
    yield "# The columns are explained in parsers/codepages/double_byte.py."
    yield "first,characters,canonical"
    canonical = _canonical(ccsid, texts)
    for run in _runs(texts, canonical):
        written = canonical.get(run[0])
        for first, characters in _notation(run, texts):
            yield f"{first.hex().upper()},{characters},{written.hex().upper() if written else ''}"


def _notes(remarks: tuple[str, ...]) -> Iterator[str]:
    yield "# checked again by tests/parsers/test_codepages_oracles.py."
    yield from (f"# {remark}" for remark in remarks)


def _measured(ccsid: int, codes: Sequence[bytes]) -> Texts:
    """Text of each code that has one, asked for one by one, a new-line between them."""
    parts = (code if len(code) == 1 else b"\x0e" + code + b"\x0f" for code in codes)
    data = b"".join(part + bytes([_NEW_LINE]) for part in parts)
    answer = _uconv(f"ibm-{ccsid}", "UTF-32BE", data).decode("utf-32-be")
    texts = answer.removesuffix("\x85").split("\x85")
    if len(texts) != len(codes):
        raise ValueError(f"ibm-{ccsid}: {len(codes)} codes asked for, {len(texts)} texts back")
    found = dict(zip(codes, texts, strict=True))
    return {
        code: text
        for code, text in found.items()
        if text and (text[0] not in _SUBSTITUTES or (text == "\x1a" and code == b"\x3f"))
    }


def _canonical(ccsid: int, texts: Texts) -> dict[bytes, bytes]:
    """What is written instead of each code that only reads as its character."""
    codes: dict[str, list[bytes]] = {}
    for code, text in texts.items():
        codes.setdefault(text, []).append(code)
    several = [text for text, alike in codes.items() if len(alike) > 1]
    data = "\x85".join(several).encode("utf-32-be")
    back = _uconv("UTF-32BE", f"ibm-{ccsid}", data).split(bytes([_NEW_LINE])) if several else []
    return {
        code: written.strip(bytes(_SHIFTS))
        for text, written in zip(several, back, strict=True)
        for code in codes[text]
        if code != written.strip(bytes(_SHIFTS))
    }


def _runs(texts: Texts, canonical: dict[bytes, bytes]) -> Iterator[list[bytes]]:
    """Codes one after the other; each that is only read, or has two code points, for itself."""
    run: list[bytes] = []
    for code in sorted(texts):
        alone = code in canonical or len(texts[code]) > 1
        follows = run and int.from_bytes(code, "big") == int.from_bytes(run[-1], "big") + 1
        if run and (alone or not follows):
            yield run
            run = []
        run.append(code)
        if alone:
            yield run
            run = []
    if run:
        yield run


def _notation(run: list[bytes], texts: Texts) -> Iterator[tuple[bytes, str]]:
    """The run as ranges, as plain characters, and single code points where neither will do."""
    place = 0
    while place < len(run):
        text = texts[run[place]]
        end = place + 1
        while end < len(run) and ord(texts[run[end]]) == ord(text[0]) + end - place:
            end += 1
        if len(text) > 1 or not _is_plain(text) or end - place >= _SHORTEST_RANGE:
            numbers = "+".join(f"{ord(character):04X}" for character in text)
            if end - place >= _SHORTEST_RANGE:
                yield run[place], f"U+{numbers}..U+{ord(texts[run[end - 1]]):04X}"
            else:
                yield run[place], f"U+{numbers}"
                end = place + 1
            place = end
            continue
        end = place + 1
        while end < len(run) and _is_plain(texts[run[end]]) and not _is_range(run[end:], texts):
            end += 1
        yield run[place], "".join(texts[code] for code in run[place:end])
        place = end


def _is_range(run: list[bytes], texts: Texts) -> bool:
    points = [ord(texts[code]) for code in run[:_SHORTEST_RANGE]]
    return points == list(range(points[0], points[0] + _SHORTEST_RANGE))


def _is_plain(text: str) -> bool:
    """Whether editors and file systems leave the character as it is."""
    return (
        len(text) == 1
        and text.isprintable()
        and not unicodedata.combining(text)
        and unicodedata.category(text)[0] != "M"
        and unicodedata.normalize("NFC", text) == text
        and not text.isascii()
    )


def _name(text: str) -> str:
    if text == "\ufffe":
        return "none"
    return unicodedata.name(text, "control")


def _measuring(ccsid: int) -> str:
    """Version of ICU and its full name of the page."""
    version = _run("--version").decode().split()[-1]
    listed = _run("-l").decode().split("\n")
    names = next(line.split() for line in listed if f"ibm-{ccsid}" in line.split())
    return f"uconv (ICU {version}, {names[0]})"


def _uconv(source: str, target: str, data: bytes) -> bytes:
    return _run("--callback", "substitute", "-f", source, "-t", target, data=data)


def _run(*arguments: str, data: bytes = b"") -> bytes:
    tool = shutil.which("uconv")
    if tool is None:
        raise SystemExit("uconv is missing: run `apt-get install icu-devtools` as root")
    return subprocess.run([tool, *arguments], input=data, capture_output=True, check=True).stdout  # noqa: S603


if __name__ == "__main__":
    main()

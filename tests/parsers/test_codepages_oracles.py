"""Our code page tables against other people's: ICU (uconv) and glibc (iconv)."""

import shutil
import subprocess

import pytest

from parsers.codepages import code_page

ALL_BYTES = bytes(range(256))
PACKAGES = {"uconv": "icu-devtools", "iconv": "libc-bin"}


def converted(tool: str, source: str, target: str, data: bytes) -> bytes:
    """``data`` converted by an outside tool, which must be installed."""
    path = shutil.which(tool)
    if path is None:
        pytest.fail(f"{tool} is missing: run `apt-get install {PACKAGES[tool]}` as root")
    command = [path, "-f", source, "-t", target]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("tool", "theirs", "ours"),
    [
        ("uconv", "ibm-838", "cp838"),
        ("uconv", "ibm-1160", "cp1160"),
        ("uconv", "ibm-1047", "cp1047"),
        ("iconv", "IBM1160", "cp1160"),
        ("iconv", "IBM1047", "cp1047"),
    ],
)
class TestAgainstConverters:
    def test_every_byte_decodes_alike(self, tool, theirs, ours):
        text = converted(tool, theirs, "UTF-16BE", ALL_BYTES).decode("utf-16-be")
        assert text == code_page(ours).decode_table

    def test_every_character_of_text_encodes_alike(self, tool, theirs, ours):
        page = code_page(ours)
        text = "".join(chr(point) for point in sorted(page.encode_map))
        assert converted(tool, "UTF-8", theirs, text.encode()) == page.encode(text)


def test_838_is_1160_of_glibc_with_thanthakhat_for_the_euro():
    """glibc has no 838; DOMAIN 6: the two differ at FE only."""
    text = converted("iconv", "IBM1160", "UTF-16BE", ALL_BYTES).decode("utf-16-be")
    assert text.replace("€", "\u0e4c") == code_page("cp838").decode_table

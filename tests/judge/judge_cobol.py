"""Compiles programs with GnuCOBOL and runs them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from interfaces.model import ByteOrder, Dialect

MISSING = "cobc is missing: run `apt-get install gnucobol3` as root, then test again"


def options_of(dialect: Dialect) -> list[str]:
    """Compiler options under which GnuCOBOL stores data as the dialect says."""
    order = "big-endian" if dialect.byte_order is ByteOrder.BIG else "native"
    return [
        "-std=ibm",
        "-fsign=EBCDIC",
        "-fodoslide",
        f"-fbinary-size={dialect.binary_size.value}",
        f"-fbinary-byteorder={order}",
    ]


@dataclass(frozen=True)
class Compiler:
    """Path of ``cobc``."""

    path: str

    @classmethod
    def found(cls) -> Compiler:
        """The one that is installed; its absence is a failure, not a reason to skip."""
        path = shutil.which("cobc")
        if path is None:
            pytest.fail(MISSING, pytrace=False)
        return cls(path)

    def compiled(self, source: str, folder: Path, dialect: Dialect, *options: str) -> Path:
        """The program, in ``folder``; a program that does not compile is a failure."""
        (folder / "judge.cob").write_text(source, encoding="ascii")
        command = [self.path, "-x", *options_of(dialect), *options, "-o", "judge", "judge.cob"]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{run.stderr}\n{source}"
        return folder / "judge"


def printed(program: Path, folder: Path, *arguments: str) -> list[str]:
    """What a program prints that runs in ``folder``, line by line."""
    run = subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()

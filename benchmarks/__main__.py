"""Every benchmark in short form, one after the other: ``make bench``."""

from __future__ import annotations

import subprocess
import sys

#: Benchmark → arguments of its short form. Without them it runs at full size.
SHORT = {
    "decode": ("--records", "200000"),
    "disclosures": ("--persons", "300000", "--days", "20", "--rounds", "1"),
    "employer_answers": ("--files", "2000", "--lines", "48000"),
    "employers": ("--files", "5000", "--lines", "120000", "--rounds", "1"),
    "encode": ("--records", "200000"),
    "reconcile": ("--persons", "500000", "--returns", "60000", "--loaded", "50000"),
    "transfer": ("--megabytes", "100", "--rounds", "3"),
}


def main() -> int:
    """Run each in a process of its own, so that peak memory is its own."""
    worst = 0
    for name, arguments in SHORT.items():
        print(f"== python -m benchmarks.{name} {' '.join(arguments)}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=False)
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())

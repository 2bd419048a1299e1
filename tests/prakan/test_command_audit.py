"""``prakan audit``: what it does not take."""

from __future__ import annotations

import pytest

from prakan.__main__ import main


@pytest.mark.parametrize("last", ["0", "-5"])
def test_a_number_of_entries_is_at_least_one(last: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--last 0`` gave all of them, a negative number all but some."""
    with pytest.raises(SystemExit) as caught:
        main(("audit", "list", f"--last={last}"))
    assert caught.value.code == 2
    assert "at least 1" in capsys.readouterr().err

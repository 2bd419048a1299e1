"""A partner's copy that cannot be moved away: what came is posted and answered all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.returns.reconcile import reconcile_partner
from interfaces.errors import OutsideFailure
from ledger.acknowledgements import acknowledgement_of
from ledger.balances import balances
from ledger.books import last_closed
from ledger.landing import FileState
from tests.night.stage import DAY, PARTNER, Stage


def test_a_file_where_the_done_folder_should_be_keeps_no_payment_from_the_ledger(
    stage: Stage,
) -> None:
    """Else the next feed would offer again what was paid today."""
    assert stage.night().status == 0
    evening = stage.evening()
    done: Path = stage.root / "returns" / "done"
    done.write_bytes(b"done")
    night = stage.night()
    assert night.status == 3
    (failed,) = (step for step in night.steps if step.error is not None)
    assert failed.name == f"reconcile {PARTNER}"
    standing = stage.file(evening.return_file)
    assert standing.state is FileState.ANSWERED
    with stage.ledger() as ledger:
        assert acknowledgement_of(ledger, standing.file.file_id) is not None
    assert (stage.root / "returns" / evening.return_file).is_file()

    site = stage.site()
    with pytest.raises(OutsideFailure):  # said until somebody has tidied up
        reconcile_partner(site, DAY, PARTNER)
    before = balances(site.ledger)
    site.ledger.dispose()
    done.unlink()
    assert stage.night().status == 0
    with stage.ledger() as ledger:  # closed now, with what was entered then
        assert balances(ledger).equals(before)
        assert last_closed(ledger) == DAY
    assert (done / evening.return_file).is_file()

"""Envelopes: what was received leads to what was opened, and back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.engine import Engine

from interfaces.policies import SealKind
from ledger.audit import entries_of
from ledger.envelopes import Envelope, envelopes_of, record_envelope
from ledger.errors import LedgerError
from tests.ledger.outgoing import NOW, land_return

OPENED, FIRST, SECOND = "c" * 64, "1" * 64, "0" * 64
ENVELOPE = Envelope(OPENED, FIRST, "CSPAY.TXT.pgp", SealKind.OPENPGP, "A1" * 20, "5" * 64, "e" * 64)


def test_one_content_may_come_under_many_seals(ledger: Engine) -> None:
    land_return(ledger, OPENED)
    assert record_envelope(ledger, ENVELOPE, recorded_at=NOW)
    plain = Envelope(OPENED, SECOND, "CSPAY.TXT", SealKind.NONE)
    assert record_envelope(ledger, plain, recorded_at=NOW.replace(hour=19))
    assert envelopes_of(ledger, OPENED) == [ENVELOPE, plain]
    assert envelopes_of(ledger, FIRST) == []


def test_the_same_envelope_again_is_no_change(ledger: Engine) -> None:
    land_return(ledger, OPENED)
    record_envelope(ledger, ENVELOPE, recorded_at=NOW)
    assert not record_envelope(ledger, ENVELOPE, recorded_at=NOW.replace(hour=19))
    assert [e.kind for e in entries_of(ledger, OPENED)] == ["file.landed", "envelope"]


def test_the_first_is_kept_and_what_differs_later_is_told_by_the_audit(ledger: Engine) -> None:
    land_return(ledger, OPENED)
    record_envelope(ledger, ENVELOPE, recorded_at=NOW)
    other = replace(ENVELOPE, manifest_sha256="6" * 64)
    assert not record_envelope(ledger, other, recorded_at=NOW)
    assert envelopes_of(ledger, OPENED) == [ENVELOPE]
    last = entries_of(ledger, OPENED)[-1]
    assert (last.kind, last.detail["manifest_sha256"]) == ("envelope.again", "6" * 64)


def test_the_opened_file_lands_first(ledger: Engine) -> None:
    with pytest.raises(LedgerError, match="the database refused"):
        record_envelope(ledger, ENVELOPE, recorded_at=NOW)

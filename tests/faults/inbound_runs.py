"""Runs one row about taking in, and measures what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.acknowledgements import acknowledgements_of
from ledger.deliveries import deliveries_of
from ledger.files import FileStanding, files_of
from ledger.landing import FileState
from tests.faults.command_lines import command, money, sent_again, wrongly_told
from tests.faults.ground import Case, Ground, Undisturbed
from tests.faults.inbound_faults import (
    OPEN,
    gap,
    inbound_case,
    stranger_pays,
    taken_in,
)
from tests.faults.moments import Uploads
from tests.faults.rows import (
    AS_UNDISTURBED,
    NOTHING,
    RECONCILE,
    Command,
    Outcome,
    Row,
)
from tests.night.stage import DAY

SAME_MONEY = "same money, same answers to it; the fault stays on record"
SAME_LEDGER = "ledger as undisturbed; the second copy is kept in done/"
ABOUT_THE_FILE = ("SEAL_", "MANIFEST_", "FILE_", "RECEIPT_", "RECORD_", "CONTROL_")


@dataclass(frozen=True)
class InboundRow(Row):
    """A fault of what a partner sends, or while it is taken in.

    ``state`` of an outcome is that of the returns with the codes of what was found; ``there``
    is what the partner was answered.
    """

    rerun: tuple[Command, ...] = (RECONCILE,)


def undisturbed_evening(ground: Ground, row: InboundRow) -> Undisturbed:
    """The evening of that policy taken in without any fault."""
    key = f"{row.policy}, with numbers 2 and 3" if row.do is gap else row.policy
    key = f"inbound {key}"
    if key not in ground.undisturbed:
        case = inbound_case(ground, row.policy)
        taken_in(case)
        if row.do is gap:
            for number in (2, 3):
                stranger_pays(case, number)
                assert command(case, case.stage, RECONCILE) == (1, [])
        ground.undisturbed[key] = Undisturbed(
            case.seen(), meaning(case), case.stage.digest(), 0, money(case.stage)
        )
        case.close()
    return ground.undisturbed[key]


def run_inbound(ground: Ground, row: InboundRow) -> Outcome:
    """Do what the row says, let the partner mend it, run again; what came of it."""
    expected = undisturbed_evening(ground, row)
    case = inbound_case(ground, row.policy, row.client)
    first, second = Uploads(), Uploads()
    with row.do(case) as stage, first.heard():
        status, told = command(case, stage, RECONCILE)
        state, there = _returns(case) if "receipt" not in row.fault else _receipts(case)
    wrong = [wrongly_told(row.says, status, told)]
    reruns = []
    with second.heard():
        for arguments in row.rerun:
            chosen = [one.replace("{quarantined}", _quarantined(case)) for one in arguments]
            status_then, told = command(case, case.stage, chosen)
            reruns.append(status_then)
            wrong.append(wrongly_told("", status_then, told))
    outcome = Outcome(
        state=state,
        there=there,
        status=status,
        again=sent_again(first.made, second.made),
        reruns=tuple(reruns),
        end="; ".join([one for one in wrong if one] or [_end(case, row, expected)]),
    )
    case.close()
    return outcome


def _end(case: Case, row: InboundRow, expected: Undisturbed) -> str:
    """The closest to undisturbed that is true; what differs where even that is not."""
    same_ledger = case.stage.digest() == expected.digest
    if same_ledger and meaning(case) == expected.understood:
        return AS_UNDISTURBED
    if same_ledger and _without_done(meaning(case)) == _without_done(expected.understood):
        return SAME_LEDGER
    if money(case.stage) != expected.balances:
        return "the money differs"
    if _feeds(case) != {"acknowledged"} and row.policy == OPEN:
        return "the feeds are not acknowledged"
    good = [one for one in _standings(case) if one.state is FileState.ANSWERED]
    wrong = [one for one in _standings(case) if one.state is FileState.QUARANTINED]
    if any(not case.stage.home.landing(one.file.file_id).is_file() for one in wrong):
        return "a refused file is not kept"
    if not good:
        return "no return is answered"
    return SAME_MONEY


def meaning(case: Case) -> dict[str, str]:
    """What lies at the partner, opened; its own sealed files differ from one case to the next."""
    return {
        name: said if name.startswith(("drop", "acks")) or ".pgp" not in name else "kept"
        for name, said in case.understood().items()
    }


def _without_done(seen: dict[str, str]) -> dict[str, str]:
    return {name: said for name, said in seen.items() if "/done/" not in name}


def _standings(case: Case, prefix: str = "CSPAY") -> list[FileStanding]:
    with case.stage.ledger() as ledger:
        return [one for one in files_of(ledger, DAY) if one.file.name.startswith(prefix)]


def _returns(case: Case) -> tuple[str, str]:
    """States of the returns and what was found about them; what the partner was answered."""
    standings = _standings(case)
    with case.stage.ledger() as ledger:
        answers = [
            str(answer.result)
            for one in standings
            for answer in acknowledgements_of(ledger, one.file.file_id)
        ]
    told = ", ".join(sorted(f"answered {answer}" for answer in answers))
    return _described(case, standings) or "not landed", told or NOTHING


def _receipts(case: Case) -> tuple[str, str]:
    """What was found about the receipts; states of the feeds."""
    found = _described(case, _standings(case, "CSRCP")) or "no receipt"
    return found, "feeds: " + ", ".join(sorted(_feeds(case)))


def _feeds(case: Case) -> set[str]:
    with case.stage.ledger() as ledger:
        return {str(d.state) for d in deliveries_of(ledger, DAY) if d.answers is None}


def _described(case: Case, standings: Sequence[FileStanding]) -> str:
    codes = {
        code
        for one in standings
        if one.result is not None and one.result.findings_uri is not None
        for code in case.stage.codes(one)
        if code.startswith(ABOUT_THE_FILE)
    }
    states = ", ".join(sorted(str(one.state) for one in standings))
    return f"{states} ({', '.join(sorted(codes))})" if codes else states


def _quarantined(case: Case) -> str:
    found = [one for one in _standings(case) if one.state is FileState.QUARANTINED]
    return found[0].file.file_id if found else "none"

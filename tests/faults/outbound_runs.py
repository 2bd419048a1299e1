"""Runs one row about sending, and measures what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.faults.command_lines import command, sent_again, wrongly_told
from tests.faults.ground import POLICIES, Case, Ground, Undisturbed
from tests.faults.moments import FILE, Uploads, kind_of
from tests.faults.rows import AS_UNDISTURBED, NOTHING, PUBLISH, Outcome, Row


def undisturbed(ground: Ground, policy: str) -> Undisturbed:
    """A delivery of that policy without any fault."""
    if policy not in ground.undisturbed:
        case = ground.case(policy)
        status, told = command(case, case.stage, PUBLISH)
        assert (status, told) == (0, [])
        ground.undisturbed[policy] = Undisturbed(
            case.seen(), case.understood(), case.stage.digest(), status
        )
        case.close()
    return ground.undisturbed[policy]


def run_outbound(ground: Ground, row: Row) -> Outcome:
    """Do what the row says, mend it, run again; what came of it."""
    expected = undisturbed(ground, row.policy)
    case = ground.case(row.policy, client=row.client)
    first, second = Uploads(), Uploads()
    with row.do(case) as stage, first.heard():
        status, told = command(case, stage, PUBLISH)
    wrong = [wrongly_told(row.says, status, told)]
    state, there = str(case.delivery().state), _complete(case, expected)
    _nothing_half(case, expected)
    reruns = []
    with second.heard():
        for arguments in row.rerun:
            status_then, told = command(case, case.stage, arguments)
            reruns.append(status_then)
            wrong.append(wrongly_told("", status_then, told))
    outcome = Outcome(
        state=state,
        there=there,
        status=status,
        again=sent_again(first.made, second.made),
        reruns=tuple(reruns),
        end=_end(case, expected, wrong),
    )
    case.close()
    return outcome


def _end(case: Case, expected: Undisturbed, wrong: Sequence[str | None]) -> str:
    differs = [one for one in wrong if one is not None]
    if case.understood() != expected.understood:
        differs.append("the partner's directory differs")
    elif POLICIES[case.policy].is_sealed and case.seen() != expected.seen:
        differs.append("the sealed bytes differ")
    if case.stage.digest() != expected.digest:
        differs.append("the ledger differs")
    return "; ".join(differs) or AS_UNDISTURBED


def _complete(case: Case, expected: Undisturbed) -> str:
    """Kinds of our files that the partner has whole under their names, in order."""
    whole = _by_name(expected.seen)
    there = {
        kind_of(name)
        for name, digest in _by_name(case.seen()).items()
        if name in whole and (digest == whole[name] or POLICIES[case.policy].seals_anew)
    }
    order = (FILE, "manifest", "signature", "trigger")
    return ", ".join(kind for kind in order if kind in there) or NOTHING


def _nothing_half(case: Case, expected: Undisturbed) -> None:
    """What stands under its name is whole, but where the partner forbids to rename, and then
    what says that it is complete is not there yet."""
    if POLICIES[case.policy].seals_anew:
        return  # every sealing gives other bytes: the end is compared
    whole = _by_name(expected.seen)
    broken = [
        kind_of(name)
        for name, digest in _by_name(case.seen()).items()
        if name in whole and digest != whole[name]
    ]
    if not POLICIES[case.policy].renames:
        assert len(broken) <= 1
        assert "trigger" not in _complete(case, expected) or not broken
    else:
        assert broken == [], f"half a file under its name: {broken}"


def _by_name(seen: Mapping[str, str]) -> dict[str, str]:
    return {
        path.split("/")[-1]: digest
        for path, digest in seen.items()
        if path.split("/")[0] in ("drop", "taken")
    }

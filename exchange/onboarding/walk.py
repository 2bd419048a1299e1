"""The walk: what a night needs of a partner, one step after the other.

Steps without a server come first, each by itself. A session that does not open skips what needs
one; within a folder a step that fails skips those after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date

from exchange.errors import HostKeyRefused, LoginRefused
from exchange.onboarding.checks import Check, Outcome, check
from exchange.onboarding.folders import FolderTrial, collecting
from exchange.onboarding.keys import credentials, declared, manifest_signature, seal_round_trip
from exchange.onboarding.trial_file import send_test_file
from exchange.remote.sftp import SftpClient
from exchange.site import Site
from interfaces.errors import PrakanError
from interfaces.partners import Partner
from ledger.audit import record_movement

Steps = Sequence[tuple[str, Callable[[], str]]]
SESSION = ("reach", "host key", "login")
WITH_SESSION = ("drop folder", "acknowledgements folder", "returns folder", "test file")


def walk(site: Site, partner: Partner, on: date, *, mark: str, leave: bool) -> Iterator[Check]:
    """Each step as it ends. ``mark`` tells this trial's file names from another's; ``leave``
    leaves the test file at the partner."""
    yield check("declared", lambda: declared(site, partner, on))
    yield check("signing key", lambda: manifest_signature(site))
    yield check("seal round trip", lambda: seal_round_trip(site, partner, on))
    can_log_in = check("credentials", lambda: credentials(site, partner))
    yield can_log_in
    if can_log_in.outcome is Outcome.FAILED:
        yield from _skipped([*SESSION, *WITH_SESSION], "without credentials")
        return
    with ExitStack() as stack:
        try:
            client = stack.enter_context(SftpClient(site.endpoint(partner)))
        except PrakanError as error:
            yield from _refused_session(error)
            return
        for step in SESSION:
            yield Check(step, Outcome.DONE, str(client.endpoint))
        yield from _in_session(site, partner, client, on, mark, leave)


def _in_session(
    site: Site, partner: Partner, client: SftpClient, on: date, mark: str, leave: bool
) -> Iterator[Check]:
    folders = partner.directories

    def moved(kind: str, path: str) -> None:
        record_movement(site.ledger, kind, partner.name, {"trial": path}, recorded_at=site.clock())

    for name, path in (
        ("drop folder", folders.drop),
        ("acknowledgements folder", folders.acknowledgements),
    ):
        trial = FolderTrial(client, partner, path, mark, moved)
        yield from _one_after_the_other(
            [
                (name, trial.look),
                (f"{name}: write", trial.write),
                (f"{name}: rename", trial.rename),
                (f"{name}: read", trial.read),
                (f"{name}: remove", trial.remove),
            ]
        )
    yield check("returns folder", lambda: collecting(client, partner))
    yield check("test file", lambda: send_test_file(site, partner, client, on, moved, leave=leave))


def _one_after_the_other(steps: Steps) -> Iterator[Check]:
    for place, (name, action) in enumerate(steps):
        done = check(name, action)
        yield done
        if done.outcome is Outcome.FAILED:
            yield from _skipped([name for name, _ in steps[place + 1 :]], f"after {name!r}")
            return


def _refused_session(error: PrakanError) -> Iterator[Check]:
    """How far it came: the host key is checked before the login."""
    came = 2 if isinstance(error, LoginRefused) else 1 if isinstance(error, HostKeyRefused) else 0
    for step in SESSION[:came]:
        yield Check(step, Outcome.DONE, "yes")
    yield Check(SESSION[came], Outcome.FAILED, str(error))
    yield from _skipped([*SESSION[came + 1 :], *WITH_SESSION], f"after {SESSION[came]!r}")


def _skipped(steps: Sequence[str], why: str) -> Iterator[Check]:
    for step in steps:
        yield Check(step, Outcome.SKIPPED, f"not tried {why}")

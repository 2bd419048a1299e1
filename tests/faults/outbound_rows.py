"""The rows of the fault matrix that are about sending: what is done, and what must follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from interfaces.policies import Client
from tests.faults.ground import SMALL
from tests.faults.moments import Moment
from tests.faults.outbound_faults import (
    CONNECT,
    GREETED,
    KEY_EXCHANGE,
    LOGIN,
    answer_lost,
    black_hole,
    clock_ahead,
    complete_and_gone,
    cut,
    cut_after,
    cut_when_written,
    ends_when_opened,
    ends_while,
    expired_key,
    folder_missing,
    killed,
    killed_when_written,
    ledger_full,
    name_taken,
    nobody_listens,
    our_disk_full,
    part_changed,
    refusing,
    server,
    slow,
    wrong_host_key,
    wrong_key,
    wrong_password,
)
from tests.faults.rows import (
    NOTHING,
    PUBLISH,
    REDELIVER,
    RESUMED,
    RETRY,
    THE_FILE,
    THE_PART,
    Outcome,
    Row,
)

RENAME, READ_BACK, NO_RENAME, ASIDE = (
    "rename",
    "rename, read back",
    "no rename",
    "temporary folder",
)
TAKEN, RESUME, RESUME_IN_PLACE = "taken at once", "resume", "resume, no rename"
SEALED, TO_SEAL, SEALED_LARGE = "OpenPGP", "OpenPGP, not yet sealed", "OpenPGP, large"

FILE_ONLY, TWO = "file", "file, manifest"
THREE = f"{TWO}, signature"
ALL = f"{THREE}, trigger"

NOT_BEGUN = Outcome("failed", NOTHING, 3)
TURNED_AWAY = Outcome("refused", NOTHING, 3)
KEY_REFUSED, NOT_SEALED = Outcome("built", NOTHING, 2), Outcome("built", NOTHING, 3)
BROKE_OFF = Outcome("unknown", NOTHING, 3)
WHOLE = replace(BROKE_OFF, again=THE_FILE)
HALF = replace(BROKE_OFF, again=THE_PART)
RESUMES = replace(BROKE_OFF, again=RESUMED)


def has(there: str, outcome: Outcome = BROKE_OFF) -> Outcome:
    """The same, and the partner has these files complete."""
    return replace(outcome, there=there)


def writing(kind: str = "file", at: int = 0) -> Moment:
    """While that file is being written, so many bytes after its first."""
    return Moment("upload", kind, at=at)


def renaming(kind: str = "file") -> Moment:
    """When that file is about to be renamed into place."""
    return Moment("rename", kind)


BEFORE_SENDING = [
    Row("nobody listens", "connect", RENAME, nobody_listens, NOT_BEGUN),
    Row("connection reset", "connect", RENAME, ends_while(CONNECT), NOT_BEGUN),
    Row("connection reset", "greeting", RENAME, ends_while(GREETED), NOT_BEGUN),
    Row("connection reset", "key exchange", RENAME, ends_while(KEY_EXCHANGE), NOT_BEGUN),
    Row("connection reset", "login", RENAME, ends_while(LOGIN), NOT_BEGUN),
    Row("connection reset", "opening SFTP", RENAME, ends_when_opened(), NOT_BEGUN),
    Row("black hole", "connect", RENAME, ends_while(CONNECT, silent=True), NOT_BEGUN),
    Row("black hole", "key exchange", RENAME, ends_while(KEY_EXCHANGE, silent=True), NOT_BEGUN),
    Row("black hole", "login", RENAME, ends_while(LOGIN, silent=True), NOT_BEGUN),
    Row("black hole", "opening SFTP", RENAME, ends_when_opened(silent=True), NOT_BEGUN),
    Row("wrong host key", "key exchange", RENAME, wrong_host_key, TURNED_AWAY),
    Row("wrong key", "login", RENAME, wrong_key, TURNED_AWAY),
    Row("wrong password", "login", RENAME, wrong_password, TURNED_AWAY),
    Row(
        "partner's OpenPGP key expired",
        "sealing",
        TO_SEAL,
        expired_key,
        KEY_REFUSED,
        says="expired",
    ),
    Row("our disk full", "sealing", SEALED_LARGE, our_disk_full(1_500_000), NOT_SEALED),
]

ON_THE_WAY = [
    Row("connection reset", "before the first byte", READ_BACK, cut(Moment("upload")), BROKE_OFF),
    *(
        Row("connection reset", f"writing, {n:,} bytes passed", READ_BACK, cut_after(n), HALF)
        for n in (1_000, 100_000, SMALL - 1_000)
    ),
    Row("connection reset", "reading back", READ_BACK, cut(Moment("download")), WHOLE),
    Row("connection reset", "before the rename", READ_BACK, cut(renaming()), WHOLE),
    Row("answer lost", "rename", READ_BACK, answer_lost(renaming()), has(FILE_ONLY)),
    Row(
        "connection reset",
        "after the rename",
        READ_BACK,
        cut(Moment("rename", after=True)),
        has(FILE_ONLY),
    ),
    Row(
        "connection reset",
        "writing the manifest",
        SEALED,
        cut(writing("manifest")),
        has(FILE_ONLY, HALF),
    ),
    Row(
        "answer lost",
        "rename of the manifest",
        SEALED,
        answer_lost(renaming("manifest")),
        has(TWO),
    ),
    Row(
        "connection reset",
        "writing the signature",
        SEALED,
        cut(writing("signature")),
        has(TWO, HALF),
    ),
    Row(
        "answer lost",
        "rename of the signature",
        SEALED,
        answer_lost(renaming("signature")),
        has(THREE),
    ),
    Row(
        "connection reset",
        "making the trigger",
        SEALED,
        cut(Moment("upload", "trigger")),
        has(THREE),
    ),
    Row("connection reset", "rename of the trigger", SEALED, cut(renaming("trigger")), has(THREE)),
    Row("answer lost", "rename of the trigger", SEALED, answer_lost(renaming("trigger")), has(ALL)),
    Row("connection reset", "writing", SEALED, cut(writing()), HALF),
    Row("connection reset", "writing", TO_SEAL, cut(writing()), HALF),
    Row("server's process killed", "writing", READ_BACK, killed(writing()), HALF),
    Row("server's process killed", "rename", READ_BACK, killed(renaming()), WHOLE),
    Row("black hole", "writing", READ_BACK, black_hole(writing()), HALF),
    Row("black hole", "rename", READ_BACK, black_hole(renaming()), WHOLE),
    Row(
        "black hole",
        "rename of the manifest",
        SEALED,
        black_hole(renaming("manifest")),
        has(FILE_ONLY, replace(BROKE_OFF, again="the whole manifest")),
    ),
    Row("slow link", "whole delivery", READ_BACK, slow, Outcome("delivered", THREE, 0)),
    Row("our clock an hour ahead", "reset before the rename", TO_SEAL, clock_ahead, WHOLE),
    Row(
        "ledger's disk full",
        "sending",
        READ_BACK,
        ledger_full,
        Outcome("sending", NOTHING, 3, again=THE_FILE),
    ),
]

REFUSALS = [
    *(
        Row("partner's disk full", f"after {n:,} bytes", READ_BACK, server(write_limit=n), HALF)
        for n in (0, 100_000, SMALL - 1)
    ),
    Row("permission denied", "writing", READ_BACK, refusing("write"), HALF),
    Row("permission denied", "reading back", READ_BACK, refusing("read"), WHOLE),
    Row("rename refused", "rename", READ_BACK, refusing("rename,posix-rename"), WHOLE),
    Row("folder missing", "writing", READ_BACK, folder_missing, BROKE_OFF),
    Row("another file under our name", "before writing", READ_BACK, name_taken, TURNED_AWAY),
    Row(
        "complete file gone where files stay",
        "after a lost answer",
        RENAME,
        complete_and_gone,
        replace(BROKE_OFF, there="manifest, signature", again=THE_FILE, reruns=(3, 0)),
        rerun=(PUBLISH, REDELIVER),
    ),
]

OTHER_POLICIES = [
    Row("connection reset", "writing, 100,000 bytes passed", NO_RENAME, cut_after(100_000), HALF),
    Row(
        "connection reset",
        "writing the manifest",
        NO_RENAME,
        cut(writing("manifest")),
        has(FILE_ONLY, HALF),
    ),
    Row(
        "connection reset",
        "making the trigger",
        NO_RENAME,
        cut(Moment("upload", "trigger")),
        has(THREE),
    ),
    Row("partner's disk full", "after 100,000 bytes", NO_RENAME, server(write_limit=100_000), HALF),
    Row("connection reset", "writing, 100,000 bytes passed", ASIDE, cut_after(100_000), HALF),
    Row("answer lost", "rename", ASIDE, answer_lost(renaming()), has(FILE_ONLY)),
    Row(
        "server's process killed",
        "rename of the trigger",
        ASIDE,
        killed(renaming("trigger")),
        has(THREE),
    ),
    Row("connection reset", "writing", TAKEN, cut(writing()), HALF),
    Row("answer lost", "rename", TAKEN, answer_lost(renaming()), has(FILE_ONLY)),
    Row("connection reset", "rename of the trigger", TAKEN, cut(renaming("trigger")), has(THREE)),
    Row("answer lost", "rename of the trigger", TAKEN, answer_lost(renaming("trigger")), has(ALL)),
    Row(
        "black hole",
        "rename of the signature",
        TAKEN,
        black_hole(renaming("signature")),
        has(TWO, replace(BROKE_OFF, again="the whole signature")),
    ),
    Row(
        "connection reset",
        "writing, 1,500,000 bytes arrived",
        RESUME,
        cut_when_written(1_500_000),
        RESUMES,
        rerun=(RETRY,),
    ),
    Row(
        "connection reset",
        "writing, 1,500,000 bytes arrived",
        RESUME_IN_PLACE,
        cut_when_written(1_500_000),
        RESUMES,
    ),
    Row(
        "connection reset",
        "writing, 1,500,000 bytes arrived",
        SEALED_LARGE,
        cut_when_written(1_500_000),
        RESUMES,
    ),
    Row(
        "server's process killed",
        "writing, 1,500,000 bytes arrived",
        RESUME,
        killed_when_written(1_500_000),
        RESUMES,
    ),
    Row("part changed meanwhile", "writing, 1,500,000 bytes arrived", RESUME, part_changed, HALF),
    Row("connection reset", "rename", RESUME, cut(renaming()), RESUMES),
]


def _with_asyncssh(rows: Iterable[Row]) -> list[Row]:
    return [replace(row, client=Client.ASYNCSSH) for row in rows]


#: What depends on the library that speaks SSH, for the second one too.
SECOND_CLIENT = _with_asyncssh(
    row
    for row in (*BEFORE_SENDING, *ON_THE_WAY, *REFUSALS, *OTHER_POLICIES)
    if row.policy in (RENAME, READ_BACK, RESUME)
    and row.fault not in ("nobody listens", "ledger's disk full", "folder missing")
)

OUTBOUND = [*BEFORE_SENDING, *ON_THE_WAY, *REFUSALS, *OTHER_POLICIES, *SECOND_CLIENT]

"""Which address a record goes to: compared with a plain reading of the rule."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.datasets import NotArrivedError
from exchange.notices.matching import HEAD_OFFICE, match, message_id_of
from exchange.notices.planning import FINDINGS, plan_lists
from ledger.audit import entries_of
from ledger.employer_notices import ADDRESSED_SCHEMA, MAILS_SCHEMA
from tests.exchange.notice_lists import (
    ACCOUNTS,
    DAY,
    NEXT_DAY,
    address,
    contact,
    notices,
    record,
)
from validation.mail_address import compared_addresses, is_mail_address

GOOD = ("a@one.example", "B.b@Two.Example", "x+y@sub.three.co.th")
BAD = ("a@@one.example", "two@x.example;three@x.example", "no-host@", "ก@one.example", "a b@c.de")
RECORDS = pa.schema(
    [
        ("_record_number", pa.int64()),
        *((name, pa.utf8()) for name in ADDRESSED_SCHEMA.names[1:5]),
    ]
)
CONTACTS = pa.schema(
    [(name, pa.utf8()) for name in ("employer_account", "employer_branch", "contact_email")]
)
branches = st.sampled_from([HEAD_OFFICE, "000001", "000002"])
accounts = st.sampled_from(ACCOUNTS[:3])
emails = st.sampled_from([*GOOD, *BAD, "", "  ", None, " a@one.example "])


def expected(
    known: dict[tuple[str, str], str | None], account: str, branch: str
) -> tuple[str | None, str | None]:
    """Address and reason of a record, one at a time."""
    given = []
    for key in ((account, branch), (account, HEAD_OFFICE)):
        text = (known.get(key) or "").strip()
        if text:
            given.append(text)
            name, _, host = text.rpartition("@")
            if text in GOOD:
                return f"{name}@{host.lower()}", None
    return None, "NOTICE_ADDRESS_INVALID" if given else "NOTICE_NO_ADDRESS"


@given(
    known=st.dictionaries(st.tuples(accounts, branches), emails, max_size=9),
    told=st.lists(st.tuples(accounts, branches), max_size=12),
)
def test_every_record_gets_the_address_of_its_branch_else_of_its_head_office(
    known: dict[tuple[str, str], str | None], told: list[tuple[str, str]]
) -> None:
    contacts = pa.Table.from_pylist(
        [
            {"employer_account": a, "employer_branch": b, "contact_email": mail}
            for (a, b), mail in known.items()
        ],
        CONTACTS,
    )
    records = pa.Table.from_pylist(
        [
            {
                "_record_number": number,
                "employer_account": account,
                "employer_branch": branch,
                "employer_type": "10",
                "office_code": None,
            }
            for number, (account, branch) in enumerate(told, start=2)
        ],
        RECORDS,
    )
    found = match("ab" * 32, records, contacts)
    assert found.addressed.schema == ADDRESSED_SCHEMA and found.mails.schema == MAILS_SCHEMA
    rows = found.addressed.to_pylist()
    wanted = [expected(known, account, branch) for account, branch in told]
    assert [(row["address"], row["reason"]) for row in rows] == wanted
    addresses = sorted({mail for mail, _ in wanted if mail is not None})
    assert found.mails["address"].to_pylist() == addresses
    assert found.mails["message_id"].to_pylist() == [
        message_id_of("ab" * 32, one) for one in addresses
    ]


@pytest.mark.parametrize("text", [*GOOD, "o'brien@x.example", "1@2.th", f"{'a' * 64}@x.example"])
def test_valid_addresses(text: str) -> None:
    assert is_mail_address(pa.array([text])).to_pylist() == [True]


@pytest.mark.parametrize(
    "text",
    [
        *BAD,
        "",
        "@",
        "a@b",
        "a@1.2.3.4",
        "a.@x.example",
        ".a@x.example",
        "a..b@x.example",
        "a@-x.example",
        "a@x-.example",
        "a@x..example",
        "a@x.example\n",
        "a@x.example\r\nBcc: b@x.example",
        "Name <a@x.example>",
        "mailto:a@x.example",
        '"a b"@x.example',
        f"{'a' * 65}@x.example",
        f"a@{'b' * 64}.example",
        f"a@{'b.' * 130}example",
    ],
)
def test_invalid_addresses(text: str) -> None:
    assert is_mail_address(pa.array([text])).to_pylist() == [False]


def test_null_stays_null_and_only_the_host_is_folded() -> None:
    texts = pa.array([None, " Some.Body@HOST.Example\t", "no host"])
    assert compared_addresses(texts).to_pylist() == [None, "Some.Body@host.example", "no host"]
    assert is_mail_address(pa.array([None], pa.utf8())).to_pylist() == [None]


def test_records_without_an_address_are_findings(tmp_path: Path) -> None:
    made = notices(tmp_path)
    made.register([contact(0, address(0)), contact(1, "a@b@c"), contact(2, None)])
    made.to_tell([record(number) for number in range(4)])
    counts = made.receive()
    assert counts["records_accepted"] == 7
    (planned,) = plan_lists(made.site, DAY)
    assert (planned.accounts, planned.mails, planned.unmatched) == (4, 1, 3)
    (part,) = made.site.home.findings(FINDINGS, DAY).glob("*.parquet")
    found = pq.read_table(part).to_pylist()
    assert [(row["record_number"], row["code"], row["raw"]) for row in found] == [
        (3, "NOTICE_ADDRESS_INVALID", ACCOUNTS[1].encode()),
        (4, "NOTICE_NO_ADDRESS", ACCOUNTS[2].encode()),
        (5, "NOTICE_NO_ADDRESS", ACCOUNTS[3].encode()),
    ]
    assert all(row["byte_offset"] == 242 * (row["record_number"] - 1) for row in found)
    (entry,) = [
        e for e in entries_of(made.site.ledger, planned.file_id) if "employer_notice" in e.kind
    ]
    assert entry.detail == {"notice_code": "N020", "accounts": 4, "mails": 1, "unmatched": 3}


def test_the_newest_register_with_the_highest_number_counts(tmp_path: Path) -> None:
    made = notices(tmp_path)
    made.register([contact(0, "old@x.example")], day=DAY, sequence=1)
    made.register([contact(0, "newer@x.example")], day=NEXT_DAY, sequence=2)
    made.register([contact(0, "newest@x.example")], day=NEXT_DAY, sequence=3)
    made.to_tell([record(0)], day=DAY, sequence=1)
    made.to_tell([record(0)], day=NEXT_DAY, sequence=2)
    made.receive(NEXT_DAY)
    plan_lists(made.site, DAY)
    assert set(made.states()) == {"old@x.example"}
    plan_lists(made.site, NEXT_DAY)
    assert set(made.states()) == {"old@x.example", "newest@x.example"}


def test_without_a_register_nothing_is_planned_and_nobody_is_called_unreachable(
    tmp_path: Path,
) -> None:
    made = notices(tmp_path)
    assert plan_lists(made.site, DAY) == []
    made.to_tell([record(0)])
    made.receive()
    with pytest.raises(NotArrivedError, match="drop the register into"):
        plan_lists(made.site, DAY)
    made.register([contact(0, address(0))])
    made.receive()
    assert len(plan_lists(made.site, DAY)) == 1 and plan_lists(made.site, DAY) == []


def test_a_list_without_records_is_done_with(tmp_path: Path) -> None:
    made = notices(tmp_path)
    made.register([contact(0, address(0))])
    made.to_tell([])
    made.receive()
    (planned,) = plan_lists(made.site, DAY)
    assert (planned.notice_code, planned.accounts, planned.mails) == ("", 0, 0)
    assert plan_lists(made.site, DAY) == []


def test_many_accounts_are_matched_by_columns(tmp_path: Path) -> None:
    """Fifty thousand records and contacts; no record passes through the interpreter but the
    addresses, which get their ids."""
    count = 50_000
    numbers = [f"{n:010d}" for n in range(count)]
    contacts = pa.table(
        [numbers, [HEAD_OFFICE] * count, [f"u{n // 2}@x.example" for n in range(count)]],
        schema=CONTACTS,
    )
    records = pa.table(
        [range(2, count + 2), numbers, ["000007"] * count, ["10"] * count, ["1001"] * count],
        schema=RECORDS,
    )
    found = match("cd" * 32, records, contacts)
    assert found.mails.num_rows == count // 2
    assert found.addressed["address"].null_count == 0

"""Tables of the ledger.

Every table but ``month_paid`` is append-only (triggers made by the migration refuse UPDATE and
DELETE): the latest event is the state, a reversal undoes a posting. Amounts are integer satang,
periods are Gregorian ``yyyymm``. Days are of Asia/Bangkok: ``effective_date`` is when the money
was paid, ``book_date`` the business date in whose books it stands, and a closed day gets no
further entry. ``recorded_at`` is the moment at which the row was written.
"""

from __future__ import annotations

import sqlalchemy as sa

from ledger.columns import Instant, RowNumber, Text

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


# Given to rows of before by the migration, which then writes the right day over it.
_NO_DAY = sa.text("'1900-01-01'")


def _recorded_at() -> sa.Column[object]:
    return sa.Column("recorded_at", Instant(), nullable=False)


# A file is its content: the SHA-256 of its bytes, inbound or outbound.
file = sa.Table(
    "file",
    metadata,
    sa.Column("file_id", Text, primary_key=True),
    sa.Column("interface", Text),  # null until the file is recognised
    sa.Column("version", sa.Integer),
    sa.Column("direction", Text, nullable=False),
    sa.Column("partner", Text),
    sa.Column("business_date", sa.Date, nullable=False, index=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    _recorded_at(),
    # Where its bytes begin in the pack that it landed in; null for a file that lies by itself.
    sa.Column("pack_id", Text),
    sa.Column("pack_offset", sa.BigInteger),
)

# Many small files that landed together, byte for byte one after the other in one file of ours.
pack = sa.Table(
    "pack",
    metadata,
    sa.Column("pack_id", Text, primary_key=True),  # SHA-256 of the pack
    sa.Column("business_date", sa.Date, nullable=False, index=True),
    sa.Column("files", sa.BigInteger, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    _recorded_at(),
)

# Every name under which that content was seen: more than one is a duplicate.
file_sighting = sa.Table(
    "file_sighting",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), primary_key=True),
    sa.Column("name", Text, primary_key=True, index=True),
    sa.Column("business_date", sa.Date, nullable=False, index=True),
    _recorded_at(),
)

file_event = sa.Table(
    "file_event",
    metadata,
    sa.Column("event_id", RowNumber, primary_key=True),
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
    sa.Index("ix_file_event_latest", "file_id", "event_id"),
)

# What came out of receiving a file. The latest row counts: a quarantined file may be read
# again after its declaration was repaired; an accepted one is final.
file_result = sa.Table(
    "file_result",
    metadata,
    sa.Column("result_id", RowNumber, primary_key=True),
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("records_read", sa.BigInteger, nullable=False),
    sa.Column("records_accepted", sa.BigInteger, nullable=False),
    sa.Column("records_rejected", sa.BigInteger, nullable=False),
    sa.Column("controls", Text, nullable=False),  # JSON object, keys sorted
    sa.Column("part_uri", Text),
    sa.Column("findings_uri", Text),
    _recorded_at(),
    sa.Index("ix_file_result_latest", "file_id", "result_id"),
    sa.CheckConstraint("records_read = records_accepted + records_rejected", name="accounted"),
)

# The plan to give a partner one file: its number is taken here, before the file is built.
delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("delivery_id", Text, primary_key=True),
    sa.Column("partner", Text, nullable=False),
    sa.Column("interface", Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("business_date", sa.Date, nullable=False, index=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("answers", Text, sa.ForeignKey("file.file_id")),  # an acknowledgement's return
    sa.Column("supersedes", Text, sa.ForeignKey("delivery.delivery_id"), unique=True),
    _recorded_at(),
    sa.UniqueConstraint("partner", "interface", "sequence"),
    sa.CheckConstraint("sequence > 0", name="sequence"),
)
_FIRST_FEED = sa.and_(delivery.c.supersedes.is_(None), delivery.c.answers.is_(None))
sa.Index(
    "uq_delivery_feed_of_day",
    delivery.c.partner,
    delivery.c.interface,
    delivery.c.business_date,
    unique=True,
    sqlite_where=_FIRST_FEED,
    postgresql_where=_FIRST_FEED,
)
_FIRST_ANSWER = sa.and_(delivery.c.supersedes.is_(None), delivery.c.answers.is_not(None))
sa.Index(
    "uq_delivery_answer",
    delivery.c.partner,
    delivery.c.interface,
    delivery.c.answers,
    unique=True,
    sqlite_where=_FIRST_ANSWER,
    postgresql_where=_FIRST_ANSWER,
)

# The bytes that the delivery carries, known once built and the same ever after.
delivery_content = sa.Table(
    "delivery_content",
    metadata,
    sa.Column("delivery_id", Text, sa.ForeignKey("delivery.delivery_id"), primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), nullable=False, unique=True),
    sa.Column("rows_uri", Text),
    _recorded_at(),
)

# What goes on the wire: the content under its seal, with manifest and signature. Made once.
sealed = sa.Table(
    "sealed",
    metadata,
    sa.Column("delivery_id", Text, sa.ForeignKey("delivery.delivery_id"), primary_key=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("sha256", Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("manifest_sha256", Text, nullable=False),
    sa.Column("signature_sha256", Text),
    sa.Column("signer", Text),
    sa.Column("recipients", Text, nullable=False),  # JSON object: {"fingerprints": […]}
    _recorded_at(),
)

delivery_event = sa.Table(
    "delivery_event",
    metadata,
    sa.Column("event_id", RowNumber, primary_key=True),
    sa.Column("delivery_id", Text, sa.ForeignKey("delivery.delivery_id"), nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
    sa.Index("ix_delivery_event_latest", "delivery_id", "event_id"),
)

# Which delivery of ours answered a file of the partner. A file that was refused and later
# replayed is answered again, by a delivery that supersedes the first answer.
acknowledgement = sa.Table(
    "acknowledgement",
    metadata,
    sa.Column("delivery_id", Text, sa.ForeignKey("delivery.delivery_id"), primary_key=True),
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), nullable=False, index=True),
    sa.Column("result", Text, nullable=False),
    _recorded_at(),
)

# What a partner's receipt says about a file of ours, one row for each of its records.
receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), primary_key=True),
    sa.Column("record_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column(
        "delivery_id", Text, sa.ForeignKey("delivery.delivery_id"), nullable=False, index=True
    ),
    sa.Column("result", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
)

# The seal under which a content came in. ``sealed_id`` is the SHA-256 of what was received.
envelope = sa.Table(
    "envelope",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), primary_key=True),
    sa.Column("sealed_id", Text, primary_key=True, index=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("signer", Text),
    sa.Column("manifest_sha256", Text),
    sa.Column("manifest_signer", Text),
    _recorded_at(),
)

# One row for a file whose money is all in the ledger. ``kind`` is payments (a return: posted or
# broken), settlement (a bank's advice: credited to our account) or filing (what an employer owes).
posting_batch = sa.Table(
    "posting_batch",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), primary_key=True),
    sa.Column("rule_version", sa.Integer, nullable=False),
    sa.Column("partner", Text, nullable=False),
    sa.Column("posted_count", sa.BigInteger, nullable=False),
    sa.Column("posted_satang", sa.BigInteger, nullable=False),
    sa.Column("broken_count", sa.BigInteger, nullable=False),
    sa.Column("broken_satang", sa.BigInteger, nullable=False),
    sa.Column("debit_count", sa.BigInteger, nullable=False),
    sa.Column("debit_satang", sa.BigInteger, nullable=False),
    _recorded_at(),
    sa.Column("kind", Text, nullable=False, server_default="payments"),
    sa.Column("book_date", sa.Date, nullable=False, server_default=_NO_DAY),
)

# Double entry by construction: a row moves one amount from one account to another.
# ``leg`` counts the movements of one record from 1, first those of loading its file, then those
# of resolving its break; the reversal of leg n is leg -n. ``pass_name`` is the matching pass, or
# the kind of resolution, that decided it, with its version.
posting = sa.Table(
    "posting",
    metadata,
    sa.Column("posting_id", RowNumber, primary_key=True),
    sa.Column("file_id", Text, sa.ForeignKey("posting_batch.file_id"), nullable=False),
    sa.Column("record_number", sa.BigInteger, nullable=False),
    sa.Column("rule_version", sa.Integer, nullable=False),
    sa.Column("leg", sa.Integer, nullable=False),
    sa.Column("national_id", Text),
    sa.Column("section_code", Text),
    sa.Column("option_code", Text),
    sa.Column("period", sa.Integer),
    sa.Column("amount_satang", sa.BigInteger, nullable=False),
    sa.Column("debit_account", Text, nullable=False),
    sa.Column("credit_account", Text, nullable=False),
    sa.Column("effective_date", sa.Date, nullable=False),
    sa.Column("reverses", RowNumber, sa.ForeignKey("posting.posting_id")),
    _recorded_at(),
    sa.Column("book_date", sa.Date, nullable=False, server_default=_NO_DAY, index=True),
    sa.Column("pass_name", Text),
    # The employer whose account moves: on all postings of section 33, on no other.
    sa.Column("employer_account", Text),
    sa.Column("employer_branch", Text),
    sa.UniqueConstraint("file_id", "record_number", "rule_version", "leg"),
    sa.Index("ix_posting_month", "national_id", "section_code", "period"),
    sa.CheckConstraint("amount_satang > 0", name="amount"),
    sa.CheckConstraint("debit_account <> credit_account", name="accounts"),
    sa.CheckConstraint("(leg > 0) = (reverses IS NULL) AND leg <> 0", name="leg"),
)
sa.Index(
    "uq_posting_reverses",
    posting.c.reverses,
    unique=True,
    sqlite_where=posting.c.reverses.is_not(None),
    postgresql_where=posting.c.reverses.is_not(None),
)

_OF_EMPLOYER = posting.c.employer_account.is_not(None)
sa.Index(
    "ix_posting_employer",
    posting.c.employer_account,
    posting.c.period,
    sqlite_where=_OF_EMPLOYER,
    postgresql_where=_OF_EMPLOYER,
)

# One branch and wage month of an accepted form 1-10: a header record and the lines under it.
# Sums are of the accepted lines; ``declared_satang`` is TOTAL PAID of the header, both sides.
# ``purpose`` says what it does to what was filed before for that branch and month.
filing = sa.Table(
    "filing",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), primary_key=True),
    sa.Column("record_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("employer_account", Text, nullable=False),
    sa.Column("employer_branch", Text, nullable=False),
    sa.Column("period", sa.Integer, nullable=False),
    sa.Column("purpose", Text, nullable=False),  # merge, replace or add
    sa.Column("paid_date", sa.Date),  # as the form says
    sa.Column("persons", sa.BigInteger, nullable=False),
    sa.Column("wages_satang", sa.BigInteger, nullable=False),
    sa.Column("contribution_satang", sa.BigInteger, nullable=False),  # both sides
    sa.Column("declared_satang", sa.BigInteger, nullable=False),
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("book_date", sa.Date, nullable=False, index=True),
    _recorded_at(),
    sa.Index("ix_filing_month", "employer_account", "period", "employer_branch"),
    sa.Index("ix_filing_period", "period"),
    sa.CheckConstraint("purpose IN ('merge', 'replace', 'add')", name="purpose"),
)

# What became of an entered filing: a person withdrew it or let it count again, or the employer
# sent the same bytes under a further name that says what they do now (``name``, ``purpose``).
filing_event = sa.Table(
    "filing_event",
    metadata,
    sa.Column("event_id", RowNumber, primary_key=True),
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), nullable=False, index=True),
    sa.Column("state", Text, nullable=False),  # withdrawn, reinstated or filed_again
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    sa.Column("book_date", sa.Date, nullable=False),
    _recorded_at(),
    # Of bytes that came again: a row for each block (its header) that counts anew from here on,
    # or one without a block when nothing changes.
    sa.Column("name", Text),
    sa.Column("purpose", Text),
    sa.Column("record_number", sa.BigInteger),
)

# A payment that could not be posted as asked; its money waits in the partner's suspense account.
payment_break = sa.Table(
    "payment_break",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("posting_batch.file_id"), primary_key=True),
    sa.Column("record_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("code", Text, nullable=False),
    sa.Column("national_id", Text, index=True),
    sa.Column("section_code", Text),
    sa.Column("option_code", Text),
    sa.Column("period", sa.Integer),
    sa.Column("amount_satang", sa.BigInteger, nullable=False),
    sa.Column("payment_date", sa.Date),
    sa.Column("expected_satang", sa.BigInteger),  # what the feed offered for that month
    sa.Column("status_code", Text),  # as the feed told the partner
    sa.Column("feed_date", sa.Date),  # business date of that feed
    _recorded_at(),
    sa.Column("ended_date", sa.Date),  # since when the status has ended, as the feed said
    sa.Column("suggestion", Text),  # JSON object, keys sorted: what passes suggest, never posted
)

payment_break_event = sa.Table(
    "payment_break_event",
    metadata,
    sa.Column("event_id", RowNumber, primary_key=True),
    sa.Column("file_id", Text, nullable=False),
    sa.Column("record_number", sa.BigInteger, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
    sa.ForeignKeyConstraint(
        ["file_id", "record_number"], ["payment_break.file_id", "payment_break.record_number"]
    ),
    sa.Index("ix_payment_break_event_latest", "file_id", "record_number", "event_id"),
)

# A break about a file or a day instead of one payment: totals, settlement, duplicates, lateness.
file_break = sa.Table(
    "file_break",
    metadata,
    sa.Column("break_id", Text, primary_key=True),
    sa.Column("code", Text, nullable=False),
    sa.Column("partner", Text, nullable=False),
    sa.Column("business_date", sa.Date, nullable=False, index=True),
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id")),
    sa.Column("amount_satang", sa.BigInteger, nullable=False),  # at stake, never negative
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
    sa.CheckConstraint("amount_satang >= 0", name="amount"),
)

file_break_event = sa.Table(
    "file_break_event",
    metadata,
    sa.Column("event_id", RowNumber, primary_key=True),
    sa.Column("break_id", Text, sa.ForeignKey("file_break.break_id"), nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
    sa.Index("ix_file_break_event_latest", "break_id", "event_id"),
)

# A line of a bank's settlement advice: what it credited to our account for one partner's
# collection day. ``net_satang`` = gross - fee. A bank names each credit once, in whatever file.
settlement = sa.Table(
    "settlement",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("posting_batch.file_id"), primary_key=True),
    sa.Column("record_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("bank", Text, nullable=False),  # partner that holds our account
    sa.Column("bank_reference", Text, nullable=False),
    sa.Column("collector", Text, nullable=False),  # partner that took the payments
    sa.Column("collection_date", sa.Date, nullable=False, index=True),
    sa.Column("value_date", sa.Date, nullable=False),
    sa.Column("payment_count", sa.BigInteger, nullable=False),
    sa.Column("gross_satang", sa.BigInteger, nullable=False),
    sa.Column("fee_satang", sa.BigInteger, nullable=False),
    _recorded_at(),
    sa.CheckConstraint("gross_satang >= fee_satang AND fee_satang >= 0", name="fee"),
    sa.Index("ix_settlement_bank_reference", "bank", "bank_reference", unique=True),
)

# Money to give back to a payer: the posting leg that made it payable, and where it goes. Rows with
# a negative leg keep the payee of what is only proposed.
refund = sa.Table(
    "refund",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("posting_batch.file_id"), primary_key=True),
    sa.Column("record_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("leg", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("national_id", Text, index=True),
    sa.Column("amount_satang", sa.BigInteger, nullable=False),
    sa.Column("bank_code", Text, nullable=False),
    sa.Column("branch_code", Text, nullable=False),
    sa.Column("account_number", Text, nullable=False),
    sa.Column("payee_name", Text, nullable=False),
    _recorded_at(),
    sa.CheckConstraint("amount_satang > 0", name="amount"),
)

# A decision to give an employer back what it paid too much for a wage month.
employer_refund = sa.Table(
    "employer_refund",
    metadata,
    sa.Column("refund_id", Text, primary_key=True),  # the account and a number: 1000000019-001
    sa.Column("employer_account", Text, nullable=False),
    sa.Column("period", sa.Integer, nullable=False),
    sa.Column("amount_satang", sa.BigInteger, nullable=False),
    _recorded_at(),
    sa.Index("ix_employer_refund_month", "employer_account", "period"),
    sa.CheckConstraint("amount_satang > 0", name="amount"),
)

# How far it has come: proposed, payable or withdrawn. It names its row of ``refund``: that of the
# leg which makes the money payable, or before there is one that which keeps the payee.
employer_refund_event = sa.Table(
    "employer_refund_event",
    metadata,
    sa.Column("event_id", RowNumber, primary_key=True),
    sa.Column("refund_id", Text, sa.ForeignKey("employer_refund.refund_id"), nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("file_id", Text, nullable=False),
    sa.Column("record_number", sa.BigInteger, nullable=False),
    sa.Column("leg", sa.Integer, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("book_date", sa.Date),  # null: nothing was entered
    _recorded_at(),
    sa.ForeignKeyConstraint(
        ["file_id", "record_number", "leg"],
        ["refund.file_id", "refund.record_number", "refund.leg"],
    ),
    sa.Index("ix_employer_refund_event_latest", "refund_id", "event_id"),
)

# Months paid, each once: a view over ``posting`` that is kept up with every load, resolution and
# reversal, and can be made anew from it at any time. Not append-only, holds nothing of its own.
month_paid = sa.Table(
    "month_paid",
    metadata,
    sa.Column("national_id", Text, primary_key=True),
    sa.Column("section_code", Text, primary_key=True),
    sa.Column("period", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("option_code", Text),
    sa.Column("paid_satang", sa.BigInteger, nullable=False),
    sa.Column("payments", sa.BigInteger, nullable=False),
    sa.Column("paid_date", sa.Date, nullable=False),
    sa.CheckConstraint("paid_satang > 0", name="paid"),
)

# The books of a business date, proven and closed: nothing is entered on or before it any more.
day_close = sa.Table(
    "day_close",
    metadata,
    sa.Column("business_date", sa.Date, primary_key=True),
    sa.Column("postings", sa.BigInteger, nullable=False),  # entered since the close before
    sa.Column("moved_satang", sa.BigInteger, nullable=False),
    sa.Column("balances", Text, nullable=False),  # JSON object: account → debit less credit
    _recorded_at(),
)

operator_act = sa.Table(
    "operator_act",
    metadata,
    sa.Column("act_id", RowNumber, primary_key=True),
    sa.Column("verb", Text, nullable=False),
    sa.Column("target", Text, nullable=False, index=True),
    sa.Column("who", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    _recorded_at(),
)

# What people were told about a business date: each subject once on each level.
notice = sa.Table(
    "notice",
    metadata,
    sa.Column("business_date", sa.Date, primary_key=True),
    sa.Column("subject", Text, primary_key=True),
    sa.Column("level", Text, primary_key=True),
    sa.Column("text_en", Text, nullable=False),
    sa.Column("text_th", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
)

notice_event = sa.Table(
    "notice_event",
    metadata,
    sa.Column("event_id", RowNumber, primary_key=True),
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("subject", Text, nullable=False),
    sa.Column("level", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("channel", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
    sa.ForeignKeyConstraint(
        ["business_date", "subject", "level"],
        ["notice.business_date", "notice.subject", "notice.level"],
    ),
    sa.Index("ix_notice_event_latest", "business_date", "subject", "level", "event_id"),
)

# A notice to employers: one list of the mainframe's, sent by mail. Its file is its identity.
employer_notice = sa.Table(
    "employer_notice",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("file.file_id"), primary_key=True),
    sa.Column("notice_code", Text, nullable=False),
    sa.Column("business_date", sa.Date, nullable=False, index=True),
    sa.Column("accounts", sa.BigInteger, nullable=False),
    _recorded_at(),
)

# One mail to one address for one notice, whatever number of employer accounts it is about.
employer_mail = sa.Table(
    "employer_mail",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("employer_notice.file_id"), primary_key=True),
    sa.Column("address", Text, primary_key=True),  # as it is compared: trimmed, domain lower-case
    sa.Column("message_id", Text, nullable=False, unique=True),
    _recorded_at(),
)

# Which record of the list is told to which address; no address: the account is unmatched.
employer_mail_account = sa.Table(
    "employer_mail_account",
    metadata,
    sa.Column("file_id", Text, sa.ForeignKey("employer_notice.file_id"), primary_key=True),
    sa.Column("record_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("employer_account", Text, nullable=False, index=True),
    sa.Column("employer_branch", Text, nullable=False),
    sa.Column("employer_type", Text, nullable=False),
    sa.Column("office_code", Text, nullable=False),
    sa.Column("address", Text),
    sa.Column("reason", Text),  # finding code where there is no address
    _recorded_at(),
)

employer_mail_event = sa.Table(
    "employer_mail_event",
    metadata,
    sa.Column("event_id", RowNumber, primary_key=True),
    sa.Column("file_id", Text, nullable=False),
    sa.Column("address", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    _recorded_at(),
    sa.ForeignKeyConstraint(
        ["file_id", "address"], ["employer_mail.file_id", "employer_mail.address"]
    ),
    sa.Index("ix_employer_mail_event_latest", "file_id", "address", "event_id"),
)

# The hash chain (ledger/chain.py). ``recorded_at`` is text: it is hashed as it is written.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("subject", Text, nullable=False, index=True),
    sa.Column("detail", Text, nullable=False),  # JSON object, keys sorted
    sa.Column("recorded_at", Text, nullable=False),
    sa.Column("previous", Text, nullable=False),
    sa.Column("hash", Text, nullable=False),
)

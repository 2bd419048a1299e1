"""Tables of the ledger.

Every table is append-only (triggers made by the migration refuse UPDATE and DELETE): the
latest event is the state, a reversal undoes a posting. Amounts are integer satang, periods are
Gregorian ``yyyymm``, ``business_date`` and ``effective_date`` are days of Asia/Bangkok,
``recorded_at`` is the moment at which the row was written.
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

# One row for a return file whose payments are all in the ledger: posted or broken.
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
)

# Double entry by construction: a row moves one amount from one account to another.
# ``leg`` counts the movements of one record from 1; the reversal of leg n is leg -n.
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

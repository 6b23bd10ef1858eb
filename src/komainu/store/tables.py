"""The tables of the record, as the newest migration leaves them.

`ledger` is the record. The tables of `SEARCHED` repeat parts of it so that it can be searched; each row carries the
number (`seq`) of the entry it repeats. `contents` and `words` hold what can be forgotten; the ledger covers them by
their hashes. `traces` (sealed) and `claims` are kept for a time, and no part of the record.
"""

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

SCHEMA = "0006"  # the newest migration
SCHEMA_TABLE = "komainu_schema"

METADATA = MetaData()
WIDE = BigInteger().with_variant(Integer, "sqlite")  # SQLite keys rows only by a type of exactly that name


def _entry() -> Column[int]:
    return Column("seq", WIDE, ForeignKey("ledger.seq"), primary_key=True, autoincrement=False)


LEDGER = Table(
    "ledger",
    METADATA,
    Column("seq", WIDE, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False, unique=True),
    Column("entry", Text, nullable=False),  # canonical JSON
    Column("hash", CHAR(64), nullable=False),  # SHA-256 of the entry's UTF-8 bytes
)

HEAD = Table(
    "ledger_head",
    METADATA,
    Column("one", SmallInteger, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("entries", WIDE, nullable=False),
    Column("hash", CHAR(64), nullable=False),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    _entry(),
    Column("id", Text, nullable=False),
    Column("action", SmallInteger, nullable=False),  # 0 allow, 1 limit, 2 hold, 3 block
    Column("content", Text, nullable=False),  # digest
    Column("rulebook", Text, nullable=False),  # digest
    Column("holding", Integer, nullable=False),  # how many clauses hold it back
    Column("decided_at", WIDE, nullable=False),  # microseconds since 1970
    Index("decisions_by_action", "action", "seq"),
    Index("decisions_by_time", "decided_at"),
)

DRAWN = Table(
    "drawn",  # decisions that people rule on whatever they came to
    METADATA,
    _entry(),
    Column("clauses", Integer, nullable=False),  # how many it rules on
)

SUCCESSIONS = Table(
    "successions",  # decisions that stand in place of another
    METADATA,
    _entry(),
    Column("decision", WIDE, nullable=False, unique=True),  # number of the entry of the one superseded
)

REVIEWS = Table(
    "reviews",
    METADATA,
    _entry(),
    Column("decision", WIDE, nullable=False),  # number of its entry
    Index("reviews_by_decision", "decision"),
)

RULED_CLAUSES = Table(
    "ruled_clauses",  # what each review says on each clause
    METADATA,
    _entry(),
    Column("place", Integer, primary_key=True, autoincrement=False),  # among the clauses of that review
    Column("decision", WIDE, nullable=False),  # number of its entry
    Column("clause", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("violated", SmallInteger, nullable=False),  # 0 clear, 1 violated
    Column("holds", SmallInteger, nullable=False),  # 1: the clause holds the decision back
    Column("second", SmallInteger, nullable=False),  # 1: this word alone is not enough
    Column("reviewed_at", WIDE, nullable=False),  # microseconds since 1970
    Index("ruled_clauses_by_decision", "decision", "clause"),
    Index("ruled_clauses_by_reviewer", "reviewer", "reviewed_at"),
)

APPEALS = Table(
    "appeals",
    METADATA,
    _entry(),
    Column("decision", WIDE, nullable=False),  # number of its entry
    Index("appeals_by_decision", "decision"),
)

APPEALED_CLAUSES = Table(
    "appealed_clauses",
    METADATA,
    _entry(),
    Column("place", Integer, primary_key=True, autoincrement=False),  # among the clauses of that appeal
    Column("decision", WIDE, nullable=False),  # number of its entry
    Column("clause", Text, nullable=False),
    Index("appealed_clauses_by_decision", "decision", "clause"),
)

OUTCOMES = Table(
    "outcomes",  # reviews that settle an appeal
    METADATA,
    _entry(),
    Column("appeal", WIDE, nullable=False, unique=True),  # number of its entry
    Column("overturned", SmallInteger, nullable=False),  # 0 upheld, 1 overturned
)

LABELS = Table(
    "labels",
    METADATA,
    _entry(),
    Column("content", Text, nullable=False),  # digest
    Column("clause", Text, nullable=False),
    Index("labels_by_content", "content", "seq"),
    Index("labels_by_clause", "clause", "seq"),
)

CERTIFICATES = Table(
    "certificates",
    METADATA,
    _entry(),
    Column("clause", Text, nullable=False),
    Index("certificates_by_clause", "clause", "seq"),
)

LAPSES = Table(
    "lapses",  # certificates taken back
    METADATA,
    _entry(),
    Column("certificate", WIDE, nullable=False),  # number of its entry
    Index("lapses_by_certificate", "certificate"),
)

STEPS = Table(
    "steps",
    METADATA,
    _entry(),
    Column("subject", Text, nullable=False),
    Index("steps_by_subject", "subject", "seq"),
)

CONTENTS = Table(
    "contents",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("body", Text, nullable=False),  # ASCII JSON: text, role, context
    Column("stored_at", WIDE, nullable=False),  # microseconds since 1970
    Column("expires_at", WIDE),  # the same; empty: kept until forgotten
)

WORDS = Table(
    "words",  # rationales and details of a decision, or the note of a review
    METADATA,
    _entry(),
    Column("content", Text, nullable=False),  # digest of what they may quote
    Column("body", Text, nullable=False),  # ASCII JSON: [words, places] each
    Index("words_by_content", "content"),
)

TRACES = Table(
    "traces",
    METADATA,
    Column("decision", Text, primary_key=True),  # its id
    Column("content", Text, nullable=False),  # digest of what they may quote
    Column("sealed", Text, nullable=False),  # encrypted and signed, with the decision's id inside
    Column("expires_at", WIDE, nullable=False),  # microseconds since 1970
    Index("traces_by_content", "content"),
    Index("traces_by_time", "expires_at"),
)

GOLDEN = Table(
    "golden",  # decisions made to see how people rule on what is known
    METADATA,
    _entry(),
)

CLAIMS = Table(
    "claims",
    METADATA,
    Column("decision", Text, primary_key=True),  # its id
    Column("reviewer", Text, nullable=False),
    Column("claimed_at", WIDE, nullable=False),  # microseconds since 1970
    Column("expires_at", WIDE, nullable=False),  # the same
    Index("claims_by_time", "expires_at"),
)

# Repeat the ledger.
SEARCHED = (
    DECISIONS,
    DRAWN,
    GOLDEN,
    SUCCESSIONS,
    REVIEWS,
    RULED_CLAUSES,
    APPEALS,
    APPEALED_CLAUSES,
    OUTCOMES,
    LABELS,
    CERTIFICATES,
    LAPSES,
    STEPS,
)

"""The deposit catalogue (``data`` database). The files themselves lie under ``var/deposit``."""

import sqlalchemy as sa

metadata = sa.MetaData()

deposit = sa.Table(
    "deposit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_code", sa.String(32), nullable=False, index=True),
    sa.Column("report", sa.String(16), nullable=False),  # R1, R4, …
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("period_first", sa.Date, nullable=False),  # competence days, both included
    sa.Column("period_last", sa.Date, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),  # due = the end of this day in Rome
    sa.Column("deposited_at", sa.DateTime, nullable=False),  # UTC
    sa.Column("tender", sa.String(64), nullable=False, server_default=""),  # the name of its file; empty: none
    sa.Column("provisional", sa.Boolean, nullable=False, server_default=sa.false()),  # readings were missing
    sa.UniqueConstraint("customer_code", "report", "period_first", "period_last", "version"),
)

deposit_file = sa.Table(
    "deposit_file",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("deposit_id", sa.ForeignKey("deposit.id"), nullable=False, index=True),
    sa.Column("name", sa.String(255), nullable=False),  # what the customer's browser saves it as
    sa.Column("format", sa.String(8), nullable=False),  # "xlsx", "csv", "csv_iso", "pdf"
    sa.Column("size", sa.Integer, nullable=False),  # bytes
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("path", sa.String(400), nullable=False),  # below the deposit folder
    sa.Column("removed_at", sa.DateTime),  # UTC; its time was over, and the row stays as evidence
)

#: One row per signed list of what was deposited for a tender and period; each names the one before.
deposit_manifest = sa.Table(
    "deposit_manifest",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tender", sa.String(64), nullable=False),
    sa.Column("period_first", sa.Date, nullable=False),
    sa.Column("period_last", sa.Date, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("made_at", sa.DateTime, nullable=False),  # UTC
    sa.Column("content_sha256", sa.String(64), nullable=False),  # of the list alone: tells whether anything is new
    sa.Column("sha256", sa.String(64), nullable=False),  # of the file that was signed
    sa.Column("path", sa.String(400), nullable=False),  # below the deposit folder; the signature ends in .sig
    sa.UniqueConstraint("tender", "period_first", "period_last", "number"),
)

#: One row per download: who fetched which file when.
receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("file_id", sa.ForeignKey("deposit_file.id"), nullable=False, index=True),
    sa.Column("visitor", sa.String(255), nullable=False),  # Hub user name
    sa.Column("fetched_at", sa.DateTime, nullable=False),  # UTC
)

#: One row per visitor: when they last looked at what was deposited, and when they did so the time before.
download_visit = sa.Table(
    "download_visit",
    metadata,
    sa.Column("visitor", sa.String(255), primary_key=True),  # Hub user name
    sa.Column("last_at", sa.DateTime, nullable=False),  # UTC
    sa.Column("before_at", sa.DateTime),  # UTC; None: they had never looked before
)

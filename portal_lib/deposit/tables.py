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
    sa.UniqueConstraint("customer_code", "report", "period_first", "period_last", "version"),
)

deposit_file = sa.Table(
    "deposit_file",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("deposit_id", sa.ForeignKey("deposit.id"), nullable=False, index=True),
    sa.Column("name", sa.String(255), nullable=False),  # what the customer's browser saves it as
    sa.Column("format", sa.String(8), nullable=False),  # "xlsx", "csv"
    sa.Column("size", sa.Integer, nullable=False),  # bytes
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("path", sa.String(400), nullable=False),  # below the deposit folder
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

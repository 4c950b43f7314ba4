"""Runs of owed reports, and what people should hear of them (``data`` database). Instants are naive UTC."""

import sqlalchemy as sa

metadata = sa.MetaData()

#: One row per owed document that was ever begun. ``alive_until`` is how far its worker's last sign of life reaches.
report_run = sa.Table(
    "report_run",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("report", sa.String(16), nullable=False),
    sa.Column("customer_code", sa.String(32), nullable=False),
    sa.Column("period_first", sa.Date, nullable=False),
    sa.Column("period_last", sa.Date, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # "running" | "failed" | "done"
    sa.Column("worker", sa.String(200)),  # portal_lib.reporting.claims.Worker
    sa.Column("alive_until", sa.DateTime),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # one after another
    sa.Column("next_try", sa.DateTime),
    sa.Column("reason_it", sa.Text),  # of the last failure
    sa.Column("reason_en", sa.Text),
    sa.UniqueConstraint("report", "customer_code", "period_first", "period_last"),
    sa.CheckConstraint("state in ('running', 'failed', 'done')", name="report_run_state"),
)

#: Written in the transaction of what it tells; the Hub, which knows addresses and languages, sends it.
report_notice = sa.Table(
    "report_notice",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # "deposited" | "failed" | "due"
    sa.Column("customer_code", sa.String(32), nullable=False),
    sa.Column("report", sa.String(16), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("period", sa.String(16), nullable=False),  # 2025-03
    sa.Column("due_on", sa.Date),
    sa.Column("reason_it", sa.Text),
    sa.Column("reason_en", sa.Text),
    sa.Column("key", sa.String(200), unique=True),  # what is told once has a name
    sa.CheckConstraint("kind in ('deposited', 'failed', 'due')", name="report_notice_kind"),
)

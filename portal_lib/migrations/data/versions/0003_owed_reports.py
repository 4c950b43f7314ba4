"""Which tender a deposit is for; signed manifests; runs of owed reports, and notices for the Hub to send."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("deposit", sa.Column("tender", sa.String(length=64), server_default="", nullable=False))
    op.add_column("deposit", sa.Column("provisional", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("deposit_file", sa.Column("removed_at", sa.DateTime(), nullable=True))
    op.create_table(
        "deposit_manifest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tender", sa.String(length=64), nullable=False),
        sa.Column("period_first", sa.Date(), nullable=False),
        sa.Column("period_last", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tender", "period_first", "period_last", "number"),
    )
    op.create_table(
        "report_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(length=16), nullable=False),
        sa.Column("customer_code", sa.String(length=32), nullable=False),
        sa.Column("period_first", sa.Date(), nullable=False),
        sa.Column("period_last", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=True),
        sa.Column("alive_until", sa.DateTime(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try", sa.DateTime(), nullable=True),
        sa.Column("reason_it", sa.Text(), nullable=True),
        sa.Column("reason_en", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('running', 'failed', 'done')", name="report_run_state"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("report", "customer_code", "period_first", "period_last"),
    )
    op.create_table(
        "report_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("customer_code", sa.String(length=32), nullable=False),
        sa.Column("report", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reason_it", sa.Text(), nullable=True),
        sa.Column("reason_en", sa.Text(), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.CheckConstraint("kind in ('deposited', 'failed', 'due')", name="report_notice_kind"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )

"""Customers, readings, deposits and staff reads."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("tax_code", sa.String(length=16), nullable=True),
        sa.Column("vat", sa.String(length=11), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("office_code", sa.String(length=6), nullable=True),
        sa.CheckConstraint("kind in ('household', 'organisation')", name="customer_kind"),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "supply_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pod", sa.String(length=14), nullable=False),
        sa.Column("address", sa.String(length=200), server_default="", nullable=False),
        sa.Column("municipality", sa.String(length=100), server_default="", nullable=False),
        sa.Column("cost_centre", sa.String(length=100), server_default="", nullable=False),
        sa.Column("use", sa.String(length=100), server_default="", nullable=False),
        sa.Column("voltage", sa.Integer(), nullable=True),
        sa.Column("contracted_kw", sa.Float(), nullable=True),
        sa.Column("available_kw", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pod"),
    )
    op.create_table(
        "holder",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("customer_code", sa.String(length=32), nullable=False),
        sa.Column("order_number", sa.String(length=64), nullable=True),
        sa.CheckConstraint("last_day is null or last_day >= first_day", name="holder_interval"),
        sa.ForeignKeyConstraint(
            ["customer_code"],
            ["customer.code"],
        ),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["supply_point.id"],
        ),
        sa.PrimaryKeyConstraint("point_id", "first_day"),
    )
    op.create_index(op.f("ix_holder_customer_code"), "holder", ["customer_code"], unique=False)
    op.create_table(
        "supply_order",
        sa.Column("customer_code", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("cig", sa.String(length=10), nullable=True),
        sa.Column("cup", sa.String(length=15), nullable=True),
        sa.Column("lot", sa.String(length=32), nullable=True),
        sa.Column("expected_kwh", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_code"],
            ["customer.code"],
        ),
        sa.PrimaryKeyConstraint("customer_code", "number"),
    )
    op.create_table(
        "curve_day",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("magnitude", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("curve", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(curve) = 4 * n"),
        sa.CheckConstraint("n in (0, 23, 24, 25, 92, 96, 100)"),
        sa.PrimaryKeyConstraint("point_id", "magnitude", "day"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "curve_day_superseded",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("magnitude", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("curve", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(curve) = 4 * n"),
        sa.CheckConstraint("n in (0, 23, 24, 25, 92, 96, 100)"),
        sa.PrimaryKeyConstraint("point_id", "magnitude", "day", "file_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("flow", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sent_at", sa.String(length=14), nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "deposit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_code", sa.String(length=32), nullable=False),
        sa.Column("report", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("period_first", sa.Date(), nullable=False),
        sa.Column("period_last", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("deposited_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("customer_code", "report", "period_first", "period_last", "version"),
    )
    op.create_index(op.f("ix_deposit_customer_code"), "deposit", ["customer_code"], unique=False)
    op.create_table(
        "deposit_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deposit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["deposit_id"],
            ["deposit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_deposit_file_deposit_id"), "deposit_file", ["deposit_id"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("visitor", sa.String(length=255), nullable=False),
        sa.Column("fetched_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["deposit_file.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_receipt_file_id"), "receipt", ["file_id"], unique=False)
    op.create_table(
        "staff_read",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )

"""Register readings of non-hourly meters; points that only readings have named; a customer's contact."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("supply_point", sa.Column("announced", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("customer", sa.Column("contact_name", sa.String(length=200), nullable=True))
    op.add_column("customer", sa.Column("contact_phone", sa.String(length=32), nullable=True))
    op.create_table(
        "register_reading",
        sa.Column("point_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("magnitude", sa.String(length=4), nullable=False),
        sa.Column("band", sa.String(length=2), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("point_id", "day", "kind", "magnitude", "band"),
    )
    op.create_table(
        "register_reading_superseded",
        sa.Column("point_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("magnitude", sa.String(length=4), nullable=False),
        sa.Column("band", sa.String(length=2), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("point_id", "day", "kind", "magnitude", "band", "file_id"),
    )
    op.create_table(
        "register_cancelled",
        sa.Column("point_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("point_id", "first_day", "last_day", "file_id"),
    )

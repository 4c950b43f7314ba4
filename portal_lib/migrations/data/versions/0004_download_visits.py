"""When each visitor last opened DOWNLOAD: what was deposited since then is new to them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "download_visit",
        sa.Column("visitor", sa.String(length=255), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("before_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("visitor"),
    )

"""The record of staff reads (``data`` database): quarter-hour curves are personal data, so who read them is kept."""

import sqlalchemy as sa

metadata = sa.MetaData()

staff_read = sa.Table(
    "staff_read",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reader", sa.String(255), nullable=False),  # Hub user name
    sa.Column("at", sa.DateTime, nullable=False),  # UTC
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("points", sa.Integer, nullable=False),  # how many supply points were read
    sa.Column("reason", sa.String(200), nullable=False, server_default=""),
)

"""Sessions, second factor, known devices, limits, recovery requests, export tokens, approvals of codes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_STATES = "state in ('unconfirmed', 'waiting', 'active', 'frozen', 'erased')"


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.alter_column("password_hash", existing_type=sa.String(length=255), nullable=True)
        account.add_column(sa.Column("language", sa.String(length=2), server_default="it", nullable=False))
        account.add_column(sa.Column("password_changed_at", sa.DateTime(), nullable=True))
        account.add_column(sa.Column("totp_secret", sa.String(length=255), nullable=True))
        account.add_column(sa.Column("totp_since", sa.DateTime(), nullable=True))
        account.add_column(sa.Column("totp_last_step", sa.Integer(), nullable=True))
        account.add_column(sa.Column("sign_on_subject", sa.String(length=255), nullable=True))
        account.drop_constraint("account_state", type_="check")
        account.create_check_constraint("account_state", _STATES)
        account.create_unique_constraint("account_sign_on_subject", ["sign_on_subject"])
    _approve_what_is_there()
    op.add_column("token", sa.Column("detail", sa.JSON(), nullable=True))
    with op.batch_alter_table("outgoing_mail") as mail:
        mail.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        mail.create_foreign_key("outgoing_mail_account", "account", ["account_id"], ["id"])
        mail.create_index("ix_outgoing_mail_account_id", ["account_id"])
    _tables_of_sessions()
    _tables_of_doors()


def _approve_what_is_there() -> None:
    """Codes that accounts already hold were added when the account was made, and need nobody's approval."""
    op.add_column("account_customer", sa.Column("added_at", sa.DateTime(), nullable=True))
    op.add_column("account_customer", sa.Column("approved_at", sa.DateTime(), nullable=True))
    op.execute(
        "update account_customer set added_at = (select created_at from account where id = account_customer.account_id)"
    )
    op.execute("update account_customer set approved_at = added_at")
    with op.batch_alter_table("account_customer") as link:
        link.alter_column("added_at", existing_type=sa.DateTime(), nullable=False)


def _tables_of_sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("agent", sa.String(length=200), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_table(
        "session_end",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hub_name", sa.String(length=64), nullable=False),
        sa.Column("session_sha256", sa.String(length=64), nullable=True),
        sa.Column("forget", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "known_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("ix_known_device_account_id", "known_device", ["account_id"])


def _tables_of_doors() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"])
    op.create_table(
        "throttle_bucket",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "recovery_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "export_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("ix_export_token_account_id", "export_token", ["account_id"])

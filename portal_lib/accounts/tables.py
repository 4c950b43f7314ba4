"""The tables of the ``accounts`` database: people, tokens, consents, audit, mail to send. Instants are UTC."""

import sqlalchemy as sa

metadata = sa.MetaData()

#: One row per login, customer or staff. ``hub_name`` is what the Hub knows it by: opaque and never reused.
account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),  # "customer" | "staff"
    sa.Column("hub_name", sa.String(64), nullable=False, unique=True),  # c-7f3k… | s-<login>
    sa.Column("login", sa.String(64), nullable=False),  # as typed
    sa.Column("login_key", sa.String(64), nullable=False, unique=True),  # NFKC, case folded
    sa.Column("password_hash", sa.String(255), nullable=False),  # Argon2id, PHC string
    sa.Column("state", sa.String(16), nullable=False),  # "unconfirmed" | "waiting" | "active" | "frozen"
    sa.Column("first_name", sa.String(100), nullable=False, server_default=""),
    sa.Column("last_name", sa.String(100), nullable=False, server_default=""),
    sa.Column("tax_code", sa.String(16)),  # codice fiscale of the person who registered
    sa.Column("vat", sa.String(16)),  # partita IVA (or own codice fiscale) of the organisation
    sa.Column("gender", sa.String(1)),  # only where the setting store_gender says so
    sa.Column("email", sa.String(254)),  # where confirmation went; null while waiting for activation
    sa.Column("mobile", sa.String(32)),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("confirmed_at", sa.DateTime),
    sa.CheckConstraint("kind in ('customer', 'staff')", name="account_kind"),
    sa.CheckConstraint("state in ('unconfirmed', 'waiting', 'active', 'frozen')", name="account_state"),
)

account_customer = sa.Table(
    "account_customer",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("customer_code", sa.String(32), primary_key=True),
)

#: ``number`` is the analyst's, for good: it fixes the numeric user id of their JupyterLab.
staff_member = sa.Table(
    "staff_member",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("group", sa.String(32), nullable=False),  # "analysts" | "operators"
)

#: Single-use tokens, only their SHA-256.
token = sa.Table(
    "token",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("purpose", sa.String(16), nullable=False),  # "confirmation"
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    sa.Column("used_at", sa.DateTime),
)

#: Append-only.
consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    # "notice", "marketing", "third_parties", "profiling"
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("notice_version", sa.String(32), nullable=False),
    sa.Column("notice_sha256", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),  # "registration"
)

#: Append-only. No password, token or full tax code ever stands in ``detail``.
audit_event = sa.Table(
    "audit_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("event", sa.String(64), nullable=False),
    sa.Column("account_id", sa.ForeignKey("account.id")),
    sa.Column("address", sa.String(64)),  # where the request came from
    sa.Column("detail", sa.JSON, nullable=False),
)

#: Mail waits here until the SMTP server has taken it; the body, which may hold a link, is then emptied.
outgoing_mail = sa.Table(
    "outgoing_mail",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("recipient", sa.String(254), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("not_before", sa.DateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.String(400)),
    sa.Column("sent_at", sa.DateTime),
)

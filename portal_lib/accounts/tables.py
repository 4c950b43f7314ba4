"""The tables of the ``accounts`` database: people, their links and sessions, consents, audit, mail to send.

Instants are naive UTC (:mod:`portal_lib.accounts.instants`). Whatever opens a door (a link's token, a session's id, a
device's cookie, a recovery code, an export token) stands here as its SHA-256 alone.
"""

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
    sa.Column("password_hash", sa.String(255)),  # Argon2id, PHC string; null where no password opens the account
    sa.Column("state", sa.String(16), nullable=False),  # "unconfirmed" | "waiting" | "active" | "frozen" | "erased"
    sa.Column("first_name", sa.String(100), nullable=False, server_default=""),
    sa.Column("last_name", sa.String(100), nullable=False, server_default=""),
    sa.Column("tax_code", sa.String(16)),  # codice fiscale of the person who registered
    sa.Column("vat", sa.String(16)),  # partita IVA (or own codice fiscale) of the organisation
    sa.Column("gender", sa.String(1)),  # only where the setting store_gender says so
    sa.Column("email", sa.String(254)),  # where confirmation went; null while waiting for activation
    sa.Column("mobile", sa.String(32)),
    sa.Column("language", sa.String(2), nullable=False, server_default="it"),  # of mails and pages: "it" | "en"
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("confirmed_at", sa.DateTime),
    sa.Column("password_changed_at", sa.DateTime),
    # The second factor (RFC 6238): its secret, encrypted with a key that lies outside the database; when it was
    # turned on (null: off, or not proven yet); the time step last used, since a code opens once.
    sa.Column("totp_secret", sa.String(255)),
    sa.Column("totp_since", sa.DateTime),
    sa.Column("totp_last_step", sa.Integer),
    sa.Column("sign_on_subject", sa.String(255), unique=True),  # staff single sign-on: "<issuer> <sub>"
    sa.CheckConstraint("kind in ('customer', 'staff')", name="account_kind"),
    sa.CheckConstraint("state in ('unconfirmed', 'waiting', 'active', 'frozen', 'erased')", name="account_state"),
)

#: Whose data an account sees. Without ``approved_at`` it waits for the customer's contact or for staff.
account_customer = sa.Table(
    "account_customer",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("customer_code", sa.String(32), primary_key=True),
    sa.Column("added_at", sa.DateTime, nullable=False),
    sa.Column("approved_at", sa.DateTime),
)

#: ``number`` is the analyst's, for good: it fixes the numeric user id of their JupyterLab.
staff_member = sa.Table(
    "staff_member",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("group", sa.String(32), nullable=False),  # "analysts" | "operators"
)

#: Single-use tokens of links and of steps between two forms.
token = sa.Table(
    "token",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("purpose", sa.String(16), nullable=False),  # portal_lib.accounts.tokens.Purpose
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("detail", sa.JSON),  # what the token is about: an address to be confirmed, a customer code
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    sa.Column("used_at", sa.DateTime),
)

#: Spare keys to the second factor, each for one login.
recovery_code = sa.Table(
    "recovery_code",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("used_at", sa.DateTime),
)

#: One row per browser that is logged in; ``sha256`` is of the session id in its cookie.
session = sa.Table(
    "session",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False),
    sa.Column("address", sa.String(64)),
    sa.Column("agent", sa.String(200), nullable=False, server_default=""),  # the browser, as it calls itself
    sa.Column("ended_at", sa.DateTime),
)

#: Ended sessions that the Hub has yet to carry everywhere: cookies, tokens, servers, open pages.
session_end = sa.Table(
    "session_end",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("hub_name", sa.String(64), nullable=False),
    sa.Column("session_sha256", sa.String(64)),  # one browser's; null: all of that person's
    sa.Column("forget", sa.Boolean, nullable=False, server_default=sa.false()),  # the Hub forgets the user too
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("done_at", sa.DateTime),
)

#: A browser in which somebody has logged in before; tries from it are counted apart from everybody else's.
known_device = sa.Table(
    "known_device",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False),
)

#: A leaking bucket per limited key: ``level`` tries stood in it at ``at``.
throttle_bucket = sa.Table(
    "throttle_bucket",
    metadata,
    sa.Column("key", sa.String(128), primary_key=True),
    sa.Column("level", sa.Float, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)

#: A request of a recovery page, written down alike whether or not it belongs to anybody; the Hub answers it by mail a
#: moment later and removes the row.
recovery_request = sa.Table(
    "recovery_request",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # "username" | "password"
    sa.Column("asked", sa.JSON, nullable=False),  # what the form said
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("address", sa.String(64)),
    sa.Column("at", sa.DateTime, nullable=False),
)

#: Tokens with which a customer's own scripts fetch exports, and nothing else.
export_token = sa.Table(
    "export_token",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("label", sa.String(100), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    sa.Column("used_at", sa.DateTime),  # last
    sa.Column("revoked_at", sa.DateTime),
)

#: Who wants a mail when a report is there (customers by choice, operators always), and how far each has been told:
#: notices from ``since`` on, after number ``seen``.
report_mail = sa.Table(
    "report_mail",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("wanted", sa.Boolean, nullable=False),
    sa.Column("since", sa.DateTime, nullable=False),
    sa.Column("seen", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sent_at", sa.DateTime),
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
    sa.Column("channel", sa.String(16), nullable=False),  # "registration" | "profile"
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
    sa.Column("account_id", sa.ForeignKey("account.id"), index=True),  # whom it is about
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

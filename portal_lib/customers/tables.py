"""The tables of customers, supply points, holders and orders (``data`` database)."""

import sqlalchemy as sa

metadata = sa.MetaData()

customer = sa.Table(
    "customer",
    metadata,
    sa.Column("code", sa.String(32), primary_key=True),  # codice cliente, as on the bill, upper case
    sa.Column("kind", sa.String(16), nullable=False),  # "household" | "organisation"
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("tax_code", sa.String(16)),  # codice fiscale: 16 characters, or an organisation's 11 digits
    sa.Column("vat", sa.String(11)),  # partita IVA
    sa.Column("email", sa.String(254)),  # the contact's address on file
    sa.Column("office_code", sa.String(6)),  # codice univoco ufficio
    sa.Column("contact_name", sa.String(200)),  # whom to speak to
    sa.Column("contact_phone", sa.String(32)),
    sa.CheckConstraint("kind in ('household', 'organisation')", name="customer_kind"),
)

#: A point that only readings have named so far has ``announced`` false: nobody holds it, so nobody sees it, until a
#: sheet of points names it too.
supply_point = sa.Table(
    "supply_point",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pod", sa.String(14), nullable=False, unique=True),
    sa.Column("address", sa.String(200), nullable=False, server_default=""),
    sa.Column("municipality", sa.String(100), nullable=False, server_default=""),
    sa.Column("cost_centre", sa.String(100), nullable=False, server_default=""),
    sa.Column("use", sa.String(100), nullable=False, server_default=""),
    sa.Column("voltage", sa.Integer),  # V
    sa.Column("contracted_kw", sa.Float),
    sa.Column("available_kw", sa.Float),
    sa.Column("announced", sa.Boolean, nullable=False, server_default=sa.true()),
)

supply_order = sa.Table(
    "supply_order",
    metadata,
    sa.Column("customer_code", sa.ForeignKey("customer.code"), primary_key=True),
    sa.Column("number", sa.String(64), primary_key=True),
    sa.Column("ordered_on", sa.Date),
    sa.Column("cig", sa.String(10)),
    sa.Column("cup", sa.String(15)),
    sa.Column("lot", sa.String(32)),
    sa.Column("expected_kwh", sa.Integer),
)

#: A customer holds a point from ``first_day`` to ``last_day``, both local days and both included; a null
#: ``last_day`` is open. The intervals of one point never overlap.
holder = sa.Table(
    "holder",
    metadata,
    sa.Column("point_id", sa.ForeignKey("supply_point.id"), primary_key=True),
    sa.Column("first_day", sa.Date, primary_key=True),
    sa.Column("last_day", sa.Date),
    sa.Column("customer_code", sa.ForeignKey("customer.code"), nullable=False, index=True),
    sa.Column("order_number", sa.String(64)),
    sa.CheckConstraint("last_day is null or last_day >= first_day", name="holder_interval"),
)

"""The same portal on PostgreSQL: a customer registers and finds their readings, and staff's commands answer."""

import json
from datetime import date
from decimal import Decimal

import pytest

from tests.journeys.chart_page import ChartPage
from tests.journeys.people import register_and_confirm
from tests.journeys.portal import demo_portal


@pytest.fixture(scope="module")
def on_postgresql(postgres):
    data, accounts = postgres.empty(), postgres.empty()
    settings = {
        "PORTAL_DATA_URL": data,
        "PORTAL_DATA_READ_URL": postgres.url_to_read(data),
        "PORTAL_ACCOUNTS_URL": accounts,
    }
    with demo_portal("postgresql", **settings) as portal:
        yield portal
    for url in (data, accounts):
        postgres.drop(url)


def test_a_customer_registers_and_sees_every_kwh(on_postgresql, browser):
    household = register_and_confirm(browser, on_postgresql, "household")
    chart = ChartPage(household.open(browser, on_postgresql).new_page()).open()
    chart.choose_days(date(2024, 9, 1), date(2024, 9, 30))
    assert chart.total() == Decimal("269.281")
    listed = on_postgresql.command("accounts", "list", "--json")
    assert [row["login"] for row in json.loads(listed.stdout)] == [household.username]
    files = {path.relative_to(on_postgresql.var).parts[0] for path in on_postgresql.var.rglob("*.sqlite")}
    assert files <= {"hub"}, "the Hub keeps a database of its own; people and readings lie in PostgreSQL"

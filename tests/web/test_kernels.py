"""What a page's kernel is given: its visitor and the readings' address, and nothing that could be stolen."""

import json
from datetime import date

import pytest

from portal_lib.settings import Settings
from portal_lib.visitor import Visitor
from portal_lib.web.kernels import kernel_environment
from portal_lib.web.visitors import Guest

SECRETS = (
    "JUPYTERHUB_API_TOKEN",
    "PORTAL_ACCOUNTS_URL",
    "PORTAL_SMTP_PASSWORD",
    "CONFIGPROXY_AUTH_TOKEN",
    "AWS_SECRET",
)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, "geheim")
    return Settings(var=tmp_path, october_4_is_holiday_from=date(2027, 1, 1))


def test_the_kernel_learns_its_visitor_from_the_server(settings):
    guest = Guest(Visitor(name="c-1", codes=frozenset({"10", "20"})), staff=False)
    environment = kernel_environment(settings, guest)
    assert json.loads(environment["PORTAL_VISITOR"]) == {"name": "c-1", "codes": ["10", "20"]}
    assert environment["PORTAL_DATA_URL"].endswith("data.sqlite")
    assert environment["PORTAL_OCTOBER_4_IS_HOLIDAY_FROM"] == "2027-01-01"


def test_no_secret_of_the_server_reaches_it(settings):
    environment = kernel_environment(settings, Guest(Visitor(name="c-1", codes=frozenset({"1"})), staff=False))
    assert "geheim" not in json.dumps(environment)
    assert "accounts" not in json.dumps(environment)

"""Dashboards and analysts are given an address that opens the readings and changes nothing."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from portal_lib import db
from portal_lib.serving.read_address import ReadAddressMayNotRead, ReadAddressMayWrite, check_what_reads
from portal_lib.settings import NoReadOnlyAddress, Settings
from portal_lib.visitor import Visitor
from portal_lib.web.kernels import kernel_environment
from portal_lib.web.visitors import Guest


@pytest.fixture
def url(postgres):
    yield (made := postgres.migrated("data"))
    postgres.drop(made)


@pytest.fixture
def settings(tmp_path, url):
    def of(read_url=None):
        return Settings(var=tmp_path, data_url=SecretStr(url), data_read_url=SecretStr(read_url) if read_url else None)

    return of


def test_on_sqlite_one_address_does_for_both(tmp_path):
    settings = Settings(var=tmp_path)
    check_what_reads(settings)
    assert settings.data_database_to_read == settings.data_database


def test_on_postgresql_nothing_that_can_write_is_handed_out(settings):
    visitor = Guest(Visitor(name="c-1", codes=frozenset({"1"})), staff=False)
    for hand_out in (check_what_reads, lambda settings: kernel_environment(settings, visitor)):
        with pytest.raises(NoReadOnlyAddress, match="data_read_url is missing"):
            hand_out(settings())


def test_a_role_that_may_write_is_refused_by_name(settings, url):
    with pytest.raises(ReadAddressMayWrite, match=r"\(postgres\) may change"):
        check_what_reads(settings(url))


def test_a_role_that_may_only_read_is_handed_out(settings, url, read_only):
    taken = settings(read_only(url))
    check_what_reads(taken)
    visitor = Guest(Visitor(name="c-1", codes=frozenset({"1"})), staff=False)
    assert kernel_environment(taken, visitor)["PORTAL_DATA_URL"] == read_only(url)
    with db.reading(db.open_engine(read_only(url), read_only=True)) as connection:
        assert connection.exec_driver_sql("select count(*) from curve_day").scalar() == 0


def test_a_role_that_misses_a_table_is_refused_by_the_table(settings, url, postgres):
    postgres.run("DROP ROLE IF EXISTS newcomer")
    postgres.run("CREATE ROLE newcomer LOGIN")
    with pytest.raises(ReadAddressMayNotRead, match="curve_day, curve_day_superseded, customer"):
        check_what_reads(settings(postgres.url(make_url(url).database, "newcomer")))
    postgres.run("DROP ROLE newcomer")


def test_addresses_do_not_show_when_settings_are_printed():
    secret = SecretStr("postgresql://portal:geheim@db/data")
    assert "geheim" not in repr(Settings(data_url=secret, data_read_url=secret))


def test_the_roles_of_the_manual_are_as_the_portal_wants_them(postgres, tmp_path):
    manual = (Path(__file__).parents[2] / "docs" / "postgresql.md").read_text()
    before, after = manual.split("```sql\n")[1].split("```")[0].split("\\c portal_data\n")
    for statement in re.sub(r"--.*", "", before).strip().rstrip(";").split(";"):
        postgres.run(statement)
    data, accounts = (postgres.url(f"portal_{which}", f"portal_{which}") for which in ("data", "accounts"))
    owner = db.open_engine(data)
    with owner.begin() as connection:
        for statement in after.strip().rstrip(";").split(";"):
            connection.exec_driver_sql(statement)
    owner.dispose()
    db.migrate("data", data)
    db.migrate("accounts", accounts)
    read = postgres.url("portal_data", "portal_read")
    check_what_reads(Settings(var=tmp_path, data_url=SecretStr(data), data_read_url=SecretStr(read)))
    for role in ("portal_read", "portal_data"):
        with pytest.raises(sa.exc.OperationalError, match="permission denied"):
            db.reading(db.open_engine(postgres.url("portal_accounts", role))).scalar(sa.text("select 1"))
    # Whatever a notebook sets its connection to.
    engine = sa.create_engine(read)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), engine.begin() as connection:
        connection.exec_driver_sql("set transaction read write")
        connection.exec_driver_sql("delete from curve_day")
    engine.dispose()
    for url in (data, accounts):
        postgres.drop(url)
    for role in ("portal_data", "portal_read", "portal_accounts"):
        postgres.run(f"DROP ROLE {role}")

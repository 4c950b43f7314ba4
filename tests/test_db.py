"""The databases: brought up to date by migrations, closed to writes where they are opened to read."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal_lib import db, visits
from portal_lib.accounts import tables as accounts
from portal_lib.customers import tables as customers
from portal_lib.deposit import tables as deposit
from portal_lib.metering import tables as metering

ROOMS = {
    "accounts": [accounts.metadata],
    "data": [customers.metadata, metering.metadata, deposit.metadata, visits.metadata],
}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'new' / 'data.sqlite'}"


@pytest.mark.parametrize("which", ["accounts", "data"])
def test_the_migrations_make_exactly_the_tables_that_the_code_speaks_of(url, which):
    db.migrate(which, url)
    everything = sa.MetaData()
    for metadata in ROOMS[which]:
        for table in metadata.tables.values():
            table.to_metadata(everything)
    with db.reading(db.open_engine(url)) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), everything)
    assert differences == []


def test_migrating_again_changes_nothing(url):
    db.migrate("data", url)
    db.migrate("data", url)
    with db.reading(db.open_engine(url)) as connection:
        assert connection.execute(sa.text("select count(*) from alembic_version")).scalar() == 1


def test_curves_are_stored_in_a_strict_table_without_row_ids(url):
    db.migrate("data", url)
    with db.reading(db.open_engine(url)) as connection:
        ddl = connection.execute(sa.text("select sql from sqlite_master where name = 'curve_day'")).scalar()
    assert "WITHOUT ROWID" in ddl and "STRICT" in ddl


def test_a_database_opened_to_read_refuses_writes(url):
    db.migrate("data", url)
    engine = db.open_engine(url, read_only=True)
    with pytest.raises(sa.exc.OperationalError, match="readonly"), engine.begin() as connection:
        connection.execute(sa.insert(customers.customer).values(code="1", kind="household", name="x"))


def test_a_reader_does_not_wait_for_a_writer(url):
    db.migrate("data", url)
    engine = db.open_engine(url)
    with engine.begin() as writer:
        writer.execute(sa.insert(customers.customer).values(code="1", kind="household", name="x"))
        with db.reading(engine) as reader:
            assert reader.execute(sa.select(sa.func.count()).select_from(customers.customer)).scalar() == 0


def test_a_failed_transaction_leaves_nothing(url):
    db.migrate("data", url)
    engine = db.open_engine(url)
    with pytest.raises(ZeroDivisionError), engine.begin() as writer:
        writer.execute(sa.insert(customers.customer).values(code="1", kind="household", name="x"))
        raise ZeroDivisionError
    with db.reading(engine) as reader:
        assert reader.execute(sa.select(sa.func.count()).select_from(customers.customer)).scalar() == 0


def test_accounts_of_an_older_portal_are_all_there_after_an_upgrade(url):
    db.migrate("accounts", url, to="0001")
    engine = db.open_engine(url)
    with engine.begin() as connection:
        for statement in (
            "insert into account (id, kind, hub_name, login, login_key, password_hash, state, created_at) values"
            " (7, 'customer', 'c-1', 'Anna', 'anna', '$argon2id$', 'active', '2026-03-02 09:00:00.000000')",
            "insert into account_customer values (7, '10002001')",
            "insert into audit_event (at, event, account_id, detail) "
            "values ('2026-03-02', 'account:registered', 7, '{}')",
            "insert into consent (account_id, purpose, granted, at, notice_version, notice_sha256, channel) values"
            " (7, 'notice', 1, '2026-03-02', '2026-01', 'x', 'registration')",
        ):
            connection.execute(sa.text(statement))
    engine.dispose()
    db.migrate("accounts", url)
    engine = db.open_engine(url)
    with engine.begin() as connection:
        row = connection.execute(sa.select(accounts.account)).one()
        link = connection.execute(sa.select(accounts.account_customer)).one()
        assert (row.login, row.password_hash, row.language) == ("Anna", "$argon2id$", "it")
        assert link.approved_at == link.added_at == row.created_at
        assert connection.execute(sa.select(accounts.audit_event.c.account_id)).scalar_one() == 7
        assert connection.execute(sa.select(accounts.consent.c.account_id)).scalar_one() == 7
        assert connection.exec_driver_sql("pragma foreign_key_check").all() == []
    engine.dispose()

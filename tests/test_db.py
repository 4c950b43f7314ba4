"""The databases: brought up to date by migrations, closed to writes where they are opened to read."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import make_url

from portal_lib import db, visits
from portal_lib.accounts import tables as accounts
from portal_lib.customers import tables as customers
from portal_lib.deposit import tables as deposit
from portal_lib.metering import tables as metering
from portal_lib.reporting import tables as reporting

ROOMS = {
    "accounts": [accounts.metadata],
    "data": [customers.metadata, metering.metadata, deposit.metadata, reporting.metadata, visits.metadata],
}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of a database in which nothing is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'data.sqlite'}"
        return
    server = request.getfixturevalue("postgres")
    yield (made := server.empty())
    server.drop(made)


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path / 'data.sqlite'}"


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


def test_curves_are_stored_in_a_strict_table_without_row_ids(sqlite_url):
    db.migrate("data", sqlite_url)
    with db.reading(db.open_engine(sqlite_url)) as connection:
        ddl = connection.execute(sa.text("select sql from sqlite_master where name = 'curve_day'")).scalar()
    assert "WITHOUT ROWID" in ddl and "STRICT" in ddl


def test_a_database_opened_to_read_refuses_writes(url):
    db.migrate("data", url)
    engine = db.open_engine(url, read_only=True)
    for _ in range(2):  # a connection that was only lent for reading is closed to writes the second time too
        with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), engine.begin() as connection:
            connection.execute(sa.insert(customers.customer).values(code="1", kind="household", name="x"))
        with db.reading(engine) as reader:
            assert reader.execute(sa.select(sa.func.count()).select_from(customers.customer)).scalar() == 0
    engine.dispose()


def test_a_reader_does_not_wait_for_a_writer(url):
    db.migrate("data", url)
    engine = db.open_engine(url)
    with engine.begin() as writer:
        writer.execute(sa.insert(customers.customer).values(code="1", kind="household", name="x"))
        with db.reading(engine) as reader:
            assert reader.execute(sa.select(sa.func.count()).select_from(customers.customer)).scalar() == 0


def test_what_reads_sees_one_moment_however_long_it_lasts(url):
    db.migrate("data", url)
    engine = db.open_engine(url)
    count = sa.select(sa.func.count()).select_from(customers.customer)
    with db.reading(engine) as reader:
        assert reader.execute(count).scalar() == 0
        with engine.begin() as writer:
            writer.execute(sa.insert(customers.customer).values(code="1", kind="household", name="x"))
        assert reader.execute(count).scalar() == 0
    with db.reading(engine) as reader:
        assert reader.execute(count).scalar() == 1
    engine.dispose()


def test_who_writes_has_the_database_to_itself_from_its_first_look_on(url):
    """Else two would both see that a thing is not there, and both put it there."""
    db.migrate("data", url)
    engine = db.open_engine(url)
    count = sa.select(sa.func.count()).select_from(customers.customer)

    def add_the_next(_):
        with engine.begin() as connection:
            number = connection.execute(count).scalar()
            connection.execute(sa.insert(customers.customer).values(code=str(number), kind="household", name="x"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add_the_next, range(20)))
    with db.reading(engine) as reader:
        assert reader.execute(count).scalar() == 20
    engine.dispose()


def test_a_text_with_a_nul_is_nonsense_and_no_error(url):
    db.migrate("data", url)
    engine = db.open_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.insert(customers.customer).values(code="1", kind="household", name="a\0b"))
        find = sa.select(customers.customer.c.name)
        assert connection.execute(find.where(customers.customer.c.code == "\0")).all() == []
        assert connection.execute(find.where(customers.customer.c.name.like("%\0%"))).scalar() in ("a\0b", "a\ufffdb")
    engine.dispose()


def test_an_address_without_a_driver_gets_the_one_that_comes_with_the_portal(postgres):
    bare = postgres.url("postgres").replace("+psycopg", "")
    with db.reading(db.open_engine(bare)) as connection:
        assert connection.scalar(sa.text("select 1")) == 1


def test_another_kind_of_database_is_refused():
    with pytest.raises(ValueError, match="mysql"):
        db.open_engine("mysql://somewhere/data")


@pytest.mark.parametrize(
    ("grants", "may"),
    [
        (["GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"], False),
        (["GRANT SELECT, UPDATE ON curve_day TO {role}"], True),
        (["GRANT UPDATE (curve) ON curve_day TO {role}"], True),
        (["ALTER TABLE curve_day OWNER TO {role}", "REVOKE ALL ON curve_day FROM {role}"], True),
        (["GRANT CREATE ON SCHEMA public TO {role}"], True),
        (["ALTER ROLE {role} SUPERUSER"], True),
    ],
)
def test_a_role_that_may_only_read_is_told_from_one_that_may_write(postgres, grants, may):
    url = postgres.empty()
    db.migrate("data", url)
    name = make_url(url).database
    role = f"reader_of_{name}"
    postgres.run(f"CREATE ROLE {role} LOGIN")
    engine = db.open_engine(url)
    with engine.begin() as connection:
        for grant in grants:
            connection.exec_driver_sql(grant.format(role=role))
    engine.dispose()
    rights = db.rights(postgres.url(name, role))
    assert (rights.role, rights.writes) == (role, may)
    assert may or rights.unreadable == ()
    postgres.drop(url)


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
            " (7, 'notice', true, '2026-03-02', '2026-01', 'x', 'registration')",
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
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("pragma foreign_key_check").all() == []
    engine.dispose()

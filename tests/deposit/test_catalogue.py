from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.clock import ROME
from portal_lib.deposit import catalogue, tables
from portal_lib.deposit.exceptions import DatesSwapped
from tests.deposit.conftest import NOON, Make

MINE = {"10002001"}


def names(engine: Engine, *args: object, **kwargs: object) -> list[str]:
    with db.reading(engine) as connection:
        return [file.name for file in catalogue.files(connection, *args, **kwargs)]  # type: ignore[arg-type]


def test_a_deposited_file_comes_back_with_everything_known_about_it(engine: Engine, make: Make) -> None:
    made = make(documents={"xlsx": b"PK", "csv": b"a;b"})
    with db.reading(engine) as connection:
        listed = catalogue.files(connection, MINE)
    assert listed == list(made.files)
    assert [(file.format, file.size) for file in listed] == [("xlsx", 2), ("csv", 3)]
    assert listed[0].deposited_at == NOON
    assert listed[0].deposited_at.tzinfo is UTC


def test_newest_deposits_come_first(engine: Engine, make: Make) -> None:
    for hours in (2, 1, 3):
        make(
            NOON + timedelta(hours=hours),
            report=f"R{hours}",
            names=lambda kind, version, hours=hours: f"{hours}.{kind}",
        )
    assert names(engine, MINE) == ["3.csv", "2.csv", "1.csv"]


def test_another_customers_files_are_neither_listed_nor_found(engine: Engine, make: Make) -> None:
    theirs = make(customer_code="10002002").files[0]
    with db.reading(engine) as connection:
        assert catalogue.files(connection, MINE) == []
        assert catalogue.files(connection, []) == []
        assert catalogue.file(connection, MINE, theirs.id) is None
        assert catalogue.file(connection, [], theirs.id) is None
        assert catalogue.file(connection, MINE, theirs.id + 1) is None
        assert catalogue.file(connection, {"10002002"}, theirs.id) == theirs


def test_a_later_version_supersedes_the_earlier_one_which_stays_as_evidence(engine: Engine, make: Make) -> None:
    first = make()
    make(NOON + timedelta(days=1))
    assert names(engine, MINE) == ["R4_2024-09_v2.csv"]
    assert names(engine, MINE, superseded=True) == ["R4_2024-09_v2.csv", "R4_2024-09_v1.csv"]
    with db.reading(engine) as connection:
        kept = catalogue.file(connection, MINE, first.files[0].id)
        every = catalogue.every_deposit(connection)
    assert kept is not None
    assert kept.superseded
    assert [(one.version, one.superseded) for one in every] == [(2, False), (1, True)]


def test_versions_count_for_each_customer_report_and_period_alone(engine: Engine, make: Make) -> None:
    make()
    assert make(customer_code="10002002").version == 1
    assert make(report="R1").version == 1
    assert make(period_last=date(2024, 9, 29)).version == 1
    assert make().version == 2
    assert len(names(engine, MINE)) == 3


def test_a_deposit_is_on_time_until_the_end_of_the_due_day_in_rome() -> None:
    due = date(2024, 10, 30)  # winter time: Rome is an hour ahead
    assert catalogue.on_time(datetime(2024, 10, 30, 22, 59, 59, 999999, UTC), due)
    assert not catalogue.on_time(datetime(2024, 10, 30, 23, 0, tzinfo=UTC), due)


instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(due=days, offset=st.timedeltas(timedelta(hours=-30), timedelta(hours=30)))
def test_late_begins_exactly_at_midnight_in_rome_after_the_due_day(due: date, offset: timedelta) -> None:
    midnight = datetime(due.year, due.month, due.day, tzinfo=ROME) + timedelta(days=1)  # wall clock
    instant = midnight.astimezone(UTC) + offset
    assert catalogue.on_time(instant, due) == (offset < timedelta(0))


near_midnight = st.builds(
    lambda day, hours, micro: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours, microseconds=micro)
    ),
    # the days around both clock changes of 2024 and of 2025, and any day
    st.one_of(
        st.sampled_from([date(2024, 3, 31), date(2024, 10, 27), date(2025, 3, 30), date(2025, 10, 26)]).flatmap(
            lambda day: st.sampled_from([day - timedelta(days=1), day, day + timedelta(days=1)])
        ),
        days,
    ),
    st.sampled_from([-3, -2, -1, 0, 1, 21, 22, 23]),
    st.sampled_from([-1, 0, 1]),
)


@pytest.fixture(scope="module")
def one_deposit(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A catalogue with a single file, whose instant each example sets."""
    path: Path = tmp_path_factory.mktemp("catalogue") / "data.sqlite"
    engine = db.open_engine(f"sqlite:///{path}")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            tables.deposit.insert().values(
                id=1,
                customer_code="10002001",
                report="R1",
                title="",
                period_first=date(2024, 9, 1),
                period_last=date(2024, 9, 30),
                version=1,
                due_on=date(2024, 10, 30),
                deposited_at=datetime(2024, 10, 1),  # noqa: DTZ001
            )
        )
        connection.execute(
            tables.deposit_file.insert().values(deposit_id=1, name="x.csv", format="csv", size=1, sha256="", path="x")
        )
    return engine


@settings(deadline=None)
@given(instant=near_midnight, before=st.integers(0, 2), after=st.integers(0, 2))
def test_the_deposit_date_filter_takes_both_its_days_whole_in_rome(
    one_deposit: Engine, instant: datetime, before: int, after: int
) -> None:
    day = instant.astimezone(ROME).date()
    first, last = day - timedelta(days=before), day + timedelta(days=after)
    with one_deposit.connect() as connection:
        connection.execute(sa.update(tables.deposit).values(deposited_at=instant.replace(tzinfo=None)))
        found = [
            len(catalogue.files(connection, MINE, *ends))
            for ends in (
                (first, last),
                (first, None),
                (None, last),
                (day, day),
                (day + timedelta(days=1), day + timedelta(days=1)),
                (day - timedelta(days=1), day - timedelta(days=1)),
            )
        ]
        connection.rollback()
    assert found == [1, 1, 1, 1, 0, 0]


def test_a_filter_with_its_ends_swapped_is_refused_in_words(engine: Engine) -> None:
    with db.reading(engine) as connection, pytest.raises(DatesSwapped) as refused:
        catalogue.files(connection, MINE, date(2024, 10, 2), date(2024, 10, 1))
    assert "2024-10-02" in refused.value.say("it")


def test_the_ends_of_the_calendar_filter_nothing_out(engine: Engine, make: Make) -> None:
    make()
    assert len(names(engine, MINE, date.min, date.max)) == 1

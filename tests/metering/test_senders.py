"""How good what each distributor sends is, on a small store."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from portal_lib.metering import tables
from portal_lib.metering.calendar import day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.senders import by_distributor

ONE, TWO = "01234567897", "99999119995"


def utc(*parts):
    """As the store keeps instants: UTC, without saying so."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def connection(data_engine):
    files = [
        (1, f"{ONE}_1_202501_PDO_20250205000000_1.xml", utc(2025, 2, 7, 12)),  # the fifth working day
        (2, f"{TWO}_1_202501_PDO_20250210000000_1.xml", utc(2025, 2, 7, 23, 30)),  # the next day, in Rome
        (3, f"{TWO}_1_202501_RFO_20250610000000_1.xml", utc(2025, 6, 10)),
        (4, "ExportData.csv", utc(2025, 2, 1)),
    ]
    days = [
        (1, 1, 0, 1), (1, 2, DayFlag.ESTIMATED, 1), (1, 3, DayFlag.NOT_VALIDATED, 1), (2, 1, 0, 1),
        (3, 1, 0, 2), (3, 2, DayFlag.CORRECTED, 3), (4, 1, DayFlag.CUSTOMER_EXPORT, 4),
    ]  # fmt: skip
    with data_engine.begin() as made:
        for number, name, received in files:
            made.execute(
                sa.insert(tables.source_file).values(
                    id=number, sha256=f"{number:064d}", flow="PDO", name=name, sent_at="", received_at=received
                )
            )
        for point, day, flags, file in days:
            made.execute(
                sa.insert(tables.curve_day).values(
                    point_id=point, magnitude="Ea", day=day_number(date(2025, 1, day)), n=24, flags=int(flags),
                    file_id=file, curve=bytes(96),
                )
            )  # fmt: skip
    with data_engine.connect() as reading:
        yield reading


def test_shares_are_of_each_distributors_days(connection):
    found = by_distributor(connection, date(2025, 1, 1), date(2025, 1, 31))
    assert found.index.tolist()[0] == ONE and set(found.index) == {ONE, TWO, ""}
    assert found.loc[ONE, ["days", "points", "estimated", "not_validated", "corrected"]].tolist() == [
        4,
        2,
        0.25,
        0.25,
        0,
    ]
    assert found.loc[TWO, ["days", "points", "corrected"]].tolist() == [2, 1, 0.5]


def test_what_came_after_the_fifth_working_day_in_rome_is_late_but_no_correction_is(connection):
    found = by_distributor(connection, date(2025, 1, 1), date(2025, 1, 31))
    assert found["late_days"][ONE] == 0 and found["late_days"][TWO] == 0.5 and found["late_by"][TWO] == 1


def test_days_outside_the_range_count_nowhere(connection):
    assert by_distributor(connection, date(2025, 1, 2), date(2025, 1, 2))["days"].to_dict() == {ONE: 1, TWO: 1}
    assert by_distributor(connection, date(2026, 1, 1), date(2026, 1, 2)).empty

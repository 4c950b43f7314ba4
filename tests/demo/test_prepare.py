from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from demo.curves import MONTHS, curve
from demo.flows import HERE
from demo.points import POINTS
from demo.prepare import HOUSEHOLD_POD, prepare
from portal_lib import db
from portal_lib.metering import loading
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import curve_day_superseded, source_file
from portal_lib.settings import Settings, load_settings
from portal_lib.visitor import Door, Visitor

HOUSEHOLD, TOWN, CLUB = "10002001", "10002002", "10002004"
HOSPITAL, SURGERY = "10002003", "IT999E00000304"
GYM, LIBRARY, SCHOOL, HALL = "IT999E00000206", "IT999E00000205", "IT999E00000202", "IT999E00000201"
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A portal's settings with the sample data prepared."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PORTAL_CONFIG", str(HERE / "portal.toml"))
        settings = load_settings(var=tmp_path_factory.mktemp("demo"))
        said: list[str] = []
        prepare(settings, said.append)
        assert said and "sample" in said[0]
        yield settings


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    engine = db.open_engine(settings.data_database, read_only=True)
    yield engine
    engine.dispose()


def door(engine: Engine, code: str) -> Door:
    return Door(engine, Visitor("c-test", frozenset({code})))


def test_the_household_has_the_distributors_real_export_as_it_is(engine: Engine) -> None:
    own = door(engine, HOUSEHOLD)
    assert [point.pod for point in own.supply_points()] == [HOUSEHOLD_POD]
    assert own.span(HOUSEHOLD_POD) == (date(2024, 9, 1), date(2024, 9, 30))
    assert own.band_totals(HOUSEHOLD_POD, FIRST, LAST)["total"] == 269.281


def test_the_town_has_two_years_of_what_its_curves_say(engine: Engine) -> None:
    own = door(engine, TOWN)
    assert len(own.supply_points()) == 7
    for day in (date(2024, 3, 31), date(2024, 10, 27), date(2025, 7, 1)):
        stored = own.readings(HALL, day, day, "quarter_hour")
        assert (stored["kwh"] * 1000).round().astype(int).tolist() == curve(POINTS[HALL], day)["Ea"].tolist()
    assert own.day_count(HALL, FIRST, LAST) == own.held_days(HALL, FIRST, LAST) == 731


def test_the_gym_is_seen_by_each_of_its_holders_for_their_days(engine: Engine) -> None:
    assert door(engine, CLUB).span(GYM) == (FIRST, date(2025, 3, 31))
    assert door(engine, TOWN).span(GYM) == (date(2025, 4, 1), LAST)


def test_days_never_sent_are_missing_and_estimated_ones_say_so(engine: Engine) -> None:
    own = door(engine, TOWN)
    assert own.held_days(LIBRARY, FIRST, LAST) - own.day_count(LIBRARY, FIRST, LAST) == 2
    days = own.readings(SCHOOL, date(2024, 11, 18), date(2024, 11, 21), "day")
    assert days["flags"].tolist() == [0, 1, 1, 0]


def test_the_point_without_a_curve_has_months_by_band_that_are_what_its_meter_used(engine: Engine) -> None:
    own = door(engine, HOSPITAL)
    assert own.span(SURGERY) is None
    months = own.monthly_consumption(SURGERY, FIRST, LAST)
    assert [one.month for one in months] == list(MONTHS)
    assert {one.month for one in months if one.estimated} == {date(2024, 11, 1), date(2024, 12, 1)}
    assert {one.month for one in months if one.flags & DayFlag.CORRECTED} == {date(2025, 2, 1), date(2025, 3, 1)}
    assert not any(one.broken or one.uneven for one in months)
    july = sum(int(curve(POINTS[SURGERY], date(2025, 7, day))["Ea"].sum()) for day in range(1, 32))
    assert (months[18].total, set(months[18].wh)) == (july, {"F1", "F2", "F3"})
    whole_year = sum(one.total or 0 for one in months[:12])
    assert whole_year == pytest.approx(11_500_000, rel=0.02)


def test_preparing_again_touches_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("nothing was left to load")

    monkeypatch.setattr(loading, "load_file", fail)
    said: list[str] = []
    prepare(settings, said.append)
    assert said == []


def test_preparing_after_an_interruption_loads_each_file_once(settings: Settings, engine: Engine) -> None:
    def counts() -> tuple[int, int]:
        with db.reading(engine) as connection:
            return (
                connection.execute(sa.select(sa.func.count()).select_from(source_file)).scalar_one(),
                connection.execute(sa.select(sa.func.count()).select_from(curve_day_superseded)).scalar_one(),
            )

    assert counts() == (51, 0)
    (settings.var / "demo" / "prepared").unlink()
    prepare(settings)
    assert counts() == (51, 0)
    assert (settings.var / "demo" / "prepared").exists()


def test_a_database_thrown_away_is_made_anew(settings: Settings, tmp_path: Path) -> None:
    import shutil

    from demo.prepare import _is_loaded

    copy = load_settings(var=tmp_path)
    shutil.copytree(settings.var / "demo", tmp_path / "demo")
    assert _is_loaded(settings) and not _is_loaded(copy)
    assert not (tmp_path / "data").exists()  # looking made none either

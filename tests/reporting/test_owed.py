"""What is owed is computed from catalogue, customers and calendar: by whom a point was held, and what has ended."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from portal_lib import db
from portal_lib.deposit import depositing
from portal_lib.reporting import owed
from portal_lib.reporting.tenders import Catalogue, read_catalogue
from tests.reporting.conftest import GONE, SHOP, SILENT, TOWN, World

HEAD = 'name = "Prova"\nstarts = 2024-07-01\npenalty_per_day = 12.50\n'
R1 = '[reports.R1]\ntitle = "Consumi"\nnotebook = "r.ipynb"\ncadence = "month"\nformats = ["csv"]\n'
OCTOBER = datetime(2024, 10, 5, 10, tzinfo=UTC)

Read = Callable[[str], Catalogue]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(text: str) -> Catalogue:
        (tmp_path / "tenders").mkdir(exist_ok=True)
        (tmp_path / "r.ipynb").write_text("{}")
        (tmp_path / "tenders" / "prova.toml").write_text(text)
        return read_catalogue(tmp_path / "tenders", due_days=30)

    return reading


def pieces(world: World, catalogue: Catalogue, now: datetime = OCTOBER) -> list[tuple[str, str, str]]:
    with db.reading(world.engine) as connection:
        found = owed.pieces(connection, catalogue, lambda: now)
    return [(one.report.id, str(one.period), one.customer_code) for one in found]


def test_each_organisation_is_owed_each_month_in_which_it_held_a_point(world: World, read: Read) -> None:
    assert pieces(world, read(HEAD + R1)) == [
        ("R1", month, code)
        for month, codes in (
            ("2024-07", (TOWN, SHOP, SILENT, GONE)),
            ("2024-08", (TOWN, SHOP, SILENT, GONE)),
            ("2024-09", (TOWN, SHOP, SILENT)),
        )
        for code in codes
    ]


def test_a_tender_covers_those_it_names_or_those_with_an_order_of_its_lots(world: World, read: Read) -> None:
    def covered(table: str) -> set[str]:
        return {code for _, _, code in pieces(world, read(HEAD + f"[administrations]\n{table}\n" + R1))}

    assert covered(f'codes = ["{SHOP}"]') == {SHOP}
    assert covered('lots = ["Lotto 2"]') == {TOWN}
    assert covered(f'codes = ["{SILENT}"]\nlots = ["Lotto 1"]') == {SILENT, TOWN}
    assert covered('lots = ["Lotto 9"]') == set()


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2024, 9, 30, 21, 59, 59, tzinfo=UTC), "2024-08"),  # still September in Rome
        (datetime(2024, 9, 30, 22, 0, tzinfo=UTC), "2024-09"),
        (datetime(2024, 12, 31, 22, 59, tzinfo=UTC), "2024-11"),
        (datetime(2024, 12, 31, 23, 0, tzinfo=UTC), "2024-12"),
    ],
)
def test_a_period_is_owed_from_the_moment_it_ends_in_rome(world: World, read: Read, now: datetime, last: str) -> None:
    assert max(period for _, period, _ in pieces(world, read(HEAD + R1), now)) == last


def test_cadences_give_quarters_half_years_and_years(world: World, read: Read) -> None:
    text = HEAD.replace("2024-07-01", "2023-01-01") + R1.replace('"month"', '["quarter", "half-year", "year"]')
    text += f'[administrations]\ncodes = ["{SHOP}"]\n'
    assert sorted(period for _, period, _ in pieces(world, read(text))) == [
        "2023", "2023-H1", "2023-H2", "2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4",
        "2024-H1", "2024-Q1", "2024-Q2", "2024-Q3",
    ]  # fmt: skip


def test_a_tender_ends_and_without_a_start_it_began_with_the_first_point_held(world: World, read: Read) -> None:
    text = HEAD.replace("starts = 2024-07-01", "ends = 2020-03-15") + R1
    assert sorted({period for _, period, _ in pieces(world, read(text))}) == ["2020-01", "2020-02"]


def test_a_report_to_the_agency_is_one_about_all_administrations(world: World, read: Read) -> None:
    text = HEAD + R1 + 'to = "agency"\n[agency]\ncode = "CUC"\nname = "Centrale"\n'
    assert pieces(world, read(text)) == [("R1", month, "CUC") for month in ("2024-07", "2024-08", "2024-09")]
    with db.reading(world.engine) as connection:
        found = owed.pieces(connection, read(text), lambda: OCTOBER)
    assert found[-1].codes == {TOWN, SHOP, SILENT}


def standings(world: World, catalogue: Catalogue, now: datetime) -> dict[str, owed.Standing]:
    with db.reading(world.engine) as connection:
        return {str(one.piece.period): one for one in owed.standings(connection, catalogue, lambda: now)}


def deposit(world: World, folder: Path, month: int, at: datetime, *, provisional: bool = False) -> None:
    last = {7: 31, 8: 31, 9: 30}[month]
    depositing.deposit(
        world.engine, folder, customer_code=SHOP, report="R1", title="x", period_first=date(2024, month, 1),
        period_last=date(2024, month, last), due_on=date(2024, 10, 30), documents={"csv": b"x"},
        names=lambda kind, version: f"v{version}.csv", clock=lambda: at, provisional=provisional,
    )  # fmt: skip


def test_what_is_deposited_is_owed_no_more_and_being_late_costs_by_the_day(
    world: World, read: Read, tmp_path: Path
) -> None:
    catalogue = read(HEAD + f'[administrations]\ncodes = ["{SHOP}"]\n' + R1)
    deposit(world, tmp_path, 7, datetime(2024, 8, 30, 21, 59, tzinfo=UTC))  # on the due day, a minute to midnight
    deposit(world, tmp_path, 8, datetime(2024, 10, 2, 22, 30, tzinfo=UTC))  # 3 October in Rome, due 30 September
    found = standings(world, catalogue, datetime(2024, 11, 4, 12, tzinfo=UTC))
    told = {month: (one.state, one.late, one.days_left, one.days_late, one.penalty) for month, one in found.items()}
    assert told == {
        "2024-07": ("done", False, -66, 0, Decimal(0)),
        "2024-08": ("done", True, -35, 3, Decimal("37.50")),
        "2024-09": ("owed", True, -5, 5, Decimal("62.50")),
    }
    assert [month for month, one in found.items() if one.is_pressing(0)] == ["2024-09"]
    before = standings(world, catalogue, OCTOBER)["2024-09"]
    assert (before.late, before.days_left, before.penalty) == (False, 25, 0)
    assert before.is_pressing(25) and not before.is_pressing(24)


@pytest.mark.parametrize("discharges", [False, True])
def test_a_provisional_report_discharges_the_debt_only_where_the_tender_says_so(
    world: World, read: Read, tmp_path: Path, discharges: bool
) -> None:
    head = HEAD + f"provisional_discharges = {str(discharges).lower()}\n"
    catalogue = read(head + f'[administrations]\ncodes = ["{SHOP}"]\n' + R1)
    deposit(world, tmp_path, 9, datetime(2024, 10, 3, tzinfo=UTC), provisional=True)
    one = standings(world, catalogue, OCTOBER)["2024-09"]
    assert (one.state, one.open) == (("done", False) if discharges else ("provisional", True))
    deposit(world, tmp_path, 9, datetime(2024, 11, 1, tzinfo=UTC))
    one = standings(world, catalogue, datetime(2024, 11, 2, tzinfo=UTC))["2024-09"]
    assert (one.state, one.late) == ("done", not discharges)


def test_a_version_that_comes_after_the_due_day_makes_nothing_late_that_was_on_time(
    world: World, read: Read, tmp_path: Path
) -> None:
    catalogue = read(HEAD + f'[administrations]\ncodes = ["{SHOP}"]\n' + R1)
    deposit(world, tmp_path, 9, datetime(2024, 10, 3, tzinfo=UTC))
    deposit(world, tmp_path, 9, datetime(2024, 12, 3, tzinfo=UTC))
    one = standings(world, catalogue, datetime(2024, 12, 4, tzinfo=UTC))["2024-09"]
    assert (one.state, one.late, one.penalty) == ("done", False, 0)

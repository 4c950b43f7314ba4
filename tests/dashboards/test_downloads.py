"""DOWNLOAD's list, on a real catalogue: by deposit day, with everything typed shown as text."""

from datetime import UTC, date, datetime

import pytest

from portal_lib import db
from portal_lib.dashboards.downloads import Downloads
from portal_lib.deposit.depositing import deposit
from portal_lib.visitor import Door, Visitor


@pytest.fixture
def downloads(tmp_path):
    """The list of customer 1, with a report deposited shortly after midnight in Rome on 1 October 2024."""
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    db.migrate("data", url)
    engine = db.open_engine(url)
    for code, title in (("1", "<b>Consumi</b>"), ("2", "Di altri")):
        deposit(
            engine,
            tmp_path / "deposit",
            customer_code=code,
            report="R1",
            title=title,
            period_first=date(2024, 8, 1),
            period_last=date(2024, 8, 31),
            due_on=date(2024, 9, 30),
            documents={"csv": b"a;b"},
            names=lambda kind, version: f"R1_v{version}.{kind}",
            clock=lambda: datetime(2024, 9, 30, 22, 30, tzinfo=UTC),
        )
    return Downloads(Door(engine, Visitor(name="c-1", codes=frozenset({"1"}))))


def test_only_ones_own_files_are_listed_with_their_digest_and_lateness(downloads):
    shown = downloads.files.value
    assert "1 file depositato" in shown and "Di altri" not in shown
    assert "01/10/2024 00:30" in shown and "in ritardo (era dovuto entro il 30/09/2024)" in shown
    assert shown.count("<code>") == 1 and "R1_v1.csv" in shown


def test_a_title_is_shown_as_text_never_as_markup(downloads):
    assert "&lt;b&gt;Consumi" in downloads.files.value and "<b>" not in downloads.files.value


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (date(2024, 10, 1), date(2024, 10, 1), True),
        (None, date(2024, 9, 30), False),
        (date(2024, 10, 2), None, False),
        (date(2024, 8, 1), date(2024, 8, 31), False),
        (None, None, True),
    ],
)
def test_the_filter_is_the_rome_day_of_the_deposit_both_ends_included(downloads, first, last, found):
    row = downloads.controls.children
    row[0].value, row[1].value = first, last
    assert ("R1_v1.csv" in downloads.files.value) is found
    assert ("Nessun documento" in downloads.files.value) is not found


def test_swapped_dates_get_a_sentence(downloads):
    row = downloads.controls.children
    row[0].value, row[1].value = date(2024, 10, 2), date(2024, 10, 1)
    assert 'role="status"' in downloads.files.value and "R1_v1" not in downloads.files.value


def test_the_button_shows_everything_again(downloads):
    row = downloads.controls.children
    row[0].value = date(2030, 1, 1)
    row[2].click()
    assert "R1_v1.csv" in downloads.files.value

"""An empty list says when the next report is due, from the tender's own calendar."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.dashboards.downloads_due import due_sentence, next_due
from portal_lib.deposit.depositing import deposit
from portal_lib.reporting.tenders import read_catalogue

TENDER = """
name = "Convenzione"
starts = 2025-01-01
ends = 2025-06-30
[administrations]
codes = ["1"]
[reports.R1]
title = "Consumi mensili"
notebook = "r1_consumi_mensili.ipynb"
cadence = "month"
due_days = 20
formats = ["xlsx"]
"""


@pytest.fixture
def catalogue(tmp_path):
    (tmp_path / "tenders").mkdir()
    (tmp_path / "tenders" / "one.toml").write_text(TENDER)
    return read_catalogue(tmp_path / "tenders", due_days=30)


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    db.migrate("data", url)
    engine = db.open_engine(url)
    with engine.begin() as connection:
        for code in "12":
            connection.execute(sa.insert(customers.customer).values(code=code, kind="organisation", name=code))
            pod = connection.execute(sa.insert(customers.supply_point).values(pod=f"IT001E0000000{code}"))
            row = {"point_id": pod.inserted_primary_key[0], "customer_code": code, "first_day": date(2025, 1, 1)}
            connection.execute(sa.insert(customers.holder).values(row))
    return engine


def on(day: date):
    return lambda: datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def next_of(engine, catalogue, day, *codes):
    with db.reading(engine) as connection:
        return next_due(connection, catalogue, codes or ("1",), on(day))


def deposited(engine, folder, month, **changed):
    facts = {
        "customer_code": "1", "report": "R1", "title": "Consumi mensili", "period_first": date(2025, month, 1),
        "period_last": date(2025, month, 28), "due_on": date(2025, month + 1, 20), "documents": {"xlsx": b"x"},
        "names": lambda kind, version: f"v{version}.{kind}", "clock": on(date(2025, month + 1, 10)),
    } | changed  # fmt: skip
    deposit(engine, folder / "deposit", **facts)


def test_the_month_that_has_just_ended_is_due_first(engine, catalogue):
    due = next_of(engine, catalogue, date(2025, 3, 5))
    assert (str(due.period), due.due_on, due.late) == ("2025-02", date(2025, 3, 20), False)


def test_what_is_there_already_is_not_what_comes_next(engine, catalogue, tmp_path):
    deposited(engine, tmp_path, 2)
    assert str(next_of(engine, catalogue, date(2025, 3, 5)).period) == "2025-03"


def test_a_provisional_one_is_still_to_come(engine, catalogue, tmp_path):
    deposited(engine, tmp_path, 2, provisional=True)
    assert str(next_of(engine, catalogue, date(2025, 3, 5)).period) == "2025-02"


def test_what_was_due_and_is_not_there_is_called_late(engine, catalogue):
    assert next_of(engine, catalogue, date(2025, 3, 21)).late


def test_nothing_comes_to_whom_no_tender_covers(engine, catalogue):
    assert next_of(engine, catalogue, date(2025, 3, 5), "2") is None
    assert next_of(engine, catalogue, date(2025, 7, 5)) is not None


def test_after_a_tenders_end_the_newest_that_never_came_is_told(engine, catalogue, tmp_path):
    due = next_of(engine, catalogue, date(2026, 8, 5))
    assert (str(due.period), due.late) == ("2025-06", True)
    for month in range(1, 7):
        deposited(engine, tmp_path, month)
    assert next_of(engine, catalogue, date(2026, 8, 5)) is None


def test_the_sentence_names_report_period_and_day(engine, monkeypatch):
    monkeypatch.setenv("PORTAL_DATA_URL", str(engine.url))
    with engine.begin() as connection:
        order = {"customer_code": "1", "number": "O", "ordered_on": date(2025, 1, 1), "lot": "Lotto 5"}
        connection.execute(sa.insert(customers.supply_order).values(order))
    sentence = due_sentence(("1",), on(date(2025, 3, 5)))
    assert "Consumi mensili" in sentence or "Curve orarie" in sentence
    assert "febbraio 2025" in sentence and "entro il" in sentence and "/03/2025" in sentence
    assert "nessun capitolato" in due_sentence(("2",), on(date(2025, 3, 5)))

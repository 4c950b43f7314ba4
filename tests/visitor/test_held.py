"""What the supplier's database says about a person: their own, and nobody else's."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers.tables import customer, holder, supply_point
from portal_lib.deposit.tables import deposit, deposit_file, download_visit, receipt
from portal_lib.visitor.held import HeldRecords
from portal_lib.visits import staff_read

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def records(tmp_path):
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    db.migrate("data", url)
    engine = db.open_engine(url)
    with engine.begin() as connection:
        connection.execute(
            customer.insert(),
            [
                {
                    "code": "10",
                    "kind": "household",
                    "name": "Manuela Rocchi",
                    "tax_code": "RCC",
                    "vat": None,
                    "email": "casa@x.it",
                },
                {
                    "code": "20",
                    "kind": "organisation",
                    "name": "Comune",
                    "tax_code": None,
                    "vat": "007",
                    "email": "sindaco@x.it",
                },
            ],
        )
        connection.execute(
            supply_point.insert(),
            [{"id": 1, "pod": "IT001E1", "address": "Via Roma 1"}, {"id": 2, "pod": "IT001E2", "address": "Piazza 2"}],
        )
        connection.execute(
            holder.insert(),
            [
                {"point_id": 1, "customer_code": "10", "first_day": date(2024, 1, 1), "last_day": date(2024, 12, 31)},
                {"point_id": 1, "customer_code": "20", "first_day": date(2025, 1, 1), "last_day": None},
                {"point_id": 2, "customer_code": "20", "first_day": date(2024, 1, 1), "last_day": None},
            ],
        )
        deposit_id = connection.execute(
            deposit.insert()
            .values(
                customer_code="10", report="R1", title="Consumi", period_first=date(2025, 1, 1),
                period_last=date(2025, 1, 31), version=1, due_on=date(2025, 2, 28), deposited_at=AT,
            )
            .returning(deposit.c.id)
        ).scalar_one()  # fmt: skip
        file_id = connection.execute(
            deposit_file.insert()
            .values(deposit_id=deposit_id, name="R1.csv", format="csv", size=1, sha256="0" * 64, path="R1.csv")
            .returning(deposit_file.c.id)
        ).scalar_one()
        connection.execute(
            receipt.insert(), [{"file_id": file_id, "visitor": name, "fetched_at": AT} for name in ("c-1", "c-2")]
        )
        connection.execute(
            download_visit.insert(),
            [{"visitor": "c-1", "last_at": AT, "before_at": None}, {"visitor": "c-2", "last_at": AT, "before_at": AT}],
        )
        connection.execute(
            sa.insert(staff_read).values(
                reader="s-anna", at=AT, first_day=date(2025, 1, 1), last_day=date(2025, 1, 31), points=2, reason="x"
            )
        )
    yield HeldRecords(engine)
    engine.dispose()


def test_a_person_gets_their_customers_points_and_receipts(records):
    held = records.held_about("c-1", ["10"], ["RCC", "casa@x.it"])
    assert [one["name"] for one in held["customers"]] == ["Manuela Rocchi"]
    assert held["supply_points"][0]["pod"] == "IT001E1"
    assert held["supply_points"][0]["held"] == [
        {"customer_code": "10", "first_day": "2024-01-01", "last_day": "2024-12-31"}
    ]
    assert held["receipts"] == [
        {"file": "R1.csv", "report": "R1", "customer_code": "10", "fetched_at": "2026-03-02T09:00:00Z"}
    ]


def test_a_person_is_told_when_they_looked_at_their_documents(records):
    assert records.held_about("c-1", ["10"], [])["download_visits"] == ["2026-03-02T09:00:00Z"]
    assert len(records.held_about("c-2", [], [])["download_visits"]) == 2
    assert records.held_about("c-9", ["10"], [])["download_visits"] == []


def test_who_held_the_point_before_or_after_is_not_told(records):
    told = str(records.held_about("c-1", ["10"], []))
    assert "'10'" in told and "'20'" not in told and "Comune" not in told


def test_the_contacts_address_is_told_to_the_contact_alone(records):
    (told,) = records.held_about("c-9", ["20"], ["altra@x.it", "007"])["customers"]
    assert told["vat"] == "007" and "email" not in told
    assert records.held_about("c-9", ["20"], ["sindaco@x.it"])["customers"][0]["email"] == "sindaco@x.it"


def test_without_a_code_there_is_nothing_but_ones_own_receipts(records):
    held = records.held_about("c-2", [], [])
    assert not held["customers"] and not held["supply_points"] and len(held["receipts"]) == 1


def test_staff_get_the_record_of_what_they_read(records):
    assert records.held_about("s-anna", [], [])["staff_reads"][0]["points"] == 2

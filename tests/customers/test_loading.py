from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers import exceptions as refusals
from portal_lib.customers.loading import Loaded, load
from portal_lib.customers.tables import customer, holder, metadata, supply_order, supply_point
from portal_lib.refused import Refused
from tests.customers.sheets import CUSTOMERS, ORDERS, POINTS, VAT_ONE, VAT_TWO, write, write_all

HEADER = POINTS.splitlines()[0] + "\n"


def everything(engine: Engine) -> list[list[tuple[object, ...]]]:
    with db.reading(engine) as connection:
        return [
            [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        ]


def one(engine: Engine, query: sa.Select[tuple[object, ...]]) -> tuple[object, ...]:
    with db.reading(engine) as connection:
        return tuple(connection.execute(query).one())


def counts(of: Loaded) -> dict[str, tuple[int, int, int, int]]:
    return {count.what: (count.added, count.changed, count.unchanged, count.removed) for count in of.counts}


def test_files_in_any_order_are_loaded_as_they_say(engine: Engine, tmp_path: Path) -> None:
    loaded = load(engine, write_all(tmp_path))
    assert counts(loaded) == {
        "customers": (3, 0, 0, 0),
        "orders": (1, 0, 0, 0),
        "supply points": (2, 0, 0, 0),
        "holders": (3, 0, 0, 0),
    }
    town = one(engine, sa.select(customer).where(customer.c.code == "10002002"))
    assert town == (
        "10002002",
        "organisation",
        "Comune di Valdombra",
        None,
        VAT_ONE,
        "ragioneria@valdombra.example",
        "UFABC1",
        None,
        None,
    )
    order = one(engine, sa.select(supply_order))
    assert order == ("10002002", "OD-1", date(2023, 11, 20), "9A1B2C3D4E", None, "7", 120000)
    gym = one(engine, sa.select(supply_point).where(supply_point.c.pod == "IT999E00000102"))
    assert gym[2:] == ("Via dello Sport 4", "Valdombra", "", "palestra", 400, 30.0, 33.0, True)
    with db.reading(engine) as connection:
        held = connection.execute(
            sa.select(holder.c.first_day, holder.c.last_day, holder.c.customer_code, holder.c.order_number)
            .where(holder.c.point_id == gym[0])
            .order_by(holder.c.first_day)
        ).all()
    assert [tuple(row) for row in held] == [
        (date(2023, 1, 1), date(2024, 12, 31), "10002003", None),
        (date(2025, 1, 1), None, "10002002", "OD-1"),
    ]


def test_loading_again_changes_nothing_and_says_so(engine: Engine, tmp_path: Path) -> None:
    files = write_all(tmp_path)
    load(engine, files)
    before = everything(engine)
    assert counts(load(engine, files)) == {
        "customers": (0, 0, 3, 0),
        "orders": (0, 0, 1, 0),
        "supply points": (0, 0, 2, 0),
        "holders": (0, 0, 3, 0),
    }
    assert everything(engine) == before


def test_a_changed_row_replaces_the_stored_one_and_the_others_stay(engine: Engine, tmp_path: Path) -> None:
    load(engine, write_all(tmp_path))
    changed = CUSTOMERS.replace("ragioneria@valdombra.example", "").splitlines()
    again = write(tmp_path, "again.csv", "\n".join([changed[0], changed[2]]))
    assert counts(load(engine, [again]))["customers"] == (0, 1, 0, 0)
    assert one(engine, sa.select(customer.c.email).where(customer.c.code == "10002002")) == (None,)
    assert one(engine, sa.select(sa.func.count()).select_from(customer)) == (3,)


def test_commas_a_byte_order_mark_and_columns_in_another_order_read_the_same(engine: Engine, tmp_path: Path) -> None:
    text = 'kind,code,tax_code,vat,office_code,email,name\r\norganisation,abc-1,,{vat_two},,,"Rossi, Verdi"\r\n'
    load(engine, [write(tmp_path, "customers.csv", text, encoding="utf-8-sig")])
    assert one(engine, sa.select(customer.c.code, customer.c.name, customer.c.vat)) == (
        "ABC-1",
        "Rossi, Verdi",
        VAT_TWO,
    )


def test_rows_that_a_spreadsheet_leaves_empty_are_passed_over(engine: Engine, tmp_path: Path) -> None:
    text = CUSTOMERS + ";;;;;;\n\n ; ; ;;;;\n"
    assert counts(load(engine, [write(tmp_path, "c.csv", text)]))["customers"] == (3, 0, 0, 0)


def test_a_point_changes_hands_when_both_rows_are_given(engine: Engine, tmp_path: Path) -> None:
    load(engine, write_all(tmp_path))
    row = "IT999E00000101;{};Via Roma 1;Valdombra;;casa;230;3;3,3\n"
    handed_over = write(
        tmp_path,
        "move.csv",
        HEADER + row.format("10002003;2025-07-01;;") + row.format("10002001;2023-01-01;2025-06-30;"),
    )
    assert counts(load(engine, [handed_over]))["holders"] == (1, 1, 0, 0)


def test_an_interval_that_began_on_a_wrong_day_is_taken_back_and_put_right(engine: Engine, tmp_path: Path) -> None:
    load(engine, write_all(tmp_path))
    right = write(
        tmp_path,
        "right.csv",
        HEADER
        + "IT999E00000101;-;2023-01-01;;;;;;;;;\n"
        + "IT999E00000101;10002001;2022-06-01;;;Via Roma 1;Valdombra;;casa;230;3;3,3\n",
    )
    loaded = counts(load(engine, [right]))
    assert loaded["holders"] == (1, 0, 0, 1)
    assert loaded["supply points"] == (0, 0, 1, 0)
    with db.reading(engine) as connection:
        first = connection.scalars(sa.select(holder.c.first_day).where(holder.c.customer_code == "10002001")).all()
    assert first == [date(2022, 6, 1)]


def refused(engine: Engine, kind: type[Refused], *paths: Path) -> Refused:
    """The refusal of a call that must leave the database exactly as it was."""
    before = everything(engine)
    with pytest.raises(kind) as raised:
        load(engine, paths)
    assert everything(engine) == before
    assert raised.value.say("it") and "{" not in raised.value.say("it") + raised.value.say("en")
    return raised.value


CUSTOMER_ROW = "10009;organisation;Ente;;{vat_one};ente@example.org;UFABC1"
BAD_CUSTOMERS = [
    (CUSTOMER_ROW.replace("10009", ""), refusals.Missing, "code"),
    (CUSTOMER_ROW.replace("10009", "a b"), refusals.NotACustomerCode, "code"),
    (CUSTOMER_ROW.replace("10009", "../x"), refusals.NotACustomerCode, "code"),
    (CUSTOMER_ROW.replace("10009", "ß"), refusals.NotACustomerCode, "code"),
    (CUSTOMER_ROW.replace("organisation", "person"), refusals.NotAKind, "kind"),
    (CUSTOMER_ROW.replace("Ente", ""), refusals.Missing, "name"),
    (CUSTOMER_ROW.replace("Ente", "E" * 201), refusals.TooLong, "name"),
    (CUSTOMER_ROW.replace("Ente", "En\x1bte"), refusals.ControlCharacter, "name"),
    (CUSTOMER_ROW.replace("Ente", '"En\nte"'), refusals.ControlCharacter, "name"),
    (CUSTOMER_ROW.replace("Ente", "En\u202ete"), refusals.ControlCharacter, "name"),
    (CUSTOMER_ROW.replace("{vat_one}", "12345678901"), refusals.NotAVat, "vat"),
    (CUSTOMER_ROW.replace("{vat_one}", ""), refusals.NoTaxNumber, "vat"),
    (CUSTOMER_ROW.replace(";;{vat_one}", ";12345678901;"), refusals.NotATaxCode, "tax_code"),
    (CUSTOMER_ROW.replace("organisation", "household"), refusals.Missing, "tax_code"),
    ("10009;household;Ada;{vat_one};;;", refusals.NotAPersonsTaxCode, "tax_code"),
    (CUSTOMER_ROW.replace("@example.org", ""), refusals.NotAnEmail, "email"),
    (CUSTOMER_ROW.replace("UFABC1", "UFABC"), refusals.NotALetterCode, "office_code"),
]


@pytest.mark.parametrize(("row", "kind", "field"), BAD_CUSTOMERS)
def test_a_wrong_customer_refuses_the_whole_call_and_names_the_field(
    engine: Engine, tmp_path: Path, row: str, kind: type[Refused], field: str
) -> None:
    header = CUSTOMERS.splitlines()[0]
    bad = write(tmp_path, "bad.csv", f"{header}\n10008;organisation;Buono;;{{vat_two}};;\n{row}\n")
    refusal = refused(engine, kind, *write_all(tmp_path), bad)
    assert refusal.field == field
    assert "bad.csv" in refusal.say("en") and "row 3" in refusal.say("en")


def test_the_sentence_about_a_wrong_tax_code_does_not_repeat_it(engine: Engine, tmp_path: Path) -> None:
    bad = write(tmp_path, "bad.csv", CUSTOMERS.replace("{person}", "FRRGLI85C52X999Q"))
    assert "FRRGLI" not in refused(engine, refusals.NotATaxCode, bad).say("en")


POINT_ROW = "IT999E00000109;10002001;2024-01-01;2024-12-31;;Via;Valdombra;;casa;230;3;3,3"
BAD_POINTS = [
    (POINT_ROW.replace("IT999E00000109", "IT999X00000109"), refusals.NotAPod, "pod"),
    (POINT_ROW.replace("10002001", "10007777"), refusals.UnknownCustomer, "customer_code"),
    (POINT_ROW.replace("2024-12-31;;", "2024-12-31;OD-1;"), refusals.UnknownOrder, "order_number"),
    (POINT_ROW.replace("2024-01-01", "01/01/2024"), refusals.NotADay, "holder_from"),
    (POINT_ROW.replace("2024-01-01", "2024-02-30"), refusals.NotADay, "holder_from"),
    (POINT_ROW.replace("2024-01-01", "20240101"), refusals.NotADay, "holder_from"),
    (POINT_ROW.replace("2024-01-01", "0001-01-01"), refusals.NotADay, "holder_from"),
    (POINT_ROW.replace("2024-01-01", ""), refusals.Missing, "holder_from"),
    (POINT_ROW.replace("2024-12-31", "2023-12-31"), refusals.EndsBeforeItBegins, "holder_to"),
    (POINT_ROW.replace(";3;", ";1.500;"), refusals.AmbiguousNumber, "contracted_kw"),
    (POINT_ROW.replace(";3;", ";-3;"), refusals.NotANumber, "contracted_kw"),
    (POINT_ROW.replace(";3;", ";3e2;"), refusals.NotANumber, "contracted_kw"),
    (POINT_ROW.replace(";3;", ";nan;"), refusals.NotANumber, "contracted_kw"),
    (POINT_ROW.replace(";3;", ";٣;"), refusals.NotANumber, "contracted_kw"),
    (POINT_ROW.replace(";230;", ";230 V;"), refusals.NotANumber, "voltage"),
    (POINT_ROW.replace(";230;", ";0;"), refusals.NotANumber, "voltage"),
    (POINT_ROW.replace("10002001;2024-01-01", "-;2024-01-01"), refusals.NoSuchHolding, "holder_from"),
    (POINT_ROW + "\n" + POINT_ROW, refusals.RepeatedRow, "pod"),
    (
        POINT_ROW + "\n" + POINT_ROW.replace("2024", "2025").replace(";Via;", ";Viale;"),
        refusals.Contradiction,
        "address",
    ),
]


@pytest.mark.parametrize(("rows", "kind", "field"), BAD_POINTS)
def test_a_wrong_point_refuses_the_whole_call_and_names_the_field(
    engine: Engine, tmp_path: Path, rows: str, kind: type[Refused], field: str
) -> None:
    bad = write(tmp_path, "bad.csv", HEADER + rows)
    refusal = refused(engine, kind, *write_all(tmp_path), bad)
    assert refusal.field == field
    assert "bad.csv" in refusal.say("en") and f"row {1 + len(rows.splitlines())}" in refusal.say("en")


def test_a_wrong_order_refuses_the_whole_call(engine: Engine, tmp_path: Path) -> None:
    files = write_all(tmp_path)
    for row, kind, field in [
        ("10002002;OD-2;;9A1B2C3D4;;;", refusals.NotALetterCode, "cig"),
        ("10002002;OD-2;;;ABC;;", refusals.NotALetterCode, "cup"),
        ("10002002;OD-2;;;;;1.000", refusals.NotANumber, "expected_kwh"),
        ("10002002;OD-2;;;;;99999999999", refusals.NotANumber, "expected_kwh"),
        ("10002002;;;;;;", refusals.Missing, "number"),
        ("10007777;OD-2;;;;;", refusals.UnknownCustomer, "customer_code"),
    ]:
        bad = write(tmp_path, "bad.csv", ORDERS.splitlines()[0] + "\n" + row)
        assert refused(engine, kind, *files, bad).field == field


@pytest.mark.parametrize(
    "rows",
    [
        "IT999E00000102;10002001;2024-12-31;2024-12-31;;Via dello Sport 4;Valdombra;;palestra;400;30,0;33",
        "IT999E00000102;10002001;2026-01-01;;;Via dello Sport 4;Valdombra;;palestra;400;30,0;33",
        "IT999E00000102;10002001;2022-01-01;;;Via dello Sport 4;Valdombra;;palestra;400;30,0;33",
    ],
)
def test_two_holders_on_one_day_are_refused_by_pod_and_days_also_against_what_is_stored(
    engine: Engine, tmp_path: Path, rows: str
) -> None:
    load(engine, write_all(tmp_path))
    refusal = refused(engine, refusals.HoldersOverlap, write(tmp_path, "bad.csv", HEADER + rows))
    sentence = refusal.say("en")
    assert "IT999E00000102" in sentence and "10002001" in sentence and rows.split(";")[2] in sentence


def test_files_that_are_no_sheet_are_refused_by_name(engine: Engine, tmp_path: Path) -> None:
    cases = {
        "latin.csv": (CUSTOMERS.replace("Giulia", "Niccolò").encode("latin-1"), refusals.NotText),
        "utf16.csv": (CUSTOMERS.encode("utf-16"), refusals.NotText),
        "empty.csv": (b"", refusals.UnknownHeader),
        "other.csv": (b"Giorno;00:00-00:15\n", refusals.UnknownHeader),
        "columns.csv": (b"code;kind;name\n", refusals.WrongColumns),
        "twice.csv": (CUSTOMERS.replace("email", "email;email").encode(), refusals.WrongColumns),
        "short.csv": (CUSTOMERS.encode() + b"1;2\n", refusals.WrongFieldCount),
        "quote.csv": (CUSTOMERS.encode() + b'1;"2"x;;;;;\n', refusals.NotDelimited),
        "wide.csv": (b"code;kind\n" + b"x" * 200_000, refusals.WrongColumns),
    }
    for name, (content, kind) in cases.items():
        (tmp_path / name).write_bytes(content)
        assert name in refused(engine, kind, tmp_path / name).say("en")
    assert "missing.csv" in refused(engine, refusals.NoSuchFile, tmp_path / "missing.csv").say("en")
    refused(engine, refusals.NoSuchFile, tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(junk=st.one_of(st.binary(max_size=400), st.text(alphabet=';,"\n\r -0123456789.ITEß\x00x', max_size=200)))
def test_whatever_a_file_holds_the_answer_is_a_sentence_and_no_change(
    engine: Engine, tmp_path: Path, junk: bytes | str
) -> None:
    raw = junk if isinstance(junk, bytes) else (HEADER + junk).encode()
    path = tmp_path / "junk.csv"
    path.write_bytes(raw)
    before = everything(engine)
    try:
        load(engine, [path])
    except Refused as refusal:
        assert "junk.csv" in refusal.say("it")
    assert everything(engine) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    intervals=st.lists(st.tuples(st.integers(1, 28), st.one_of(st.none(), st.integers(1, 28))), min_size=1, max_size=4),
    split=st.integers(0, 4),
)
def test_no_sequence_of_files_ever_leaves_two_holders_on_one_day(
    engine: Engine, tmp_path: Path, intervals: list[tuple[int, int | None]], split: int
) -> None:
    with engine.begin() as connection:
        connection.execute(sa.delete(holder))
    load(engine, [write(tmp_path, "customers.csv", CUSTOMERS)])
    rows = [
        f"IT999E00000101;1000200{1 + place % 3};2024-05-{first:02d};{f'2024-05-{last:02d}' if last else ''};;"
        "Via Roma 1;Valdombra;;casa;230;3;3,3"
        for place, (first, last) in enumerate(intervals)
    ]
    for part in (rows[:split], rows[split:]):
        try:
            load(engine, [write(tmp_path, "part.csv", "\n".join([HEADER.strip(), *part]))])
        except Refused as refusal:
            assert isinstance(refusal, refusals.BadField)
    with db.reading(engine) as connection:
        held = connection.execute(sa.select(holder.c.first_day, holder.c.last_day).order_by(holder.c.first_day)).all()
    for day in range(1, 32):
        on = date(2024, 5, day)
        assert sum(first <= on <= (last or date.max) for first, last in held) <= 1

"""DOWNLOAD on a real catalogue: by deposit day, with what is new, what was replaced, and everything typed as text."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.dashboards.downloads import Downloads
from portal_lib.deposit import handing, looking
from portal_lib.deposit.depositing import deposit
from portal_lib.visitor import Door, Visitor

#: Shortly after midnight in Rome on 1 October 2024.
DEPOSITED = datetime(2024, 9, 30, 22, 30, tzinfo=UTC)
NOW = datetime(2024, 10, 2, 10, 0, tzinfo=UTC)


class World:
    """A deposit, and the page as customer 1 opens it."""

    def __init__(self, folder) -> None:
        self.url = f"sqlite:///{folder / 'data.sqlite'}"
        self.folder = folder
        db.migrate("data", self.url)
        self.engine = db.open_engine(self.url)
        with self.engine.begin() as connection:
            connection.execute(
                sa.insert(customers.customer), [{"code": code, "kind": "organisation", "name": code} for code in "12"]
            )
            for pod, order in (("IT001E00000001", "ORD-1"), ("IT001E00000002", "ORD-2")):
                point = connection.execute(sa.insert(customers.supply_point).values(pod=pod)).inserted_primary_key[0]
                first = date(2024, 1, 1) if order == "ORD-1" else date(2024, 9, 1)
                connection.execute(
                    sa.insert(customers.supply_order).values(customer_code="1", number=order, ordered_on=first)
                )
                connection.execute(
                    sa.insert(customers.holder).values(
                        point_id=point, customer_code="1", first_day=first, order_number=order
                    )
                )

    def deposit(self, at=DEPOSITED, month=8, **changed):
        first = date(2024, month, 1)
        facts = {
            "customer_code": "1", "report": "R1", "title": "<b>Consumi</b>", "period_first": first,
            "period_last": (first + timedelta(days=32)).replace(day=1) - timedelta(days=1),
            "due_on": date(2024, 9, 30), "documents": {"csv": b"a;b", "xlsx": b"a workbook"},
            "clock": lambda: at,
        } | changed  # fmt: skip
        names = {"names": lambda kind, version: f"{facts['report']}_{first:%Y-%m}_v{version}.{kind}"}
        return deposit(self.engine, self.folder / "deposit", **(names | facts))

    def page(self, *codes, at=NOW):
        visitor = Visitor(name="c-1", codes=frozenset(codes or {"1"}))
        return Downloads(Door(self.engine, visitor), clock=lambda: at, due=lambda: "Il prossimo arriva presto.")


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def control(page, description):
    return next(one for one in page.controls.children if one.description == description)


def text(page) -> str:
    return "".join(part.value for part in page.files.children)


def titles(page) -> list[tuple[str, str]]:
    """Period and version of each document, in the order shown."""
    cells = r'data-label="Competenza">([^<]*)<.*?data-label="Versione">(\d+)<'
    return re.findall(cells, text(page), re.DOTALL)


def test_only_ones_own_documents_are_listed_with_digest_lateness_and_size(world):
    file = world.deposit().files[0]
    world.deposit(customer_code="2", title="Di altri")
    shown = text(world.page())
    assert "1 documento." in shown and "Di altri" not in shown
    assert "01/10/2024 00:30" in shown and "in ritardo: era dovuto entro il 30/09/2024" in shown
    assert f"<code>{file.sha256}</code>" in shown and f'data-copia="{file.sha256}"' in shown
    assert "R1_2024-08_v1.csv" in shown and "1\u00a0kB" in shown and "agosto 2024" in shown


def test_a_document_that_came_in_time_says_so(world):
    world.deposit(at=DEPOSITED - timedelta(hours=1))
    assert "in tempo: era dovuto entro il 30/09/2024" in text(world.page())


def test_whatever_was_typed_is_shown_as_text_never_as_markup(world):
    world.deposit(report="R<i>", names=lambda kind, version: f"v{version}.{kind}")
    shown = text(world.page())
    assert "&lt;b&gt;Consumi" in shown and "<b>" not in shown and "<i>" not in shown


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
def test_the_filter_is_the_rome_day_of_the_deposit_both_ends_included(world, first, last, found):
    world.deposit()
    page = world.page()
    control(page, "dal").value, control(page, "al").value = first, last
    assert ("R1_2024-08_v1.csv" in text(page)) is found
    assert ("Nessun documento depositato corrisponde" in text(page)) is not found


def test_a_preset_sets_both_dates_and_dates_of_ones_own_are_no_preset(world):
    world.deposit()
    page = world.page()
    control(page, "Depositati").value = "mese-scorso"
    assert (control(page, "dal").value, control(page, "al").value) == (date(2024, 9, 1), date(2024, 9, 30))
    assert titles(page) == []
    control(page, "Depositati").value = "7"
    assert len(titles(page)) == 1
    control(page, "dal").value = date(2024, 9, 30)
    assert control(page, "Depositati").value == ""
    control(page, "dal").value = control(page, "al").value = None
    assert control(page, "Depositati").value == "tutte"


def test_swapped_dates_get_a_sentence_and_no_list(world):
    world.deposit()
    page = world.page()
    control(page, "dal").value, control(page, "al").value = date(2024, 10, 2), date(2024, 10, 1)
    assert "viene dopo la seconda" in text(page) and "R1_2024" not in text(page)


def test_newest_first_and_superseded_versions_only_on_request(world):
    world.deposit(month=7)
    world.deposit(at=DEPOSITED + timedelta(hours=1), month=8)
    world.deposit(at=DEPOSITED + timedelta(hours=2), month=7)
    page = world.page()
    assert titles(page) == [("luglio 2024", "2"), ("agosto 2024", "1")]
    control(page, "Anche le versioni sostituite").value = True
    assert titles(page) == [("luglio 2024", "2"), ("agosto 2024", "1"), ("luglio 2024", "1")]
    assert text(page).count("Sostituito") == 1


def test_what_came_since_the_visit_before_is_marked_as_new(world):
    world.deposit(month=7)
    assert "nuov" not in text(world.page()).lower().replace("nuovi-", "")
    looking.looks(world.engine, "c-1", lambda: DEPOSITED + timedelta(hours=1))
    world.deposit(at=DEPOSITED + timedelta(hours=5), month=8)
    looking.looks(world.engine, "c-1", lambda: DEPOSITED + timedelta(hours=9))
    page = world.page()
    assert "2 documenti, 1 nuovo dalla tua visita precedente." in text(page) and text(page).count(">Nuovo<") == 1
    control(page, "Solo i nuovi").value = True
    assert titles(page) == [("agosto 2024", "1")]


def test_report_order_and_words_narrow_the_list_down(world):
    world.deposit(month=8)
    world.deposit(month=9, report="R4", title="Curve orarie")
    page = world.page()
    control(page, "Report").value = "R4"
    assert [period for period, _ in titles(page)] == ["settembre 2024"]
    control(page, "Report").value = ""
    control(page, "Ordine").value = "ORD-2"  # from September on
    assert [period for period, _ in titles(page)] == ["settembre 2024"]
    control(page, "Ordine").value = "ORD-1"
    assert len(titles(page)) == 2
    for words, found in (("curve SETTEMBRE", 1), ("consumi", 1), ("r4_2024-09", 1), ("curve agosto", 0), ("2024", 2)):
        control(page, "Cerca").value = words
        assert len(titles(page)) == found, words
    control(page, "Mostra tutto").click()
    assert len(titles(page)) == 2 and control(page, "Ordine").value == ""


def test_the_box_of_a_document_stands_for_all_its_files_and_all_go_into_one_archive(world):
    one, two = world.deposit(month=7), world.deposit(month=8)
    shown = text(world.page())
    for document in (one, two):
        assert f'name="id" value="{",".join(str(file.id) for file in document.files)}"' in shown
    (everything,) = re.findall(r'href="(files/scelti\.zip[^"]*)"', shown)
    assert set(re.findall(r"id=(\d+)", everything)) == {str(file.id) for made in (one, two) for file in made.files}


def test_a_file_that_was_fetched_says_when(world):
    file = world.deposit().files[0]
    handing.record_receipts(world.engine, [file.id], "c-1", lambda: NOW)
    handing.record_receipts(world.engine, [file.id], "c-2", lambda: NOW + timedelta(days=1))
    assert text(world.page()).count("scaricato il 02/10/2024 12:00") == 1


def test_an_empty_list_says_what_comes_next(world):
    shown = text(world.page())
    assert "Non è ancora stato depositato alcun documento" in shown and "Il prossimo arriva presto." in shown


def test_who_has_several_codes_sees_for_which_each_document_is(world):
    world.deposit()
    world.deposit(customer_code="2")
    assert "per il codice cliente 2" in text(world.page("1", "2"))
    assert "per il codice cliente" not in text(world.page("1"))


@pytest.mark.parametrize("name", ["Report", "Ordine", "Depositati"])
def test_a_value_that_the_page_never_offered_changes_nothing(world, name):
    world.deposit()
    page = world.page()
    dropdown = control(page, name)
    dropdown.set_state({"_options_labels": ["x", "R2' or 1=1"]})
    with pytest.raises(Exception, match=r"index|range|Invalid"):
        dropdown.set_state({"index": 4000})
    assert len(titles(page)) == 1


def test_in_english_where_the_visitor_chose_it(world, monkeypatch):
    world.deposit()
    monkeypatch.setenv("PORTAL_LANGUAGE", "en")
    shown = text(world.page())
    assert "1 document." in shown and "August 2024" in shown and "late: due by 30 Sep 2024" in shown

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portal_lib.reporting.due import Terms
from portal_lib.reporting.exceptions import BadTender, NoTenders, ReportTwice, UnknownReport, UnknownTender
from portal_lib.reporting.tenders import Catalogue, read_catalogue

GOOD = """
name = "Convenzione di prova"
[reports.R1]
title = "Consumi mensili"
notebook = "r1.ipynb"
cadence = "month"
formats = ["xlsx", "csv"]
"""


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    (tmp_path / "tenders").mkdir()
    (tmp_path / "r1.ipynb").write_text("{}")
    return tmp_path


def read(reports: Path, **tenders: str) -> Catalogue:
    for name, text in tenders.items():
        (reports / "tenders" / f"{name}.toml").write_text(text)
    return read_catalogue(reports / "tenders", due_days=30)


def test_the_shipped_tender_shows_every_entry_that_there_is() -> None:
    catalogue = read_catalogue(due_days=30)
    tender = catalogue.tender("convenzione-demo")
    r1, r4 = catalogue.report("R1"), catalogue.report("R4")
    assert r1.notebook.is_file() and r4.notebook.is_file()
    assert (r1.terms, r1.penalty_per_day) == (Terms(20, "working", "next-day"), Decimal(150))
    assert (r4.terms, r4.penalty_per_day) == (Terms(30, "calendar", "next-day"), Decimal(50))
    assert (tender.starts, tender.ends, tender.lots) == (date(2025, 1, 1), date(2025, 12, 31), ("Lotto 5",))
    assert catalogue.tender_of(r1) is tender
    from portal_lib.reporting import tenders

    text = (tenders.TENDERS_FOLDER / "convenzione-demo.toml").read_text()
    shown = {line.split("=")[0].split("#")[0].strip() for line in text.splitlines() if "=" in line}
    of_models = {*tenders._Tender.model_fields, *tenders._ReportEntry.model_fields, *tenders._Agency.model_fields}
    tables = {"reports", "agency", "administrations"}
    assert of_models - tables - shown == {"parameters"}  # a table of its own
    assert list(catalogue.reports) == ["R1", "R2", "R3", "R4"]
    assert catalogue.report("R3").parameters["warn_from"] == 0.8


def test_what_a_report_does_not_say_its_tender_says_and_what_neither_says_the_settings(reports: Path) -> None:
    assert read(reports, one=GOOD).report("R1").terms == Terms(30, "calendar", "stays")
    assert read(reports, one=GOOD + "due_days = 10").report("R1").terms.due_days == 10
    tender = 'due_days = 12\ndays = "working"\npenalty_per_day = 12.5\nlanguage = "en"' + GOOD
    report = read(reports, one=tender).report("R1")
    assert (report.terms, report.penalty_per_day, report.language) == (Terms(12, "working"), Decimal("12.5"), "en")
    own = read(reports, one=tender + 'due_days = 3\ndays = "calendar"\npenalty_per_day = 0').report("R1")
    assert (own.terms, own.penalty_per_day) == (Terms(3, "calendar"), Decimal(0))


def test_a_report_may_have_several_cadences_and_be_about_all_administrations(reports: Path) -> None:
    text = (
        GOOD.replace('"month"', '["half-year", "year"]') + 'to = "agency"\n[agency]\ncode = "CUC"\nname = "Centrale"\n'
    )
    catalogue = read(reports, one=text)
    assert catalogue.report("R1").cadences == ("half-year", "year")
    assert catalogue.report("R1").to == "agency"
    assert catalogue.tender("one").agency_code == "CUC"


def test_an_unknown_report_or_tender_is_refused_with_those_there_are(reports: Path) -> None:
    with pytest.raises(UnknownReport, match=r"«R9».*R1"):
        read(reports, one=GOOD).report("R9")
    with pytest.raises(UnknownTender, match=r"«two».*one"):
        read(reports, one=GOOD).tender("two")


def test_a_folder_without_tenders_is_refused(reports: Path) -> None:
    with pytest.raises(NoTenders, match=r"no \.toml"):
        read(reports)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (GOOD.replace("month", "week"), ":6: reports.R1.cadence: "),
        (GOOD.replace('title = "Consumi mensili"\n', ""), ":3: reports.R1.title: it is missing"),
        (GOOD.replace('"xlsx", "csv"', '"doc"'), ":7: reports.R1.formats: "),
        (GOOD.replace('"xlsx", "csv"', '"csv", "csv"'), ":7: reports.R1.formats: a format comes twice"),
        (GOOD.replace('"xlsx", "csv"', ""), ":7: reports.R1.formats: "),
        (GOOD.replace("r1.ipynb", "r2.ipynb"), ":5: reports.R1.notebook: there is no notebook r2.ipynb"),
        (GOOD.replace("r1.ipynb", "../r1.ipynb"), ":5: reports.R1.notebook: "),
        (GOOD.replace("r1.ipynb", "/etc/passwd"), ":5: reports.R1.notebook: "),
        (GOOD.replace("R1", "r1"), ":3: reports.r1: "),
        (GOOD + "due_days = -1", ":8: reports.R1.due_days: "),
        (GOOD + "due_days = true", ":8: reports.R1.due_days: "),
        (GOOD + "duedays = 30", ":8: reports.R1.duedays: there is no such entry"),
        (GOOD + "\n\npenalty_per_day = -3", ":10: reports.R1.penalty_per_day: "),
        (GOOD + 'days = "business"', ":8: reports.R1.days: "),
        (GOOD + 'to = "agency"', ":8: reports.R1.to: the file has no table [agency]"),
        (GOOD + '[reports.R1.parameters]\nperiod = "2024-01"', ":9: reports.R1.parameters.period: the runner gives"),
        ('starts = 2025-02-01\nends = 2025-01-01\n' + GOOD, ":2: ends: it lies before «starts»"),
        ('starts = "soon"\n' + GOOD, ":1: starts: "),
        ('name = "Senza report"\n[reports]', ":2: reports: "),
        ("name = ?", ":1: TOML: "),
        ('name = "x"\n\n[reports.R1\n', ":3: TOML: "),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_by_file_line_place_and_reason(reports: Path, wrong: str, where: str) -> None:
    with pytest.raises(BadTender) as refused:
        read(reports, one=wrong)
    for language in ("it", "en"):
        assert f"one.toml{where}" in refused.value.say(language)  # type: ignore[arg-type]


def test_all_mistakes_of_a_file_are_told_at_once_in_the_order_of_its_lines(reports: Path) -> None:
    with pytest.raises(BadTender) as refused:
        read(reports, one="colour = 1\n" + GOOD.replace("month", "week") + "due_days = -1\n")
    told = [line.split(": ")[0].rpartition(":")[2] for line in str(refused.value).splitlines() if "one.toml" in line]
    assert told == ["1", "7", "9"]


def test_a_file_that_is_no_text_or_badly_named_is_refused(reports: Path) -> None:
    (reports / "tenders" / "one.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadTender, match="UTF-8"):
        read(reports)
    (reports / "tenders" / "one.toml").unlink()
    with pytest.raises(BadTender, match="its name"):
        read(reports, **{"Con spazi": GOOD})


def test_two_tenders_with_the_same_report_are_refused_by_both_names(reports: Path) -> None:
    with pytest.raises(ReportTwice, match=r"two\.toml.*one\.toml"):
        read(reports, one=GOOD, two=GOOD)

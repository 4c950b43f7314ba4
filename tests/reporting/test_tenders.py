from pathlib import Path

import pytest

from portal_lib.reporting.exceptions import BadTender, NoTenders, ReportTwice, UnknownReport
from portal_lib.reporting.tenders import Catalogue, read_catalogue

GOOD = """
name = "Convenzione di prova"
[reports.R1]
title = "Consumi mensili"
notebook = "r1.ipynb"
cadence = "monthly"
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


def test_the_shipped_tender_asks_for_r1_and_r4_every_month() -> None:
    catalogue = read_catalogue(due_days=30)
    assert list(catalogue.reports) == ["R1", "R4"]
    for report in catalogue.reports.values():
        assert report.notebook.is_file()
        assert (report.cadence, report.due_days, report.formats) == ("monthly", 30, ("xlsx", "csv"))


def test_a_report_without_due_days_has_those_of_the_settings(reports: Path) -> None:
    assert read(reports, one=GOOD).report("R1").due_days == 30
    assert read(reports, one=GOOD + "due_days = 10").report("R1").due_days == 10


def test_an_unknown_report_is_refused_with_those_there_are(reports: Path) -> None:
    with pytest.raises(UnknownReport, match=r"«R9».*R1"):
        read(reports, one=GOOD).report("R9")


def test_a_folder_without_tenders_is_refused(reports: Path) -> None:
    with pytest.raises(NoTenders, match=r"no \.toml"):
        read(reports)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (GOOD.replace("monthly", "weekly"), "reports.R1.cadence"),
        (GOOD.replace('title = "Consumi mensili"', ""), "reports.R1.title"),
        (GOOD.replace('"xlsx", "csv"', '"pdf"'), "reports.R1.formats"),
        (GOOD.replace('"xlsx", "csv"', '"csv", "csv"'), "reports.R1.formats"),
        (GOOD.replace('"xlsx", "csv"', ""), "reports.R1.formats"),
        (GOOD.replace("r1.ipynb", "r2.ipynb"), "reports.R1.notebook"),
        (GOOD.replace("r1.ipynb", "../r1.ipynb"), "reports.R1.notebook"),
        (GOOD.replace("r1.ipynb", "/etc/passwd"), "reports.R1.notebook"),
        (GOOD.replace("R1", "r1"), "reports.r1"),
        (GOOD + "due_days = -1", "reports.R1.due_days"),
        (GOOD + "due_days = true", "reports.R1.due_days"),
        (GOOD + "duedays = 30", "reports.R1.duedays"),
        (GOOD + '[reports.R1.parameters]\nperiod = "2024-01"', "reports.R1.parameters.period"),
        ('name = "Senza report"\n[reports]', "reports"),
        ("name = ?", "line 1"),
    ],
)
def test_a_wrong_entry_is_refused_by_file_and_place(reports: Path, wrong: str, where: str) -> None:
    with pytest.raises(BadTender) as refused:
        read(reports, one=wrong)
    assert "one.toml" in refused.value.say("en")
    assert where in refused.value.say("en")


def test_a_file_that_is_no_text_is_refused(reports: Path) -> None:
    (reports / "tenders" / "one.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadTender, match="UTF-8"):
        read(reports)


def test_two_tenders_with_the_same_report_are_refused_by_both_names(reports: Path) -> None:
    with pytest.raises(ReportTwice, match=r"two\.toml.*one\.toml"):
        read(reports, one=GOOD, two=GOOD)

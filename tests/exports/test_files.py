"""What an export contains: the store's own numbers, in every form, over clock changes, gaps and holder changes."""

import csv
import io
import json
import tracemalloc
from datetime import date, datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest

from portal_lib.exports import exceptions as refusals
from portal_lib.exports import pieces as cutting
from portal_lib.exports import texts, workbook
from portal_lib.exports.asked import Asked
from portal_lib.exports.pieces import page_of, pieces
from tests.exports.conftest import GAPS, REGISTERS, WHOLE

DAY = datetime(2024, 5, 20)  # noqa: DTZ001 - a cell of a sheet knows no time zone


def italian(door, asked):
    text = "".join(texts.csv(door, asked, pieces(asked)))
    assert text.startswith("\ufeff") and text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))


def iso(door, asked):
    return pd.read_csv(io.StringIO("".join(texts.csv(door, asked, pieces(asked)))))


def as_json(door, asked, **paging):
    wanted, pages = page_of(asked)
    return json.loads("".join(texts.as_json(door, asked, wanted, pages=pages, **paging)))


def test_every_quarter_hour_of_the_store_is_there_to_the_last_wh(door, ask):
    found = iso(door, ask(passo="quarto", formato="iso"))
    stored = door.readings(WHOLE, date(2024, 5, 1), date(2024, 5, 31), "quarter_hour")
    assert list(found["kwh"]) == list(stored["kwh"]) and list(found["band"]) == list(stored["band"])
    assert list(pd.to_datetime(found["start"], utc=True)) == list(stored.index.tz_convert("UTC"))
    assert set(found["quality"]) == {"measured"} and set(found["minutes"]) == {15} and set(found["pod"]) == {WHOLE}


@pytest.mark.parametrize(
    ("first", "end", "hours"), [("2024-03-31", "2024-04-01", 23), ("2024-10-27", "2024-10-28", 25)]
)
def test_the_days_of_23_and_25_hours_have_as_many_and_the_repeated_hour_is_told_apart(door, ask, first, end, hours):
    rows = italian(door, ask(da=first, a=end))
    names = [row["Ora di inizio"] for row in rows]
    assert len(rows) == len(set(names)) == hours
    assert ("02:00" in names) is False
    assert ("02:00 (ora legale)" in names and "02:00 (ora solare)" in names) is (hours == 25)
    starts = list(iso(door, ask(da=first, a=end, formato="iso"))["start"])
    assert len(set(starts)) == hours
    assert ("2024-10-27T02:00:00+02:00" in starts and "2024-10-27T02:00:00+01:00" in starts) is (hours == 25)


def test_italian_files_have_commas_and_italian_days(door, ask):
    first, *_ = italian(door, ask(da="2024-05-02", a="2024-05-03", passo="quarto"))
    assert (first["Giorno"], first["Ora di inizio"], first["kWh"], first["Fascia"]) == (
        "02/05/2024",
        "00:00",
        "0,000",
        "F3",
    )
    assert italian(door, ask(passo="quarto"))[1]["kWh"] == "0,007"


def test_a_missing_value_is_an_empty_cell_and_what_is_estimated_says_so(door, ask):
    rows = italian(door, ask(punti=GAPS, passo="quarto", da="2024-05-20", a="2024-05-22"))
    assert rows[5]["kWh"] == "" and rows[5]["Qualità"] == "stimato, non validato"
    assert rows[6]["kWh"] == "0,042" and rows[-1]["Qualità"] == "misurato, rettificato"
    data = as_json(door, ask(kind="json", punti=GAPS, passo="quarto", da="2024-05-20", a="2024-05-21"))["data"]
    assert data[5][4] is None and data[6][4] == 0.042 and data[5][5] == "estimated+not_validated"


def test_days_before_the_point_was_held_are_not_there(door, ask):
    days = {row["Giorno"] for row in italian(door, ask(punti=GAPS, passo="giorno"))}
    assert min(days) == "10/05/2024" and "25/05/2024" not in days and len(days) == 21


def test_a_month_says_how_many_of_its_days_have_readings(door, ask):
    (row,) = italian(door, ask(punti=GAPS, passo="mese"))
    assert (row["Mese"], row["Giorni con letture"], row["Giorni attesi"]) == ("05/2024", "21", "22")
    assert row["Intervalli mancanti"] == "1" and row["Qualità"] == "stimato, non validato, rettificato"
    days = italian(door, ask(punti=GAPS, passo="giorno"))
    assert int(row["kWh"].replace(",", "")) == sum(int(day["kWh"].replace(",", "")) for day in days)
    bands = [int(row[f"kWh {band}"].replace(",", "")) for band in ("F1", "F2", "F3")]
    assert sum(bands) == int(row["kWh"].replace(",", ""))


def test_a_meter_without_a_curve_gives_its_months(door, ask):
    (row,) = italian(door, ask(punti=REGISTERS, passo="mese"))
    assert (row["kWh"], row["kWh F1"], row["Giorni con letture"]) == ("10,500", "3,500", "")
    assert italian(door, ask(punti=REGISTERS)) == []


def test_json_is_what_pandas_reads_and_empty_answers_are_json_too(door, ask):
    answer = as_json(door, ask(kind="json", punti="tutti"))
    frame = pd.DataFrame(answer["data"], columns=answer["columns"])
    stored = door.readings(WHOLE, date(2024, 5, 1), date(2024, 5, 31), "hour")
    np.testing.assert_array_equal(frame.loc[frame["pod"] == WHOLE, "kwh"], stored["kwh"])
    assert (answer["from"], answer["to"], answer["unit"]) == ("2024-05-01", "2024-06-01", "kWh")
    assert as_json(door, ask(kind="json", da="2010-01-01", a="2010-02-01"))["data"] == []
    assert as_json(door, ask(kind="json", punti=REGISTERS, da="2010-01-01", a="2010-02-01"))["data"] == []


def test_pages_put_together_are_the_whole(door, ask, monkeypatch):
    monkeypatch.setitem(cutting.PIECES_A_PAGE, "ora", 2)
    words = {"kind": "json", "punti": f"{WHOLE},{GAPS}", "da": "2024-03-15", "a": "2024-07-10"}
    whole = as_json(door, ask(**words))
    first = as_json(door, ask(**words, pagina="1"), next_page="https://…")
    assert (first["page"], first["pages"], first["next"]) == (1, 4, "https://…") and "next" not in whole
    parts = [as_json(door, ask(**words, pagina=str(page)))["data"] for page in range(1, 5)]
    assert [row for part in parts for row in part] == whole["data"] and all(part != whole["data"] for part in parts)
    with pytest.raises(refusals.NoSuchPage, match="4"):
        page_of(ask(**words, pagina="5"))


def test_what_is_read_at_once_makes_no_difference_to_what_is_written(door, ask, monkeypatch):
    for passo in ("quarto", "ora", "giorno", "mese"):
        wanted = ask(punti="tutti", passo=passo, da="2024-03-15", a="2024-11-20")
        at_once = italian(door, wanted)
        with monkeypatch.context() as patch:
            patch.setattr(cutting, "_AT_ONCE", 1)
            assert italian(door, wanted) == at_once and len(at_once) > 5


def test_a_workbook_has_numbers_and_dates_and_leaves_gaps_empty(door, ask, tmp_path):
    asked = ask(kind="xlsx", punti=f"{WHOLE},{GAPS}", passo="quarto", da="2024-05-20", a="2024-05-21")
    path = tmp_path / "export.xlsx"
    steps = list(workbook.write(door, asked, pieces(asked), path))
    sheet = openpyxl.load_workbook(path).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(steps) == 2 and rows[0] == ("POD", "Giorno", "Ora di inizio", "Minuti", "Fascia", "kWh", "Qualità")
    assert rows[1] == (WHOLE, DAY, "00:00", 15, "F3", 0, "misurato")
    assert rows[2][5] == 0.007 and rows[97 + 5][:3] == (GAPS, DAY, "01:15") and rows[97 + 5][5] is None
    assert len(rows) == 1 + 2 * 96


def test_a_workbook_of_months(door, ask, tmp_path):
    asked = ask(kind="xlsx", punti=f"{GAPS},{REGISTERS}", passo="mese")
    list(workbook.write(door, asked, pieces(asked), tmp_path / "months.xlsx"))
    rows = list(openpyxl.load_workbook(tmp_path / "months.xlsx").active.iter_rows(values_only=True))
    assert rows[1][:2] == (GAPS, "05/2024") and rows[1][6:9] == (21, 22, 1)
    assert rows[2][:6] == (REGISTERS, "05/2024", 10.5, 3.5, 3.5, 3.5) and rows[2][6:9] == (None, None, None)


def peak_of(door, asked: Asked) -> int:
    tracemalloc.start()
    for _ in texts.csv(door, asked, pieces(asked)):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_range(door, ask, monkeypatch):
    monkeypatch.setattr(cutting, "_AT_ONCE", 31)  # a year at once is more than there is here
    peak_of(door, ask(passo="quarto", a="2024-11-01"))  # names of instants are kept: of six stretches
    short = peak_of(door, ask(passo="quarto", a="2024-07-01"))
    assert peak_of(door, ask(passo="quarto", a="2024-11-01")) < 1.4 * short

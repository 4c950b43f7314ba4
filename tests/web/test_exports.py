"""Exports and archives as the service hands them out: whole, or refused with a sentence and the right status."""

import asyncio
import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import openpyxl
import pytest
import sqlalchemy as sa
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from portal_lib import db
from portal_lib.deposit.depositing import deposit
from portal_lib.deposit.tables import receipt
from portal_lib.settings import Settings
from tests.awaiting import awaited
from tests.exports.conftest import GAPS, OTHERS, WHOLE, fill
from tests.web.service import empty, running

MAY = {"da": "2024-05-01", "a": "2024-06-01"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A service whose customers have readings and documents; files of A, files of B."""
    var = empty(tmp_path_factory.mktemp("exporting"))
    settings = Settings(var=var)
    engine = db.open_engine(settings.data_database)
    fill(engine)
    made = {
        code: deposit(
            engine, settings.deposit_folder, customer_code=code, report="R1", title="Consumi",
            period_first=date(2024, 5, 1), period_last=date(2024, 5, 31), due_on=date(2024, 6, 30),
            documents={"csv": b"a;b\r\n", "xlsx": b"a workbook"}, names=lambda kind, version: f"R1_v{version}.{kind}",
            clock=lambda: datetime(2024, 6, 5, tzinfo=UTC),
        ).files
        for code in ("A", "B")
    }  # fmt: skip
    with running(var) as service:
        yield service, engine, made


def ask(service, path, code="A", language="it", **words):
    """The answer to somebody who is logged in with that customer code."""
    query = f"?{urlencode(words, doseq=True)}" if words else ""
    request = HTTPRequest(
        f"{service.address}{path}{query}",
        headers={"Authorization": f"token c-{code}.{code}", "Cookie": f"portale-lingua={language}"},
        request_timeout=60,
        follow_redirects=False,
    )

    async def fetch():
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    return awaited(fetch())


def test_all_of_ones_points_as_csv_under_a_name_that_says_what_it_is(world):
    answer = ask(world[0], "export/letture.csv", punti="tutti", **MAY)
    assert answer.code == 200 and answer.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="letture_2024-05-01_2024-06-01.csv"'
    assert "no-store" in answer.headers["Cache-Control"]
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 31 * 24 + 21 * 24 and {row["POD"] for row in rows} == {WHOLE, GAPS}


def test_json_pages_lead_from_one_to_the_next(world):
    words = {"punti": "tutti", "da": "2014-06-01", "a": "2024-06-01", "passo": "giorno"}
    whole = json.loads(ask(world[0], "export/letture.json", **words).body)
    answer = ask(world[0], "export/letture.json", **words, pagina="1")
    page = json.loads(answer.body)
    assert (page["page"], page["pages"], page["next"]) == (1, 1, None) and answer.headers["X-Total-Pages"] == "1"
    assert page["data"] == whole["data"] and len(whole["data"]) > 50


def test_the_next_page_is_named_by_the_portals_own_address(world):
    words = {"punti": f"{WHOLE},{GAPS}", "da": "2024-01-01", "a": "2026-01-01", "passo": "quarto", "pagina": "1"}
    first = ask(world[0], "export/letture.json", **words)
    following = json.loads(first.body)["next"]
    assert first.headers["Link"] == f'<{following}>; rel="next"' and first.headers["X-Total-Pages"] == "2"
    assert (
        following.startswith("http://127.0.0.1:8000/services/portale/export/letture.json?") and "pagina=2" in following
    )
    second = ask(world[0], f"export/letture.json?{following.partition('?')[2]}")
    assert second.code == 200 and json.loads(second.body)["next"] is None and "Link" not in second.headers
    rows = json.loads(first.body)["data"] + json.loads(second.body)["data"]
    del words["pagina"]
    assert rows == json.loads(ask(world[0], "export/letture.json", **words).body)["data"]


def test_a_workbook_opens_in_a_spreadsheet(world):
    answer = ask(world[0], "export/letture.xlsx", punti=WHOLE, passo="giorno", **MAY)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.body)).active
    assert answer.headers["Content-Disposition"].endswith(f'letture_{WHOLE}_2024-05-01_2024-06-01.xlsx"')
    assert sheet.max_row == 1 + 31 and sheet["A2"].value == WHOLE


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ({"punti": OTHERS, **MAY}, 404, "non risulta fra le tue"),
        ({"punti": "IT999E99999999", **MAY}, 404, "non risulta fra le tue"),
        ({"punti": WHOLE, "da": "2024-05-01"}, 400, "«a» non è una data valida"),
        ({"punti": WHOLE, "da": "1024-05-01", "a": "2024-05-01"}, 400, "troppo lungo"),
        ({"punti": WHOLE, "pagina": "-1", **MAY}, 400, "«pagina» è un numero"),
        ({"punti": WHOLE, "pagina": "7", **MAY}, 404, "La pagina 7 non c"),
        ({"punti": [WHOLE, OTHERS], **MAY}, 400, "compare due volte"),
        ({"punti": WHOLE, "token": "pex_a", **MAY}, 400, "non è tra i parametri"),
    ],
)
def test_what_can_not_be_had_is_refused_with_a_sentence_and_its_status(world, words, status, sentence):
    for kind in ("csv", "json", "xlsx"):
        answer = ask(world[0], f"export/letture.{kind}", **words)
        assert answer.code == status and "Content-Disposition" not in answer.headers
        assert sentence in answer.body.decode().replace("&#39;", "'") and "kWh" not in answer.body.decode()


def test_in_english_where_the_visitor_chose_it(world):
    answer = ask(world[0], "export/letture.csv", language="en", punti="", **MAY)
    assert answer.code == 400 and "separated by commas" in answer.body.decode()


def test_nobody_gets_more_than_a_few_at_once(world):
    service = world[0]
    words = {"punti": "tutti", "da": "2016-01-01", "a": "2024-12-31", "passo": "quarto"}

    async def many():
        client = AsyncHTTPClient(force_instance=True, max_clients=20)
        requests = [
            HTTPRequest(
                f"{service.address}export/letture.csv?{urlencode(words)}",
                headers={"Authorization": "token c-A.A"},
                request_timeout=120,
            )
            for _ in range(8)
        ]
        answers = await asyncio.gather(*(client.fetch(request, raise_error=False) for request in requests))
        return [answer.code for answer in answers]

    codes = awaited(many())
    assert set(codes) == {200, 429} and codes.count(200) >= 3
    assert ask(service, "export/letture.csv", punti=WHOLE, **MAY).code == 200


def receipts_of(engine, visitor):
    with db.reading(engine) as connection:
        return list(connection.scalars(sa.select(receipt.c.file_id).where(receipt.c.visitor == visitor)))


def test_several_documents_come_as_one_archive_each_with_its_receipt(world):
    service, engine, made = world
    files = made["A"]
    before = receipts_of(engine, "c-A")
    answer = ask(service, "files/scelti.zip", id=",".join(str(file.id) for file in files))
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert answer.code == 200 and answer.headers["Content-Type"] == "application/zip"
    assert {hashlib.sha256(archive.read(file.name)).hexdigest() for file in files} == {file.sha256 for file in files}
    assert receipts_of(engine, "c-A")[len(before) :] == [file.id for file in files]


@pytest.mark.parametrize(
    ("chosen", "status"),
    [("", 400), ("{theirs}", 404), ("{own},{theirs}", 404), ("-1", 404), ("x", 404), ("9" * 12, 404)],
)
def test_an_archive_with_anything_that_is_not_ones_own_is_none_at_all(world, chosen, status):
    service, engine, made = world
    before = receipts_of(engine, "c-A"), receipts_of(engine, "c-B")
    text = chosen.format(own=made["A"][0].id, theirs=made["B"][0].id)
    answer = ask(service, "files/scelti.zip", id=text)
    assert answer.code == status and not answer.body.startswith(b"PK")
    assert (receipts_of(engine, "c-A"), receipts_of(engine, "c-B")) == before


def test_nothing_chosen_is_said_in_a_sentence(world):
    answer = ask(world[0], "files/scelti.zip")
    assert answer.code == 400 and "selezionane almeno uno" in answer.body.decode()
    too_many = ",".join(str(number) for number in range(1, 600))
    assert "al massimo 500" in ask(world[0], "files/scelti.zip", id=too_many).body.decode()


def test_a_file_that_was_altered_is_handed_out_neither_alone_nor_in_an_archive(world):
    service, engine, made = world
    file = made["B"][0]
    path = Settings(var=service.var).deposit_folder / file.path
    path.chmod(0o600)
    path.write_bytes(b"other")
    for address, words in ((f"files/{file.id}", {}), ("files/scelti.zip", {"id": str(file.id)})):
        answer = ask(service, address, "B", **words)
        assert answer.code == 409 and "non corrisponde" in answer.body.decode() and b"other" not in answer.body
    assert receipts_of(engine, "c-B") == []

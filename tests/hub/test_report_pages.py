"""At a real Hub: the operators' deliveries, the public key, and whether a customer wants mails."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.accounts.tables import account, outgoing_mail
from portal_lib.clock import system_clock
from portal_lib.customers.tables import customer, holder, supply_point
from portal_lib.deposit import depositing, signing
from portal_lib.hub.report_notices import tell_new
from portal_lib.hub.wiring import Wiring
from portal_lib.language import Said
from portal_lib.reporting import claims, owed
from portal_lib.reporting.tenders import read_catalogue
from portal_lib.settings import Settings
from tests.hub.conftest import HOUSEHOLD, Browser
from tests.hub.own_hub import OwnHub, own_hub

CHECKOUT = Path(__file__).parents[2]
TENDER = """
name = "Convenzione di prova"
starts = 2025-01-01
ends = 2025-03-31
penalty_per_day = 100
[administrations]
codes = ["50001"]
[reports.R4]
title = "Curve orarie"
notebook = "r4_curve_orarie.ipynb"
cadence = "month"
formats = ["csv"]
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnHub]:
    home = tmp_path_factory.mktemp("reports")
    (home / "own" / "tenders").mkdir(parents=True)
    (home / "own" / "tenders" / "prova.toml").write_text(TENDER)
    shutil.copy(CHECKOUT / "reports" / "r4_curve_orarie.ipynb", home / "own")
    with own_hub(home, {"PORTAL_TENDERS_FOLDER": str(home / "own" / "tenders")}) as hub:
        fill(hub, home)
        hub.start()
        with hub.browser() as person:
            assert "benvenuto" in person.register("mario.rossi", HOUSEHOLD).url
        with hub.accounts.begin() as connection:
            connection.execute(account.update().where(account.c.login == "mario.rossi").values(state="active"))
        yield hub


def settings_of(hub: OwnHub) -> Settings:
    tenders = hub.log.parent / "own" / "tenders"
    return Settings(var=hub.var, tenders_folder=tenders, public_url=hub.address)


def fill(hub: OwnHub, home: Path) -> None:
    """One administration: January deposited late, February failing, March not begun."""
    settings = settings_of(hub)
    engine = db.open_engine(settings.data_database)
    with engine.begin() as connection:
        connection.execute(customer.insert().values(code="50001", kind="organisation", name="Ente"))
        connection.execute(supply_point.insert().values(id=900, pod="IT001E90000001"))
        connection.execute(holder.insert().values(point_id=900, first_day=date(2024, 1, 1), customer_code="50001"))
    depositing.deposit(
        engine, settings.deposit_folder, customer_code="50001", report="R4", title="Curve orarie",
        period_first=date(2025, 1, 1), period_last=date(2025, 1, 31), due_on=date(2025, 3, 2), tender="prova",
        documents={"csv": b"x"}, names="v{1}.{0}".format, clock=lambda: datetime(2025, 3, 5, tzinfo=UTC),
    )  # fmt: skip
    with db.reading(engine) as connection:
        pieces = owed.pieces(connection, read_catalogue(settings.tenders_folder, due_days=30), system_clock)
    february = next(piece for piece in pieces if str(piece.period) == "2025-02")
    worker = claims.claim(engine, february, system_clock)
    assert worker is not None
    claims.fail(engine, february, worker, Said("inchiostro <finito>", "out of <ink>"), system_clock)
    engine.dispose()


@pytest.fixture
def operator(hub: OwnHub) -> Iterator[Browser]:
    with hub.browser() as operator:
        operator.log_in("bruno")
        yield operator


def test_operators_see_what_is_missing_late_and_failing_and_what_it_costs(operator: Browser) -> None:
    page = operator.page("operatori/consegne").text
    assert "2 report sono in ritardo." in page and "Ogni giorno in più costa 200,00 €." in page
    assert "Un report è stato depositato in ritardo." in page
    assert "inchiostro &lt;finito&gt;" in page and "Prossimo tentativo il" in page
    assert "2025-02" in page and "2025-03" in page and "2025-01" not in page
    assert "portal deposit key" in page
    assert "2025-01" in operator.page("operatori/consegne?quali=tutte").text


def test_nobody_else_sees_it(hub: OwnHub) -> None:
    with hub.browser() as stranger, hub.browser() as analyst:
        assert "/hub/login" in stranger.page("operatori/consegne").url
        analyst.log_in("anna")
        answer = analyst.get(hub.url("operatori/consegne"), timeout=20, allow_redirects=False)
        assert answer.status_code == 302


def test_a_tenders_mistake_is_told_to_operators_with_its_line(hub: OwnHub, operator: Browser) -> None:
    file = settings_of(hub).tenders_folder / "prova.toml"  # type: ignore[operator]
    file.write_text(TENDER.replace('"month"', '"week"'))
    try:
        answer = operator.page("operatori/consegne")
        assert answer.status_code == 500 and "prova.toml:11: reports.R4.cadence" in answer.text
    finally:
        file.write_text(TENDER)


def test_the_public_key_is_there_for_everybody_once_it_is_made(hub: OwnHub) -> None:
    with hub.browser() as stranger:
        assert stranger.get(hub.url("deposito/chiave.pem"), timeout=20).status_code == 404
        signer = signing.make_key(settings_of(hub).deposit_key_file)
        answer = stranger.get(hub.url("deposito/chiave.pem"), timeout=20)
        assert answer.status_code == 200 and answer.content == signer.public_pem


def test_a_customer_asks_for_mails_gets_one_and_wants_no_more(hub: OwnHub) -> None:
    wiring = Wiring(settings_of(hub))
    code = HOUSEHOLD["customer_code"]

    def deposit(month: int) -> None:
        with wiring_engine.begin() as connection:
            connection.execute(
                claims.report_notice.insert().values(
                    at=datetime.now(UTC).replace(tzinfo=None), kind="deposited", customer_code=code, report="R4",
                    title="Curve orarie", period=f"2025-{month:02d}",
                )
            )  # fmt: skip

    def mails() -> int:
        with hub.accounts.connect() as connection:
            wanted = outgoing_mail.c.subject.startswith("Nuovi documenti")
            return int(connection.execute(sa.select(sa.func.count()).where(wanted)).scalar_one())

    wiring_engine = db.open_engine(settings_of(hub).data_database)
    with hub.browser() as person:
        person.log_in("mario.rossi")
        page = person.page("profilo/avvisi")
        assert 'value="no" checked' in page.text
        done = person.submit(page, "profilo/avvisi", wanted="yes")
        assert "ti avvisiamo per mail" in done.text and "Una mail quando c&#39;è un nuovo documento" in done.text
        deposit(7)
        assert tell_new(wiring) >= 1 and mails() == 1
        assert tell_new(wiring) == 0 and mails() == 1
        done = person.submit(person.page("profilo/avvisi"), "profilo/avvisi", wanted="no")
        assert "Non ti avvisiamo più" in done.text
    wiring_engine.dispose()

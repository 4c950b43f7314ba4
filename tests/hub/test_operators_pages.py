"""The operators' pages at a real Hub: who may see them, what they find, do and show, and what they never show."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
import sqlalchemy as sa

from portal_lib.accounts import mail_queue, staff
from portal_lib.accounts.tables import account, account_customer, audit_event, outgoing_mail
from portal_lib.clock import system_clock
from tests.hub.conftest import HOUSEHOLD, Browser
from tests.hub.own_hub import OwnHub, own_hub

PASSWORD = "Girasole-7"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnHub]:
    """Without a way to send mail, so that what waits can be seen waiting."""
    with own_hub(tmp_path_factory.mktemp("operators"), {"PORTAL_LIMIT_IDENTIFY_ADDRESS": "9999/1h"}) as hub:
        hub.start()
        with hub.browser() as customer:
            assert "benvenuto" in customer.register("mario.rossi", HOUSEHOLD).url
        staff.add(hub.accounts, system_clock, "carla", "operators", PASSWORD)
        yield hub


@pytest.fixture
def operator(hub: OwnHub) -> Iterator[Browser]:
    with hub.browser() as operator:
        assert operator.log_in("bruno").url == hub.url("operatori")
        yield operator


def number(hub: OwnHub, login: str) -> int:
    with hub.accounts.connect() as connection:
        return int(connection.execute(sa.select(account.c.id).where(account.c.login == login)).scalar_one())


def customer(hub: OwnHub, login: str, **values: Any) -> int:
    """An account in any state, without the trouble of a registration."""
    fresh: dict[str, Any] = {
        "kind": "customer", "hub_name": f"c-{login}", "login": login, "login_key": login, "password_hash": "x",
        "state": "active", "first_name": "Ada", "last_name": "Verdi", "email": f"{login}@example.it",
        "created_at": sa.func.now(),
    }  # fmt: skip
    with hub.accounts.begin() as connection:
        query = account.insert().values(**(fresh | values)).returning(account.c.id)
        return int(connection.execute(query).scalar_one())


def latest(hub: OwnHub, account_id: int) -> Any:
    with hub.accounts.connect() as connection:
        query = sa.select(audit_event).where(audit_event.c.account_id == account_id).order_by(audit_event.c.id.desc())
        return connection.execute(query.limit(1)).one()


def act(operator: Browser, account_id: int, deed: str, **fields: str) -> requests.Response:
    """Press one of the buttons of an account's page; ``None`` of them is there that is not offered."""
    page = operator.page(f"operatori/account/{account_id}")
    return operator.submit(page, f"operatori/account/{account_id}/{deed}", **fields)


def force(operator: Browser, account_id: int, deed: str, **fields: str) -> requests.Response:
    """Send a deed whose button is not there."""
    hidden = re.search(r'name="_xsrf" value="([^"]+)"', operator.page("operatori").text)
    assert hidden is not None
    address = operator.hub.url(f"operatori/account/{account_id}/{deed}")
    return operator.post(address, data={"_xsrf": hidden.group(1), "sicuro": "yes"} | fields, timeout=20)


def search(operator: Browser, words: str, kind: str = "") -> requests.Response:
    return operator.submit(operator.page("operatori"), "operatori", cerca=words, tipo=kind)


@pytest.mark.parametrize("path", ["operatori", "operatori/posta", "operatori/account/1", "operatori/account/1/freeze"])
def test_nobody_but_operators_sees_the_pages(hub: OwnHub, path: str) -> None:
    with hub.browser() as stranger, hub.browser() as analyst:
        assert "/hub/login" in stranger.page(path).url
        analyst.log_in("anna")
        answer = analyst.get(hub.url(path), timeout=20, allow_redirects=False)
        assert answer.status_code == 302 and answer.headers["Location"] == "/hub/spawn"
        hidden = re.search(r'name="_xsrf" value="([^"]+)"', analyst.page("registrati").text)
        assert hidden is not None
        answer = analyst.post(hub.url(path), data={"_xsrf": hidden.group(1)}, timeout=20, allow_redirects=False)
        assert answer.status_code in (302, 405)


@pytest.mark.parametrize("words", ["mario.rossi", "MARIO", "rocchi", "Manuela", "rossi@example", "10002001", "1000"])
def test_an_account_is_found_by_login_name_address_or_customer_code(operator: Browser, words: str) -> None:
    answer = search(operator, words)
    assert "mario.rossi" in answer.text and "/hub/operatori/account/" in answer.text


def test_every_word_must_fit(operator: Browser) -> None:
    assert "mario.rossi" in search(operator, "manuela 10002001").text
    assert "Nessun account corrisponde" in search(operator, "manuela 20001001").text


def test_what_was_searched_for_stands_in_no_address_and_no_log(hub: OwnHub, operator: Browser) -> None:
    answer = search(operator, "Cercasi-Persona-Privata")
    assert "Cercasi" not in answer.url and "Cercasi-Persona-Privata" in answer.text
    assert operator.get(answer.url, timeout=20).text.count("Cercasi-Persona-Privata") == 1  # kept, for the back button
    assert "Cercasi" not in hub.log.read_text()
    with hub.browser() as other:
        other.log_in("carla")
        assert "Cercasi" not in other.get(answer.url, timeout=20).text


@pytest.mark.parametrize(
    "words",
    [
        "x" * 10_000,
        "😀",
        "\u202eabc",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "%",
        "_",
        "\x00",
        "a\r\nSet-Cookie: b",
    ],
)
def test_any_text_can_be_searched_for(hub: OwnHub, operator: Browser, words: str) -> None:
    answer = search(operator, words, words)
    assert answer.status_code == 200 and "<script>alert" not in answer.text
    raw = operator.page("operatori").text
    hidden = re.search(r'name="_xsrf" value="([^"]+)"', raw)
    assert hidden is not None
    body = f"_xsrf={quote(hidden.group(1))}&cerca=%ED%A0%80%FF&tipo=%00"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert operator.post(hub.url("operatori"), data=body, headers=headers, timeout=20).status_code in (200, 400)


@pytest.mark.parametrize(
    "query", ["pagina=0", "pagina=-1", "pagina=99999999", "pagina=²", "ricerca=%00", "ricerca=nulla"]
)
def test_any_page_may_be_asked_for(operator: Browser, query: str) -> None:
    assert operator.page(f"operatori?{query}").status_code == 200


def test_a_long_list_comes_in_pages(hub: OwnHub, operator: Browser) -> None:
    for index in range(30):
        customer(hub, f"serie.{index:02}", state="frozen")
    first = search(operator, "serie.")
    assert "30 account trovati" in first.text and "serie.24" in first.text and "serie.25" not in first.text
    further = re.search(r'href="([^"]+pagina=2)"', first.text)
    assert further is not None
    second = operator.get(operator.hub.address + further.group(1).replace("&amp;", "&"), timeout=20)
    assert "serie.25" in second.text and "serie.24" not in second.text


def test_an_account_shows_its_life_and_no_secret(hub: OwnHub, operator: Browser) -> None:
    one = number(hub, "mario.rossi")
    text = operator.page(f"operatori/account/{one}").text
    for words in ("Manuela Rocchi", "10002001", "da confermare", "Registrazione", "mario.rossi@example.it"):
        assert words in text
    with hub.accounts.connect() as connection:
        row = connection.execute(sa.select(account).where(account.c.id == one)).one()
        queued = connection.execute(
            sa.select(outgoing_mail.c.text).where(outgoing_mail.c.account_id == one)
        ).scalar_one()
    token = re.search(r"token=(\S+)", queued)
    assert token is not None
    for secret in (row.password_hash, row.tax_code, token.group(1)):
        assert secret not in text


def test_the_pages_speak_english(operator: Browser, hub: OwnHub) -> None:
    operator.cookies.set("portale-lingua", "en")
    text = operator.page(f"operatori/account/{number(hub, 'mario.rossi')}").text
    assert "Registered" in text and "unconfirmed" in text and "Customer codes" in text and "Registrazione" not in text


def test_a_link_is_sent_again_and_the_account_activated_by_name(hub: OwnHub, operator: Browser) -> None:
    one = customer(hub, "link.perso", state="unconfirmed")
    answer = act(operator, one, "resend")
    assert "Un nuovo link di conferma è in partenza" in answer.text
    assert (latest(hub, one).event, latest(hub, one).detail["by"]) == ("account:confirmation-resent", "bruno")
    assert "L&#39;account è attivo" in act(operator, one, "activate").text
    assert latest(hub, one).detail == {"from_state": "unconfirmed", "by": "bruno"}
    answer = force(operator, one, "activate")
    assert answer.status_code == 409 and "è già attivo" in answer.text


def test_a_code_is_approved(hub: OwnHub, operator: Browser) -> None:
    one = customer(hub, "ufficio.prova")
    with hub.accounts.begin() as connection:
        connection.execute(
            account_customer.insert().values(account_id=one, customer_code="20001001", added_at=sa.func.now())
        )
    assert "ufficio.prova" in operator.page("operatori").text, "it stands among what is to be done"
    answer = act(operator, one, "approve")
    assert "è approvato" in answer.text
    assert "ufficio.prova" not in operator.page("operatori").text
    answer = force(operator, one, "approve", codice="20001001")
    assert answer.status_code == 409 and "già approvato" in answer.text
    assert force(operator, one, "approve", codice="<b>\x00" * 1000).status_code == 409


def test_freezing_needs_a_tick_and_ends_the_persons_sessions(hub: OwnHub, operator: Browser) -> None:
    with hub.browser() as person:
        person.opened("da.sospendere")
        person.log_in("da.sospendere")
        assert person.page("profilo").url == hub.url("profilo")
        one = number(hub, "da.sospendere")
        answer = act(operator, one, "freeze")
        assert answer.status_code == 422 and "Metti la spunta" in answer.text
        assert "L&#39;account è sospeso" in act(operator, one, "freeze", sicuro="yes").text
        assert "/hub/login" in person.page("profilo").url
        assert "riaperto" in act(operator, one, "unfreeze").text
        assert "/hub/login" in person.page("profilo").url, "what was ended stays ended"


def test_sessions_end_and_locks_are_forgotten(hub: OwnHub, operator: Browser) -> None:
    with hub.browser() as person, hub.browser() as forgetful:
        person.opened("sbadata")
        person.log_in("sbadata")
        one = number(hub, "sbadata")
        for _ in range(11):
            forgetful.log_in("sbadata", "Sbagliata-7")
        page = operator.page(f"operatori/account/{one}").text
        assert "accesso da un browser nuovo: ancora" in page
        assert "azzerati" in act(operator, one, "unlock").text
        assert "accesso da un browser nuovo: ancora" not in operator.page(f"operatori/account/{one}").text
        assert "Tutte le sessioni sono chiuse" in act(operator, one, "end-sessions").text
        assert "/hub/login" in person.page("profilo").url
        assert latest(hub, one).detail == {"reason": "staff", "by": "bruno"}


def test_a_reset_is_started_by_mail_and_shown_to_nobody(hub: OwnHub, operator: Browser) -> None:
    one = customer(hub, "senza.password")
    answer = act(operator, one, "start-reset")
    assert "Il link per scegliere una nuova password è in partenza" in answer.text
    with hub.accounts.connect() as connection:
        text = connection.execute(sa.select(outgoing_mail.c.text).where(outgoing_mail.c.account_id == one)).scalar_one()
    token = re.search(r"token=(\S+)", text)
    assert token is not None and token.group(1) not in answer.text + operator.page("operatori/posta").text


def test_of_colleagues_only_sessions_and_passwords_can_be_touched(hub: OwnHub, operator: Browser) -> None:
    colleague = number(hub, "carla")
    page = operator.page(f"operatori/account/{colleague}").text
    assert "/freeze" not in page and "/unlock" not in page
    for deed in ("freeze", "unlock", "second-factor-off", "activate", "unfreeze"):
        answer = force(operator, colleague, deed)
        assert answer.status_code == 409 and "Sugli account del personale" in answer.text
    with hub.browser() as other:
        other.log_in("carla")
        assert "Tutte le sessioni sono chiuse" in act(operator, colleague, "end-sessions").text
        assert "/hub/login" in other.page("operatori").url
    own = number(hub, "bruno")
    assert "È il tuo account" in operator.page(f"operatori/account/{own}").text
    assert force(operator, own, "second-factor-off").status_code == 409


@pytest.mark.parametrize("path", ["operatori/account/999999", "operatori/account/0", "operatori/account/x"])
def test_an_account_that_is_not_there_is_a_404(operator: Browser, path: str) -> None:
    assert operator.page(path).status_code == 404


def test_a_form_that_lay_too_long_does_nothing(hub: OwnHub, operator: Browser) -> None:
    one = number(hub, "mario.rossi")
    answer = operator.post(hub.url(f"operatori/account/{one}/activate"), data={"_xsrf": "old"}, timeout=20)
    assert answer.status_code == 403 and "aperta troppo a lungo" in answer.text
    with hub.accounts.connect() as connection:
        state = connection.execute(sa.select(account.c.state).where(account.c.id == one)).scalar_one()
    assert state == "unconfirmed"


def test_events_come_in_pages(hub: OwnHub, operator: Browser) -> None:
    one = customer(hub, "molti.eventi")
    with hub.accounts.begin() as connection:
        events = [
            {
                "at": sa.func.now(),
                "event": "profile:changed",
                "account_id": one,
                "detail": {"field": f"campo {index:03}"},
            }
            for index in range(60)
        ]
        for event in events:
            connection.execute(audit_event.insert().values(**event))
    first = operator.page(f"operatori/account/{one}").text
    assert "campo 059" in first and "campo 010" in first and "campo 009" not in first
    older = re.search(r'\?prima=(\d+)#eventi"', first)
    assert older is not None
    second = operator.page(f"operatori/account/{one}?prima={older.group(1)}").text
    assert "campo 009" in second and "campo 000" in second and "campo 010" not in second


def test_the_mail_queue_shows_why_mail_fails_and_never_what_it_says(hub: OwnHub, operator: Browser) -> None:
    one = number(hub, "mario.rossi")
    error = "550 5.1.1 <mario.rossi@example.it>: no such mailbox"
    with hub.accounts.begin() as connection:
        chosen = outgoing_mail.c.account_id == one
        connection.execute(outgoing_mail.update().where(chosen).values(attempts=3, last_error=error))
        text = connection.execute(sa.select(outgoing_mail.c.text).where(chosen)).scalars().first()
    assert "mail non parte" in operator.page("operatori").text
    page = operator.page("operatori/posta")
    assert "3 tentativi" in page.text and "550 5.1.1 &lt;mario.rossi@example.it&gt;" in page.text
    link = re.search(r"token=(\S+)", str(text))
    assert link is not None and link.group(1) not in page.text
    answer = operator.submit(page, "operatori/posta")
    assert "Riprovo subito" in answer.text
    assert mail_queue.standing(hub.accounts, system_clock).failing == 1  # nowhere to send it: it still waits
    hidden = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert hidden is not None
    for hostile in ("x", "999999", "-1", "\x00", "9" * 5000):
        answer = operator.post(hub.url("operatori/posta"), data={"_xsrf": hidden.group(1), "mail": hostile}, timeout=20)
        assert answer.status_code == 409 and "Nessuna mail da riprovare" in answer.text


def test_an_operator_is_led_back_to_the_page_that_was_asked_for(hub: OwnHub) -> None:
    with hub.browser() as operator:
        login = operator.page("operatori/posta")
        answer = operator.submit(login, "login", username="bruno", password=PASSWORD)
        assert answer.url == hub.url("operatori/posta")

"""The pages of a customer's contact at the real Hub: nothing on GET, everything on POST."""

import re
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.accounts.tables import account
from tests.hub.conftest import MUNICIPALITY, Browser, Hub

CONTACT = "comune@example.it"


def contact_link(hub: Hub, visitor: Browser, page: str, login: str) -> str:
    """The newest link of this kind that the contact got about an account, as a path below /hub/."""
    with db.reading(hub.accounts) as connection:
        known = connection.execute(sa.select(account.c.id).where(account.c.login == login)).scalar_one()
    assert known
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for number in re.findall(r"hub/posta/(\d{8})", visitor.page("posta").text):
            mail = visitor.page(f"posta/{number}").text
            found = re.search(rf"/hub/({page}\?token=[\w-]+)", mail)
            if CONTACT in mail and found is not None:
                return found[1]
        time.sleep(0.2)
    raise AssertionError("the contact heard nothing")


def state(hub: Hub, login: str) -> str:
    with db.reading(hub.accounts) as connection:
        return str(connection.execute(sa.select(account.c.state).where(account.c.login == login)).scalar_one())


@pytest.fixture
def contact(hub: Hub) -> Iterator[Browser]:
    with hub.browser() as contact:
        yield contact


def test_machines_may_open_the_link_first_and_the_person_still_closes_the_account(
    hub: Hub, visitor: Browser, contact: Browser
) -> None:
    visitor.opened("sconosciuto", MUNICIPALITY)
    assert visitor.log_in("sconosciuto").text == "the customer pages"
    link = contact_link(hub, contact, "non-sono-io", "sconosciuto")

    assert contact.head(hub.url(link), timeout=20).status_code < 500
    for _ in range(2):
        page = contact.page(link)
        assert page.status_code == 200 and "Chiara Conti" in page.text and "20001001" in page.text
    assert state(hub, "sconosciuto") == "active"
    for private in ("sconosciuto@example.it", MUNICIPALITY["tax_code"]):
        assert private not in page.text

    done = contact.submit(page, "non-sono-io")
    assert done.status_code == 200 and "Account bloccato" in done.text
    assert state(hub, "sconosciuto") == "frozen"
    # The browser that was logged in is out at its next request, and stays out.
    assert "/hub/login" in visitor.page("home").url
    assert "sospeso" in visitor.log_in("sconosciuto").text

    assert "già stato bloccato" in contact.submit(page, "non-sono-io").text
    again = contact.page(link)
    assert again.status_code == 200 and "Link già usato" in again.text and '<button class="button"' not in again.text


def test_without_the_forms_own_secret_nothing_is_closed(hub: Hub, visitor: Browser, contact: Browser) -> None:
    visitor.opened("al.sicuro", MUNICIPALITY)
    link = contact_link(hub, contact, "non-sono-io", "al.sicuro")
    token = link.partition("token=")[2]
    page = contact.post(hub.url("non-sono-io"), data={"token": token}, timeout=20)
    assert page.status_code in (200, 403) and state(hub, "al.sicuro") == "active"


@pytest.mark.parametrize("path", ["non-sono-io", "approva"])
@pytest.mark.parametrize("token", ["", "x", "A" * 5000, "%00", "'; drop table account --", "<script>alert(1)</script>"])
def test_a_link_that_is_none_gets_a_sentence(visitor: Browser, path: str, token: str) -> None:
    page = visitor.page(f"{path}?token={token}")
    assert page.status_code == 404 and "Questo link non è valido" in page.text and "<script>" not in page.text
    if token and "%" not in token:
        form = visitor.page("registrati")
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
        assert xsrf is not None
        sent = visitor.post(visitor.hub.url(path), data={"_xsrf": xsrf[1], "token": token}, timeout=20)
        assert sent.status_code == 404 and "Questo link non è valido" in sent.text


def test_the_contacts_pages_speak_english_where_that_is_chosen(hub: Hub, visitor: Browser, contact: Browser) -> None:
    visitor.opened("in.inglese", MUNICIPALITY)
    link = contact_link(hub, contact, "non-sono-io", "in.inglese")
    contact.cookies.set("portale-lingua", "en")
    page = contact.page(link)
    assert 'lang="en"' in page.text and "You do not know this person?" in page.text
    assert "This link is not known" in contact.page("approva?token=x").text


def test_no_secret_of_the_contacts_reaches_the_log(hub: Hub, visitor: Browser, contact: Browser) -> None:
    visitor.opened("senza.traccia", MUNICIPALITY)
    link = contact_link(hub, contact, "non-sono-io", "senza.traccia")
    contact.submit(contact.page(link), "non-sono-io")
    log = hub.log.read_text()
    assert "non-sono-io?token=" in log and link.partition("token=")[2] not in log

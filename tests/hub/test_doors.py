"""Login, logout and the side doors of JupyterHub, against the real Hub."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from portal_lib import db
from portal_lib.accounts.tables import account, account_customer, audit_event
from tests.hub.conftest import MUNICIPALITY, PASSWORD, Browser, Hub

Customer = tuple[Browser, str]


@pytest.fixture(scope="module")
def customer(hub: Hub) -> Iterator[Customer]:
    """A customer who is logged in, with the Hub name."""
    with hub.browser() as browser:
        browser.opened("porta").log_in("porta")
        yield browser, hub_name(hub, "porta")


def as_service(hub: Hub, path: str) -> requests.Response:
    headers = {"Authorization": f"token {hub.service_token}"}
    return requests.get(hub.url(f"api/{path}"), headers=headers, timeout=20)


def test_the_hub_knows_a_customer_by_an_opaque_name_and_its_codes_as_groups(hub: Hub, customer: Customer) -> None:
    browser, name = customer
    known = browser.get(hub.url("api/user"), headers={"Referer": hub.url("")}, timeout=20)
    assert name.startswith("c-") and "porta" not in name
    model: dict[str, Any] = known.json() if known.ok else {}
    if model:
        assert model["name"] == name and model["groups"] == ["customer-10002001"]
    else:
        assert known.status_code == 403


def test_the_service_learns_who_is_behind_an_opaque_name(hub: Hub, customer: Customer) -> None:
    _, name = customer
    answer = as_service(hub, f"portale/people/{name}")
    assert answer.json() == {"login": "porta", "first_name": "Manuela", "last_name": "Rocchi"}
    assert as_service(hub, "portale/people/c-nobody").status_code == 404


def test_nobody_else_learns_it(hub: Hub, customer: Customer) -> None:
    _, name = customer
    assert requests.get(hub.url(f"api/portale/people/{name}"), timeout=20).status_code == 403
    with hub.browser() as other:
        other.opened("curiosa", MUNICIPALITY).log_in("curiosa")
        token = {"auth": {"username": "curiosa", "password": PASSWORD}}
        own = hub_name(hub, "curiosa")
        made = requests.post(hub.url(f"api/users/{own}/tokens"), json=token, timeout=20)
        assert made.status_code == 403, "a customer's role can't make tokens"
        assert other.page(f"api/portale/people/{name}").status_code in (403, 404)


def hub_name(hub: Hub, login: str) -> str:
    with db.reading(hub.accounts) as connection:
        query = sa.select(account.c.hub_name).where(account.c.login == login)
        return str(connection.execute(query).scalar_one())


@pytest.mark.parametrize(
    "path", ["", "home", "spawn", "token", "spawn-pending/x", "accept-share?code=1", "spawn/s-anna"]
)
def test_hub_pages_lead_a_customer_back_to_the_portal(hub: Hub, customer: Customer, path: str) -> None:
    browser, _ = customer
    assert browser.page(path).url == f"{hub.address}/services/portale/"


@pytest.mark.parametrize("path", ["admin", "user/s-anna/lab", "nulla"])
def test_what_is_not_theirs_is_refused_in_italian(customer: Customer, path: str) -> None:
    browser, _ = customer
    page = browser.page(path)
    assert page.status_code in (403, 404)
    assert 'lang="it"' in page.text and "Torna alla pagina iniziale" in page.text
    assert "Manuela Rocchi" in page.text and "JupyterHub" not in page.text


def test_a_customer_cannot_start_a_server_by_any_door(hub: Hub, customer: Customer) -> None:
    browser, name = customer
    xsrf = {"_xsrf": browser.cookies.get("_xsrf", path="/hub/") or ""}
    started = browser.post(hub.url(f"api/users/{name}/server"), params=xsrf, timeout=20)
    assert started.status_code == 403
    spawned = browser.post(hub.url("spawn"), params=xsrf, timeout=20)
    assert spawned.url == f"{hub.address}/services/portale/" or spawned.status_code == 403


@pytest.mark.parametrize(
    "auth",
    [
        {"username": "porta", "password": "sbagliata"},
        {"username": "nessuno", "password": PASSWORD},
        {"username": "\ud800", "password": "\ud800"},
        {"username": "\x00", "password": "\x00"},
        {"username": ["porta"], "password": {}},
        {"username": "x" * 100_000, "password": "y" * 100_000},
        "porta",
        [],
        None,
    ],
)
def test_the_token_door_takes_no_wrong_credentials_and_does_not_break(
    hub: Hub, customer: Customer, auth: object
) -> None:
    _, name = customer
    answer = requests.post(hub.url(f"api/users/{name}/tokens"), json={"auth": auth}, timeout=20)
    assert answer.status_code == 403
    assert answer.json() == {"status": 403, "message": None}


def test_a_new_customer_code_is_a_new_group_without_logging_in_again(hub: Hub) -> None:
    with hub.browser() as browser:
        browser.opened("cresce").log_in("cresce")
        with hub.accounts.begin() as connection:
            number = connection.execute(sa.select(account.c.id).where(account.c.login == "cresce")).scalar_one()
            now = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - as the database keeps instants
            connection.execute(
                account_customer.insert().values(
                    account_id=number, customer_code="20001001", added_at=now, approved_at=now
                )
            )
        time.sleep(1.1)  # auth_refresh_age of this Hub
        assert browser.page("home").url == f"{hub.address}/services/portale/"
        hub_database = hub.log.parent / "jupyterhub.sqlite"
        with sqlite3.connect(hub_database) as connection_to_hub:
            groups = connection_to_hub.execute(
                "select g.name from groups g join user_group_map m on m.group_id = g.id "
                "join users u on u.id = m.user_id where u.name = ? order by 1",
                (hub_name(hub, "cresce"),),
            ).fetchall()
        assert [name for (name,) in groups] == ["customer-10002001", "customer-20001001"]


def test_a_frozen_account_is_out_at_its_next_request(hub: Hub) -> None:
    with hub.browser() as browser:
        browser.opened("gelata").log_in("gelata")
        with hub.accounts.begin() as connection:
            connection.execute(account.update().where(account.c.login == "gelata").values(state="frozen"))
        time.sleep(1.1)
        assert "/hub/login" in browser.page("home").url
        assert "sospeso" in browser.log_in("gelata").text


def test_login_goes_on_to_where_one_wanted_to_be_but_never_off_the_portal(hub: Hub) -> None:
    with hub.browser() as browser:
        browser.opened("diretta")
        there = browser.log_in("diretta", path="login?next=%2Fservices%2Fportale%2Fdownload")
        assert there.url == f"{hub.address}/services/portale/download"
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        with hub.browser() as browser:
            landed = browser.log_in("diretta", path=f"login?next={requests.utils.quote(elsewhere, safe='')}")
            assert landed.url.startswith(hub.address)


def test_logging_out_says_so_and_ends_the_session(hub: Hub) -> None:
    with hub.browser() as browser:
        browser.opened("uscente").log_in("uscente")
        left = browser.page("logout")
        assert "Sei uscito dal portale." in left.text
        assert "/hub/login" in browser.page("home").url


def test_a_copy_of_the_cookie_opens_nothing_after_logging_out(hub: Hub) -> None:
    with hub.browser() as browser, hub.browser() as copy:
        browser.opened("copiata").log_in("copiata")
        copy.cookies.update(browser.cookies)
        assert "/hub/login" not in copy.page("home").url
        browser.page("logout")
        assert "/hub/login" in copy.page("home").url
        assert "/hub/login" not in browser.log_in("copiata").url


def test_the_audit_keeps_the_address_that_the_proxy_saw(hub: Hub) -> None:
    with hub.browser() as browser:
        browser.headers.update({"X-Real-Ip": "192.0.2.66", "X-Forwarded-For": "192.0.2.77"})
        browser.log_in("nessuno", "Segreta-99")
    with db.reading(hub.accounts) as connection:
        newest = sa.select(audit_event.c.address).order_by(audit_event.c.id.desc()).limit(1)
        assert connection.execute(newest).scalar_one() == "127.0.0.1"


@pytest.mark.parametrize("path", ["login", "registrati", "api/users/x/tokens", "api/oauth2/token", "nothing"])
def test_no_address_of_the_hub_takes_a_large_body(hub: Hub, path: str) -> None:
    try:
        answer = requests.post(hub.url(path), data=b"x=" + b"a" * 2_000_000, timeout=20)
    except requests.ConnectionError:
        return  # closed while the body was on its way
    assert answer.status_code in (400, 413, 503), "refused before anybody looked at it"


def test_a_failed_login_keeps_the_name_and_never_the_password(visitor: Browser) -> None:
    page = visitor.log_in("qualcuno", "Segreta-99")
    assert page.status_code == 403
    assert 'value="qualcuno"' in page.text and "Segreta-99" not in page.text


def test_a_stale_login_form_says_what_to_do(hub: Hub, visitor: Browser) -> None:
    form = {"_xsrf": "old", "username": "anna", "password": PASSWORD}
    page = visitor.post(hub.url("login"), data=form, timeout=20)
    assert page.status_code == 403 and "rimasta aperta troppo a lungo" in page.text
    assert 'value="anna"' in page.text


def test_analysts_land_at_their_jupyterlab_and_operators_on_a_page_of_their_own(hub: Hub) -> None:
    with hub.browser() as browser:
        first = browser.submit(browser.page("login"), "login", username="bruno", password=PASSWORD)
        assert first.url == hub.url("operatori")
        assert browser.page("spawn").url == hub.url("operatori")
    with hub.browser() as browser:
        landed = browser.log_in("anna")
        assert landed.history[0].headers["Location"].startswith("/hub/spawn")
        assert "Avvia JupyterLab" in browser.page("home").text


def test_an_unknown_address_below_the_proxy_gets_an_italian_page(hub: Hub, visitor: Browser) -> None:
    page = visitor.get(f"{hub.address}/nulla/di/nulla", timeout=20)
    assert page.status_code == 404 and "Pagina non trovata" in page.text

"""The end of a session, asked for anywhere, reaches the Hub's cookies and tokens and the dashboard service."""

import time
from collections.abc import Callable, Iterator

import pytest
import requests
import sqlalchemy as sa

from portal_lib.accounts import sessions
from portal_lib.accounts.tables import account, session_end
from portal_lib.clock import system_clock
from tests.hub.conftest import Browser, Hub, Pages


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def number_and_name(hub: Hub, login: str) -> tuple[int, str]:
    with hub.accounts.begin() as connection:
        row = connection.execute(sa.select(account).where(account.c.login == login)).one()
    return row.id, row.hub_name


def end_all(hub: Hub, login: str, *, forget: bool = False) -> str:
    """As a command in another process would."""
    number, name = number_and_name(hub, login)
    with hub.accounts.begin() as connection:
        sessions.end_all(connection, system_clock, number, "test", forget=forget)
    return name


def is_in(browser: Browser) -> bool:
    return "/hub/login" not in browser.page("").url


def told_of(name: str) -> list[dict[str, str]]:
    return [what for what in Pages.told if what["name"] == name]


@pytest.fixture
def service_away() -> Iterator[None]:
    Pages.away = True
    yield
    Pages.away = False


def test_all_browsers_are_out_at_once_and_the_service_is_told_with_its_token(hub: Hub) -> None:
    with hub.browser() as desk, hub.browser() as telephone:
        desk.opened("ovunque").log_in("ovunque")
        telephone.log_in("ovunque")
        assert is_in(desk) and is_in(telephone)
        name = end_all(hub, "ovunque")
        assert not is_in(desk) and not is_in(telephone)
        until(lambda: bool(told_of(name)), "the service was not told")
        assert told_of(name)[0] | {"name": ""} == {
            "name": "",
            "session": None,
            "token": f"token {hub.service_token}",
        }


def test_a_copy_of_both_cookies_is_out_too(hub: Hub) -> None:
    with hub.browser() as browser, hub.browser() as copy:
        browser.opened("doppia").log_in("doppia")
        copy.cookies.update(browser.cookies)
        assert is_in(copy)
        end_all(hub, "doppia")
        assert not is_in(copy)


def test_logging_out_of_one_browser_tells_the_service_which(hub: Hub) -> None:
    with hub.browser() as desk, hub.browser() as telephone:
        desk.opened("due.browser").log_in("due.browser")
        telephone.log_in("due.browser")
        desk.page("logout")
        assert not is_in(desk) and is_in(telephone)
        _, name = number_and_name(hub, "due.browser")
        assert len(told_of(name)) == 1 and len(told_of(name)[0]["session"]) == 64


def test_a_login_never_keeps_the_session_id_that_the_browser_brought(hub: Hub) -> None:
    with hub.browser() as browser:
        browser.opened("fissata")
        browser.cookies.set("jupyterhub-session-id", "chosen-by-somebody-else", domain="127.0.0.1", path="/")
        browser.log_in("fissata")
        assert is_in(browser)
        assert "chosen-by-somebody-else" not in browser.cookies.get_dict().values()


def test_the_hubs_cookie_without_its_session_opens_nothing(hub: Hub) -> None:
    with hub.browser() as browser, hub.browser() as thief:
        browser.opened("senza.sessione").log_in("senza.sessione")
        stolen = {cookie.name: cookie for cookie in browser.cookies}["jupyterhub-hub-login"]
        thief.cookies.set_cookie(stolen)
        assert not is_in(thief) and is_in(browser)


@pytest.mark.usefixtures("service_away")
def test_a_service_that_is_away_is_told_when_it_is_back(hub: Hub) -> None:
    with hub.browser() as browser:
        browser.opened("paziente").log_in("paziente")
        name = end_all(hub, "paziente")
        until(lambda: f"session of {name} ended" in hub.log.read_text(), "the Hub did not try")
        assert not told_of(name) and not is_in(browser)
        browser.log_in("paziente")
        assert is_in(browser), "who logs in again is not logged out again by the end that waits"
        Pages.away = False
        until(lambda: bool(told_of(name)), "the service was not told again")
        with hub.accounts.begin() as connection:
            done = sa.select(session_end.c.done_at).where(session_end.c.hub_name == name)
            until(lambda: connection.execute(done).scalars().all()[-1] is not None, "the end is still pending")
        assert is_in(browser)


def test_somebody_the_portal_forgets_is_no_user_of_the_hub_any_more(hub: Hub) -> None:
    headers = {"Authorization": f"token {hub.service_token}"}
    with hub.browser() as browser:
        browser.opened("dimenticata").log_in("dimenticata")
        _, name = number_and_name(hub, "dimenticata")

        def gone() -> bool:
            return requests.get(hub.url(f"api/users/{name}"), headers=headers, timeout=20).status_code == 404

        assert not gone()
        end_all(hub, "dimenticata", forget=True)
        until(gone, "the Hub still knows the user")
        assert not is_in(browser)

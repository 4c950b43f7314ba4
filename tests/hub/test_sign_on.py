"""Staff come in by a real identity provider, over HTTP, into a real Hub; and nobody else by that door."""

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa

from portal_lib.accounts.tables import account, audit_event, session
from tests.hub.conftest import Browser
from tests.hub.own_hub import OwnHub, own_hub
from tests.identity_provider import Provider, identity_provider

CLIENT = "portale"
SECRET = "fra-noi-due"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with identity_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def hub(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnHub]:
    settings = {
        "PORTAL_OUTBOX": "true",
        "PORTAL_SIGN_ON_ISSUER": provider.issuer,
        "PORTAL_SIGN_ON_CLIENT_ID": CLIENT,
        "PORTAL_SIGN_ON_CLIENT_SECRET": SECRET,
    }
    with own_hub(tmp_path_factory.mktemp("sign-on"), settings) as hub:
        hub.start()
        yield hub


@pytest.fixture
def visitor(hub: OwnHub) -> Iterator[Browser]:
    with hub.browser() as visitor:
        yield visitor


def sign_on(visitor: Browser, sub: str, path: str = "personale/accedi") -> requests.Response:
    """As a person does it: through the portal's door, the provider's form, and back."""
    form = visitor.page(path)
    return visitor.post(form.url, data={"sub": sub}, timeout=20)


def said(answer: requests.Response) -> str:
    found = re.search(r'role="alert"><p>(.*?)</p>', answer.text, re.S)
    assert found is not None, answer.text
    return found.group(1)


def accounts(hub: OwnHub, login: str) -> Any:
    with hub.accounts.connect() as connection:
        return connection.execute(sa.select(account).where(account.c.login == login)).one_or_none()


def test_the_login_page_shows_staff_their_door(visitor: Browser) -> None:
    assert 'href="/hub/personale/accedi' in visitor.page("login").text


def test_an_operator_signs_on_and_lands_on_the_operators_page(
    hub: OwnHub, provider: Provider, visitor: Browser
) -> None:
    provider.user("sub-olga", "olga", "operators", given_name="Olga", family_name="Neri")
    answer = sign_on(visitor, "sub-olga")
    assert answer.status_code == 200 and answer.url == hub.url("operatori")
    assert "Olga Neri" in answer.text
    row = accounts(hub, "olga")
    assert (row.kind, row.hub_name, row.password_hash) == ("staff", "s-olga", None)
    assert row.sign_on_subject == f"{provider.issuer} sub-olga"
    with hub.accounts.connect() as connection:
        events = connection.execute(sa.select(audit_event.c.event).where(audit_event.c.account_id == row.id)).scalars()
        assert set(events) == {"staff:added", "staff:signed-on", "session:started"}


def test_the_code_is_bound_to_this_browser_by_pkce_and_nonce(provider: Provider, visitor: Browser) -> None:
    provider.user("sub-olga", "olga", "operators")
    sign_on(visitor, "sub-olga")
    asked, redeemed = provider.asked_at("/oauth2/authorize"), provider.asked_at("/oauth2/token")
    assert asked["code_challenge_method"] == "S256" and len(asked["nonce"]) == 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(redeemed["code_verifier"].encode()).digest())
    assert asked["code_challenge"] == challenge.decode().rstrip("=")
    assert redeemed["code_verifier"] not in str(asked)
    assert redeemed["grant_type"] == "authorization_code"


def test_the_page_first_asked_for_is_reached_and_no_other_site(
    hub: OwnHub, provider: Provider, visitor: Browser
) -> None:
    provider.user("sub-olga", "olga", "operators")
    answer = sign_on(visitor, "sub-olga", "personale/accedi?next=%2Fhub%2Foperatori%2Fposta")
    assert answer.url == hub.url("operatori/posta")
    with hub.browser() as other:
        answer = sign_on(other, "sub-olga", "personale/accedi?next=https%3A%2F%2Fevil.example%2Fhub%2Foperatori")
        assert answer.url == hub.url("operatori")


def test_who_is_in_no_group_of_ours_is_refused_with_a_sentence(
    hub: OwnHub, provider: Provider, visitor: Browser
) -> None:
    provider.user("sub-ugo", "ugo", "sales")
    answer = sign_on(visitor, "sub-ugo")
    assert answer.status_code == 403 and "in nessuno dei gruppi" in said(answer)
    assert accounts(hub, "ugo") is None


def test_who_has_left_the_group_is_out_and_logged_out_everywhere(hub: OwnHub, provider: Provider) -> None:
    provider.user("sub-lia", "lia", "operators")
    with hub.browser() as first, hub.browser() as second:
        sign_on(first, "sub-lia")
        assert first.page("operatori").url == hub.url("operatori")
        provider.user("sub-lia", "lia")
        assert sign_on(second, "sub-lia").status_code == 403
        assert "/hub/login" in first.page("operatori").url


def test_a_new_group_counts_at_the_next_sign_on_and_ends_the_old_sessions(hub: OwnHub, provider: Provider) -> None:
    provider.user("sub-pia", "pia", "analysts")
    with hub.browser() as first, hub.browser() as second:
        first.post(first.page("personale/accedi").url, data={"sub": "sub-pia"}, timeout=20, allow_redirects=False)
        provider.user("sub-pia", "pia", "operators")
        assert sign_on(second, "sub-pia").url == hub.url("operatori")
        assert second.page("operatori").url == hub.url("operatori"), "the new session is not among those that ended"


def test_the_identity_is_the_subject_and_never_the_name(hub: OwnHub, provider: Provider, visitor: Browser) -> None:
    """Bruno is a local operator; a user of the provider with his name is somebody else until staff link the two."""
    provider.user("sub-bruno", "bruno", "operators")
    answer = sign_on(visitor, "sub-bruno")
    assert answer.status_code == 403 and "portal staff link" in said(answer)
    assert accounts(hub, "bruno").sign_on_subject is None
    provider.user("sub-olga", "olga", "operators")
    sign_on(visitor, "sub-olga")
    provider.user("sub-olga", "olga.neri", "operators")  # renamed at the provider
    with hub.browser() as again:
        sign_on(again, "sub-olga")
    assert accounts(hub, "olga.neri") is None and accounts(hub, "olga").hub_name == "s-olga"


@pytest.mark.parametrize("login", ["../../etc", "x", "<b>olga</b>", "a" * 10_000, "ол\u202eга", "", "s-\x00"])
def test_a_name_that_cannot_be_one_is_a_sentence(hub: OwnHub, provider: Provider, visitor: Browser, login: str) -> None:
    provider.user("sub-odd", login, "analysts")
    answer = sign_on(visitor, "sub-odd")
    assert answer.status_code == 403 and "preferred_username" in said(answer)


def test_a_frozen_account_stays_closed(hub: OwnHub, provider: Provider, visitor: Browser) -> None:
    provider.user("sub-ada", "ada", "operators")
    with hub.browser() as before:
        sign_on(before, "sub-ada")
    with hub.accounts.begin() as connection:
        connection.execute(account.update().where(account.c.login == "ada").values(state="frozen"))
    answer = sign_on(visitor, "sub-ada")
    assert answer.status_code == 403 and "sospeso" in said(answer)


def test_no_password_opens_an_account_of_the_sign_on(hub: OwnHub, provider: Provider, visitor: Browser) -> None:
    provider.user("sub-olga", "olga", "operators")
    with hub.browser() as first:
        sign_on(first, "sub-olga")
    for password in ("", "None", "olga"):
        assert "Username o password non corretti" in visitor.log_in("olga", password).text


@pytest.mark.parametrize(
    "query", ["code=x&state=forged", "code=x", "", "code=x&state=%00", "error=access_denied", "code=x&state=W10="]
)
def test_an_answer_that_this_browser_did_not_ask_for_is_refused(visitor: Browser, query: str) -> None:
    answer = visitor.page(f"personale/ritorno?{query}")
    assert answer.status_code == 400 and "Riprova da qui" in said(answer)
    visitor.get(visitor.hub.url("personale/accedi"), timeout=20, allow_redirects=False)
    answer = visitor.page(f"personale/ritorno?{query}")
    assert answer.status_code == 400 and "Riprova da qui" in said(answer)


def test_a_code_fetched_by_one_browser_does_not_open_another(hub: OwnHub, provider: Provider, visitor: Browser) -> None:
    provider.user("sub-olga", "olga", "operators")
    back = visitor.post(
        visitor.page("personale/accedi").url, data={"sub": "sub-olga"}, timeout=20, allow_redirects=False
    ).headers["Location"]
    with hub.browser() as victim:
        victim.get(hub.url("personale/accedi"), timeout=20, allow_redirects=False)
        own_state = re.search(
            r"state=([^&]+)",
            victim.get(hub.url("personale/accedi"), allow_redirects=False, timeout=20).headers["Location"],
        )
        assert own_state is not None
        code = parse_qs(urlsplit(back).query)["code"][0]
        answer = victim.page(f"personale/ritorno?code={code}&state={own_state.group(1)}")
        # The state is the victim's own now; the nonce in the ID token still tells.
        assert answer.status_code == 502 and "non è riuscito" in said(answer)


def test_who_cancels_at_the_provider_is_told_so(visitor: Browser) -> None:
    form = visitor.page("personale/accedi")
    back = visitor.post(form.url, data={"action": "deny"}, timeout=20, allow_redirects=False).headers["Location"]
    state = parse_qs(urlsplit(form.url).query)["state"][0]
    if "state=" not in back:  # this provider forgets the state when somebody cancels
        back += f"&state={state}"
    answer = visitor.get(back, timeout=20)
    assert answer.status_code == 403 and "Se hai annullato" in said(answer)


def test_a_provider_that_is_away_is_a_sentence_in_the_visitors_language(
    hub: OwnHub, provider: Provider, visitor: Browser
) -> None:
    provider.user("sub-olga", "olga", "operators")
    form = visitor.page("personale/accedi")
    back = visitor.post(form.url, data={"sub": "sub-olga"}, timeout=20, allow_redirects=False).headers["Location"]
    provider.away = True
    try:
        answer = visitor.get(back, timeout=30)
        assert answer.status_code == 502 and "non risponde" in said(answer)
        visitor.cookies.set("portale-lingua", "en")
        assert "Start again from here" in visitor.page("personale/ritorno").text
    finally:
        provider.away = False


def test_no_secret_of_a_sign_on_stands_in_the_log(hub: OwnHub, provider: Provider, visitor: Browser) -> None:
    provider.user("sub-olga", "olga", "operators")
    sign_on(visitor, "sub-olga")
    redeemed = provider.asked_at("/oauth2/token")
    log = hub.log.read_text()
    assert all(secret not in log for secret in (redeemed["code"], redeemed["code_verifier"], SECRET))


def test_every_sign_on_is_a_session_of_its_own(hub: OwnHub, provider: Provider) -> None:
    provider.user("sub-eva", "eva", "operators")
    threads = [threading.Thread(target=lambda: sign_on(hub.browser(), "sub-eva")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with hub.accounts.connect() as connection:
        own = sa.select(sa.func.count()).select_from(session).where(session.c.account_id == accounts(hub, "eva").id)
        assert connection.execute(own).scalar_one() == 3

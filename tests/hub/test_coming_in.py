"""Login, second step and both recoveries at the real Hub: what the pages say, and what they keep to themselves."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes, quote_plus

import pyotp
import pytest
import requests
import sqlalchemy as sa

from portal_lib import db
from portal_lib.accounts import second_factor
from portal_lib.accounts.tables import account, audit_event, outgoing_mail, recovery_request
from portal_lib.clock import system_clock
from portal_lib.settings import Settings
from tests.hub.alike import DOORS, KNOWN, RAISED_LIMITS, ask
from tests.hub.conftest import HOUSEHOLD, PASSWORD, Browser, Hub
from tests.hub.own_hub import OwnHub, own_hub
from tests.hub.test_registration_limits import HOSTILE

NEW = "Papavero-77"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnHub]:
    """A Hub whose staff need a second factor, and whose limits let tests be many."""
    raised = {
        f"PORTAL_LIMIT_{name}": "100000/1h"
        for name in ("LOGIN_ADDRESS", "RECOVERY_ADDRESS", "IDENTIFY_ADDRESS", "IDENTIFY_CUSTOMER")
    }
    settings = {"PORTAL_OUTBOX": "true", "PORTAL_STAFF_SECOND_FACTOR": "true"} | raised
    with own_hub(tmp_path_factory.mktemp("strict"), settings) as hub:
        hub.start()
        yield hub


def hub_name(hub: Hub, login: str) -> str:
    with db.reading(hub.accounts) as connection:
        return str(connection.execute(sa.select(account.c.hub_name).where(account.c.login == login)).scalar_one())


def app_of(hub: Hub, login: str) -> pyotp.TOTP:
    """Turn the second factor of an account on, as its profile would; the step of its first code is forgotten."""
    settings = Settings(var=hub.var)
    name = hub_name(hub, login)
    app = pyotp.TOTP(second_factor.begin_enrolment(hub.accounts, system_clock, settings, name).secret)
    second_factor.enable(hub.accounts, system_clock, settings, name, app.at(system_clock()))
    with hub.accounts.begin() as connection:
        connection.execute(account.update().where(account.c.hub_name == name).values(totp_last_step=None))
    return app


def link_to(hub: Hub, login: str) -> str:
    """The newest link for a new password that went to an account, once the Hub has written it."""
    with db.reading(hub.accounts) as connection:
        recipient = connection.execute(sa.select(account.c.email).where(account.c.login == login)).scalar_one()
    found = re.search(r'href="[^"]*/hub/(nuova-password\?token=[^"]+)"', newest_mail(hub, recipient, "nuova-password"))
    assert found is not None
    return found[1]


def newest_mail(hub: Hub, recipient: str, about: str) -> str:
    """The page of the newest mail to somebody that says this, once it has arrived."""
    deadline = time.monotonic() + 20
    with hub.browser() as browser:
        while time.monotonic() < deadline:
            for number in re.findall(r"hub/posta/(\d{8})", browser.page("posta").text):
                page = browser.page(f"posta/{number}").text
                if recipient in page and about in page:
                    return page
            time.sleep(0.2)
    raise AssertionError(f"no mail to {recipient} arrived\n{hub.log.read_text()[-3000:]}")


def ask_for_link(browser: Browser, username: str) -> requests.Response:
    return browser.submit(browser.page("password-dimenticata"), "password-dimenticata", username=username)


# Login


def test_the_login_page_leads_to_both_recoveries_apart_and_to_registration(strict: OwnHub) -> None:
    with strict.browser() as browser:
        page = browser.page("login").text
        for path in ("username-dimenticato", "password-dimenticata", "registrati"):
            assert f'href="/hub/{path}"' in page
        assert "Accesso del personale" not in page, "no single sign-on is set up"


def test_ten_wrong_passwords_lock_the_login_and_the_right_one_then_says_nothing(strict: OwnHub) -> None:
    with strict.browser() as owner, strict.browser() as stranger:
        owner.opened("bloccata").log_in("bloccata")
        answers = [stranger.log_in("bloccata", "Sbagliata-1").status_code for _ in range(14)]
        assert answers == [403] * 10 + [429] * 4
        unknown = [stranger.log_in("inesistente", "Sbagliata-1") for _ in range(11)][-1]
        right, wrong = stranger.log_in("bloccata", PASSWORD), stranger.log_in("bloccata", "Sbagliata-1")
        assert {page.status_code for page in (right, wrong, unknown)} == {429}
        assert re.sub("bloccata", "inesistente", without_secrets(right)) == without_secrets(unknown)
        assert without_secrets(right) == without_secrets(wrong)
        assert "troppi tentativi" in right.text and PASSWORD not in right.text

        owner.page("logout")
        assert "/hub/login" not in owner.log_in("bloccata").url, "the owner's own browser is counted apart"


def test_the_cookie_of_a_known_browser_is_signed_and_out_of_reach_of_scripts(strict: OwnHub) -> None:
    with strict.browser() as browser:
        browser.opened("cookie")
        first = browser.log_in("cookie").history[0].headers["Set-Cookie"]
        one = next(part for part in re.split(r", (?=[\w-]+=)", first) if part.startswith("portale-dispositivo="))
        assert "HttpOnly" in one and "Path=/hub/" in one and "SameSite=lax" in one
        forged = strict.browser()
        forged.cookies.set("portale-dispositivo", "x" * 43, path="/hub/")
        assert [forged.log_in("cookie", "Sbagliata-1").status_code for _ in range(11)][-1] == 429


def without_secrets(page: requests.Response) -> str:
    return re.sub(r'(name="(?:_xsrf|second_step|token)" value=")[^"]*', r"\1", page.text)


# The second step


def test_staff_set_up_a_second_factor_before_they_come_in_and_use_it_ever_after(strict: OwnHub) -> None:
    with strict.browser() as browser:
        page = browser.log_in("anna")
        assert page.status_code == 200 and "<svg" in page.text
        found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
        assert found is not None
        app = pyotp.TOTP(found[1].replace(" ", ""))
        assert "/hub/login" in browser.page("home").url, "nobody is logged in yet"

        mistyped = browser.submit(page, "login", code="000000")
        assert mistyped.status_code == 403 and found[1] in mistyped.text
        done = browser.submit(mistyped, "login", code=app.at(system_clock()))
        codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", done.text)
        assert len(codes) == 10
        assert "/hub/login" not in browser.page("home").url
    with strict.browser() as browser:
        page = browser.log_in("anna")
        assert "<svg" not in page.text and "Verifica in due passaggi" in page.text
        assert "/hub/login" in browser.page("home").url
        came_in = browser.submit(page, "login", code=codes[0].upper())
        assert came_in.history[0].status_code == 302
        assert "/hub/login" not in browser.page("home").url
    log = strict.log.read_text()
    assert not any(secret in log for secret in (found[1], found[1].replace(" ", ""), *codes))


def test_a_step_that_is_over_leads_back_to_the_password(strict: OwnHub) -> None:
    with strict.browser() as browser:
        browser.opened("passo")
        app_of(strict, "passo")
        page = browser.log_in("passo")
        with strict.accounts.begin() as connection:
            connection.execute(sa.text("update token set expires_at = '2020-01-01 00:00:00.000000'"))
        over = browser.submit(page, "login", code="123456")
        assert over.status_code == 403 and "accedi di nuovo" in over.text and 'name="password"' in over.text


def test_the_token_door_answers_right_and_wrong_passwords_alike_where_a_code_is_missing(strict: OwnHub) -> None:
    with strict.browser() as browser:
        browser.opened("doppia")
        app_of(strict, "doppia")
    answers = []
    for login in ("doppia", "bruno"):  # with a second factor; staff who have yet to set one up
        for username, password in ((login, PASSWORD), (login, "Sbagliata-1"), ("nessuno", PASSWORD)):
            for auth in ({}, {"code": "123456"}, {"second_step": "x", "code": "123456"}):
                answer = requests.post(
                    strict.url(f"api/users/{hub_name(strict, login)}/tokens"),
                    json={"auth": {"username": username, "password": password} | auth},
                    timeout=20,
                )
                answers.append((answer.status_code, answer.text, sorted(set(answer.headers) - {"Date"})))
    assert answers[0][0] == 403
    assert all(answer == answers[0] for answer in answers)


# Forgotten username, forgotten password


def test_a_forgotten_username_comes_by_mail_and_the_page_says_the_same_to_everybody(strict: OwnHub) -> None:
    with strict.browser() as browser:
        browser.opened("smemorata")
        pages = []
        for code in (HOUSEHOLD["customer_code"], "77777777"):
            form = browser.page("username-dimenticato")
            fields = {"customer_code": code, "tax_code": HOUSEHOLD["tax_code"]}
            pages.append(browser.submit(form, "username-dimenticato", **fields))
        first, second = pages
        assert [page.status_code for page in pages] == [200, 200] and first.text == second.text
        assert first.url == second.url == strict.url("username-dimenticato?esito=inviata")
        mail = newest_mail(strict, "smemorata@example.it", "con quale username accedi")
        assert "smemorata" in mail and "password-dimenticata" in mail and "token=" not in mail


def test_a_forgotten_password_is_replaced_and_the_old_sessions_are_over(strict: OwnHub) -> None:
    with strict.browser() as browser, strict.browser() as elsewhere, strict.browser() as machine:
        browser.opened("smemore")
        elsewhere.log_in("smemore")
        assert "/hub/login" not in elsewhere.page("home").url
        known, unknown = ask_for_link(browser, "smemore"), ask_for_link(browser, "nessuno.qui")
        assert known.text == unknown.text and known.url == unknown.url

        link = link_to(strict, "smemore")
        for method in ("HEAD", "GET", "GET"):
            assert machine.request(method, strict.url(link), timeout=20).status_code in (200, 405)
        page = browser.page(link)
        assert "smemore" not in page.text, "who opens the link learns no username"
        refused = browser.submit(page, "nuova-password", password="Password1!", password_again="Password1!")
        assert refused.status_code == 422 and "Password1!" not in refused.text
        done = browser.submit(refused, "nuova-password", password=NEW, password_again=NEW)
        assert "Password cambiata" in done.text
        assert "/hub/login" in browser.page("home").url, "nobody is logged in by a reset"
        assert "/hub/login" in elsewhere.page("home").url, "and whoever was is out"
        assert browser.page(link).status_code == 410

        for _ in range(12):
            machine.log_in("smemore", "Sbagliata-1")
        assert "/hub/login" not in browser.log_in("smemore", NEW).url, "the browser of the reset is a known one"
    assert link.partition("token=")[2] not in strict.log.read_text()
    assert NEW not in strict.log.read_text()


def test_a_stale_form_keeps_what_was_typed_and_does_nothing(strict: OwnHub) -> None:
    with strict.browser() as browser:
        for path, fields in (
            ("username-dimenticato", {"customer_code": "10002001", "tax_code": "RCCMNL83S18D969H"}),
            ("password-dimenticata", {"username": "qualcuno"}),
        ):
            page = browser.post(strict.url(path), data={"_xsrf": "old"} | fields, timeout=20)
            assert page.status_code == 403 and "rimasta aperta troppo a lungo" in page.text
            assert all(f'value="{value}"' in page.text for value in fields.values())


def test_too_many_requests_are_told_so_whether_or_not_the_name_is_known(strict: OwnHub) -> None:
    with strict.browser() as browser:
        browser.opened("insistente")
        told = {}
        for username in ("insistente", "nessuna.qui"):
            pages = [ask_for_link(browser, username) for _ in range(6)]
            assert [page.status_code for page in pages] == [200] * 5 + [429]
            told[username] = without_secrets(pages[-1]).replace(username, "")
        assert told["insistente"] == told["nessuna.qui"] and "troppi tentativi" in told["insistente"]


@pytest.mark.parametrize("path", ["login", "username-dimenticato", "password-dimenticata", "nuova-password"])
def test_english_pages_say_nothing_in_italian(strict: OwnHub, path: str) -> None:
    with strict.browser() as browser:
        browser.cookies.set("portale-lingua", "en", path="/")
        page = browser.page(path)
        assert 'lang="en"' in page.text
        said = re.sub(r"<[^>]+>", " ", page.text.replace('lang="it">Italiano', ""))
        assert not re.search(r"\b(Accedi|dimenticat[ao]|Scrivi|Il|della|mail con|oppure|nuovo)\b", said), said


FORMS = {
    "login": ("username", "password"),
    "login ": ("second_step", "code"),
    "username-dimenticato": ("customer_code", "tax_code"),
    "password-dimenticata": ("username",),
    "nuova-password": ("token", "password", "password_again"),
}


@pytest.mark.parametrize(("path", "field"), [(path, field) for path, fields in FORMS.items() for field in fields])
def test_no_field_takes_the_hub_down_whatever_is_in_it(strict: OwnHub, path: str, field: str) -> None:
    with strict.browser() as browser:
        found = re.search(r'name="_xsrf" value="([^"]+)"', browser.page("login").text)
        assert found is not None
        for name, value in HOSTILE.items():
            others = {key: "Aa1!aaaa" for key in FORMS[path] if key != field}
            typed = [f"{key}={quote_plus(text)}" for key, text in others.items()]
            body = "&".join([f"_xsrf={quote_plus(found[1])}", *typed, f"{field}={quote_from_bytes(value)}"])
            page = browser.post(
                strict.url(path.strip()),
                data=body,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                timeout=30,
            )
            assert page.status_code < 500, (path, field, name)
            assert 'lang="it"' in page.text and "<script>alert" not in page.text, (path, field, name)
        for query in ("token=%00", "token=%ff", "token=" + "x" * 10_000, "esito=%ff", "token=a&token=b"):
            assert browser.page(f"{path.strip()}?{query}").status_code < 500


# Known against unknown


def test_nothing_that_is_sent_tells_known_and_unknown_apart(tmp_path: Path) -> None:
    """Status, length and address; ``python -m benchmarks alike`` holds 200 times each against each other as well."""
    tries = 25
    with own_hub(tmp_path, RAISED_LIMITS | {"PORTAL_OUTBOX": "true"}) as hub:
        hub.start()
        with hub.browser() as browser:
            browser.opened(KNOWN)
        for door in DOORS:
            seen = {
                (answer.status, answer.length, answer.location) for pair in ask(hub, door, tries) for answer in pair
            }
            assert len(seen) == 1, (door, seen)
        with db.reading(hub.accounts) as connection:
            failed = sa.select(sa.func.count()).where(audit_event.c.event == "login:failed")
            assert connection.execute(failed).scalar_one() == 2 * tries
        deadline = time.monotonic() + 60
        left = 1
        while left and time.monotonic() < deadline:
            time.sleep(0.2)
            with db.reading(hub.accounts) as connection:
                left = connection.execute(sa.select(sa.func.count()).select_from(recovery_request)).scalar_one()
        assert left == 0, "every request is answered"
        with db.reading(hub.accounts) as connection:
            recipients = set(connection.execute(sa.select(outgoing_mail.c.recipient)).scalars())
        assert recipients == {f"{KNOWN}@example.it"}

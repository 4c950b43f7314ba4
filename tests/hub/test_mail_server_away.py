"""Registrations while the mail server is away, and while the Hub is killed: a real SMTP server, a real process."""

import itertools
import random
import re
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from portal_lib.accounts.tables import account, outgoing_mail
from tests.hub.conftest import HOUSEHOLD
from tests.hub.own_hub import OwnHub, own_hub
from tests.inbox import Inbox

#: How often the Hub is killed in the middle of registrations.
KILLS = 20


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    inbox.off()


@pytest.fixture
def hub(inbox: Inbox, tmp_path: Path) -> Iterator[OwnHub]:
    settings = {
        "PORTAL_SMTP_HOST": "127.0.0.1",
        "PORTAL_SMTP_PORT": str(inbox.port),
        "PORTAL_SMTP_SECURITY": "none",
        "PORTAL_MAIL_FROM": "portale@example.it",
        "PORTAL_LIMIT_IDENTIFY_ADDRESS": "9999/1h",
        "PORTAL_LIMIT_IDENTIFY_CUSTOMER": "9999/1h",
    }
    with own_hub(tmp_path, settings) as hub:
        hub.start()
        yield hub


def awaited(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(what)


def queue(hub: OwnHub) -> list[Any]:
    with hub.accounts.connect() as connection:
        return list(connection.execute(sa.select(outgoing_mail).order_by(outgoing_mail.c.id)))


def test_a_registration_while_the_mail_server_is_away_is_told_so_and_its_mail_comes_later(
    hub: OwnHub, inbox: Inbox
) -> None:
    with hub.browser() as person:
        answer = person.register("paziente", HOUSEHOLD)
        assert answer.status_code == 200 and "benvenuto" in answer.url
        assert "il nostro server di posta non risponde" in answer.text
        assert "Ti abbiamo inviato" not in answer.text
        row = awaited(lambda: [row for row in queue(hub) if row.last_error], "the mail was tried")[0]
        assert "refused" in row.last_error and "token=" in row.text

        with hub.browser() as operator:
            page = operator.log_in("bruno")
            assert "mail non parte" in page.text
            page = operator.page("operatori/posta")
            assert "paziente@example.it" in page.text and "Riprova ora" in page.text
            inbox.on()
            assert "Riprovo subito" in operator.submit(page, "operatori/posta").text
        awaited(lambda: inbox.to("paziente@example.it"), "the mail came when the server was back")
        [text] = inbox.to("paziente@example.it")
        link = re.search(r"(http\S+conferma\?token=\S+)", text)
        assert link is not None
        page = person.get(link.group(1), timeout=20)
        assert "paziente" not in queue(hub)[0].text, "what was sent is emptied"
        assert person.submit(page, "conferma").status_code == 200
        assert "/hub/login" not in person.log_in("paziente").url

        answer = hub.browser().register("fortunata", HOUSEHOLD)
        assert "Ti abbiamo inviato" in answer.text and "non risponde" not in answer.text


def test_a_mail_goes_out_by_itself_once_the_server_is_back(hub: OwnHub, inbox: Inbox) -> None:
    hub.browser().register("senza.fretta", HOUSEHOLD)
    awaited(lambda: [row for row in queue(hub) if row.last_error], "the mail was tried")
    inbox.on()
    with hub.accounts.begin() as connection:  # its half minute has passed
        connection.execute(outgoing_mail.update().values(not_before=sa.func.datetime("now", "-1 second")))
    awaited(lambda: inbox.to("senza.fretta@example.it"), "the mail came by itself")


def test_a_server_that_does_not_answer_holds_no_page_up(hub: OwnHub, inbox: Inbox) -> None:
    with socket.socket() as silent:  # takes connections, and says nothing
        silent.bind(("127.0.0.1", inbox.port))
        silent.listen()
        answer = hub.browser().register("silenzio", HOUSEHOLD)
        assert answer.status_code == 200 and "non risponde" in answer.text
        assert hub.browser().page("login").status_code == 200


@pytest.mark.timeout(600)
def test_a_killed_hub_loses_neither_account_nor_mail(hub: OwnHub, inbox: Inbox) -> None:
    """Killed at any point of a registration, an account is there with its mail, or there is neither."""
    inbox.on()
    numbers, told = itertools.count(), []
    chance = random.Random(7)  # noqa: S311
    for _ in range(KILLS):
        stop = threading.Event()
        threads = [threading.Thread(target=_register_until, args=(hub, numbers, told, stop)) for _ in range(2)]
        for thread in threads:
            thread.start()
        stop.wait(chance.uniform(0.05, 1.2))
        hub.kill()
        stop.set()
        for thread in threads:
            thread.join()
        _every_account_has_its_mail(hub, inbox)
        hub.start()
    # What a killed sender had claimed is free again after five minutes, which have passed now.
    with hub.accounts.begin() as connection:
        connection.execute(
            outgoing_mail.update()
            .where(outgoing_mail.c.sent_at.is_(None))
            .values(not_before=sa.func.datetime("now", "-1 second"))
        )
    awaited(lambda: all(row.sent_at for row in queue(hub)), "the queue ran empty")
    with hub.accounts.connect() as connection:
        logins = set(connection.execute(sa.select(account.c.login).where(account.c.kind == "customer")).scalars())
    received = Counter(message["To"].partition("@")[0] for message in inbox.messages)
    assert set(received) == logins, "as many mails as accounts"
    assert set(told) <= logins, "who was welcomed has an account"
    assert max(received.values()) <= 2, "a mail comes twice at worst"
    assert len(logins) >= KILLS / 2, "there was something to lose"


def _register_until(hub: OwnHub, numbers: Iterator[int], told: list[str], stop: threading.Event) -> None:
    while not stop.is_set():
        login = f"persona.{next(numbers)}"
        try:
            with hub.browser() as person:
                if "benvenuto" in person.register(login, HOUSEHOLD).url:
                    told.append(login)
        except (requests.RequestException, AssertionError):
            stop.wait(0.05)


def _every_account_has_its_mail(hub: OwnHub, inbox: Inbox) -> None:
    database = sqlite3.connect(f"file:{hub.var / 'accounts' / 'accounts.sqlite'}?mode=ro", uri=True)
    try:
        orphans = database.execute(
            "select login from account where kind = 'customer' and id not in (select account_id from outgoing_mail)"
        ).fetchall()
        unsent = database.execute("select recipient from outgoing_mail where sent_at is null and text = ''").fetchall()
        sent = database.execute("select recipient from outgoing_mail where sent_at is not null").fetchall()
    finally:
        database.close()
    assert not orphans and not unsent
    arrived = {message["To"] for message in inbox.messages}
    assert {recipient for (recipient,) in sent} <= arrived

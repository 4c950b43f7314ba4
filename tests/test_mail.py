import email
import email.policy
import smtplib
import socket
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from sqlalchemy.engine import Engine

from portal_lib.accounts.messages.registration import confirmation_mail
from portal_lib.accounts.tables import outgoing_mail
from portal_lib.mail import Mail, deliver, queue
from portal_lib.mail_transports import OutboxTransport, SmtpTransport, Transport, TransportAway
from portal_lib.settings import Settings

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HELLO = Mail("anna@example.it", "Perché no?", "Ciao, perché no?\n", "<p>Ciao, perché no?</p>\n")


class MovableClock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Received:
    """What a real SMTP server was given; refuses the recipients it is told to."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.refuse: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def engine(accounts_engine: Engine) -> Engine:
    return accounts_engine


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def smtp(port: int) -> SmtpTransport:
    return SmtpTransport(Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"))


def put(engine: Engine, clock: MovableClock, *mails: Mail) -> None:
    with engine.begin() as connection:
        for each in mails:
            queue(connection, each, clock)


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(outgoing_mail).order_by(outgoing_mail.c.id)))


def send(engine: Engine, transport: Transport, clock: MovableClock) -> tuple[int, int]:
    done = deliver(engine, transport, clock, sender="Portale <portale@example.it>")
    return done.sent, done.failed


def test_a_real_server_receives_text_and_html_and_the_row_is_emptied(
    engine: Engine, clock: MovableClock, port: int
) -> None:
    put(engine, clock, HELLO)
    received = Received()
    server = Controller(received, hostname="127.0.0.1", port=port)
    server.start()
    try:
        assert send(engine, smtp(port), clock) == (1, 0)
        assert send(engine, smtp(port), clock) == (0, 0)
    finally:
        server.stop()
    [message] = received.messages
    assert (message["To"], message["Subject"]) == ("anna@example.it", "Perché no?")
    assert message["From"] == "Portale <portale@example.it>"
    assert message.get_body(("plain",)).get_content().splitlines() == HELLO.text.splitlines()
    assert message.get_body(("html",)).get_content().splitlines() == HELLO.html.splitlines()
    [row] = rows(engine)
    assert (row.text, row.html, row.last_error) == ("", "", None)
    assert row.sent_at == START.replace(tzinfo=None)


def test_a_server_that_is_away_loses_nothing_and_gets_it_when_it_is_back(
    engine: Engine, clock: MovableClock, port: int
) -> None:
    put(engine, clock, HELLO, HELLO)
    transport = smtp(port)
    assert send(engine, transport, clock) == (0, 1)  # nobody there: the second is not even tried
    first, second = rows(engine)
    assert first.attempts == 1 and "refused" in first.last_error and first.text == HELLO.text
    assert second.attempts == 0

    received = Received()
    server = Controller(received, hostname="127.0.0.1", port=port)
    server.start()
    try:
        assert send(engine, transport, clock) == (1, 0)  # the second; the first waits its turn
        clock.forward(seconds=30)
        assert send(engine, transport, clock) == (1, 0)
    finally:
        server.stop()
    assert len(received.messages) == 2
    assert [row.last_error for row in rows(engine)] == [None, None]


def test_one_refused_recipient_does_not_stop_the_others(engine: Engine, clock: MovableClock, port: int) -> None:
    put(engine, clock, Mail("nobody@example.it", "a", "a", "a"), HELLO)
    received = Received()
    received.refuse = {"nobody@example.it"}
    server = Controller(received, hostname="127.0.0.1", port=port)
    server.start()
    try:
        assert send(engine, smtp(port), clock) == (1, 1)
    finally:
        server.stop()
    assert "550" in rows(engine)[0].last_error


def test_a_server_that_offers_no_starttls_is_given_nothing(engine: Engine, clock: MovableClock, port: int) -> None:
    put(engine, clock, HELLO)
    received = Received()
    server = Controller(received, hostname="127.0.0.1", port=port)
    server.start()
    try:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_user="u", smtp_password="segreto")
        assert send(engine, SmtpTransport(settings), clock) == (0, 1)
    finally:
        server.stop()
    assert received.messages == []
    assert "STARTTLS" in rows(engine)[0].last_error and "segreto" not in rows(engine)[0].last_error


class Broken:
    def __init__(self, error: Exception) -> None:
        self.error = error
        self.attempts = 0

    def send(self, message: EmailMessage, mail_id: int) -> None:
        self.attempts += 1
        raise self.error


def test_each_failure_waits_longer_up_to_an_hour_and_after_three_days_the_body_goes(
    engine: Engine, clock: MovableClock
) -> None:
    put(engine, clock, HELLO)
    transport = Broken(TransportAway("down"))
    waits = []
    for _ in range(200):
        before = transport.attempts
        send(engine, transport, clock)
        if transport.attempts == before:
            break
        [row] = rows(engine)
        waits.append((row.not_before - clock.now.replace(tzinfo=None)).total_seconds())
        clock.now = row.not_before.replace(tzinfo=UTC)
    assert waits[:4] == [30, 60, 120, 240] and max(waits) == 3600
    assert (row.text, row.html, row.sent_at, row.last_error) == ("", "", None, "down")
    assert clock.now - START >= timedelta(days=3)


def test_a_mail_being_sent_is_not_sent_by_somebody_else_too(engine: Engine, clock: MovableClock) -> None:
    put(engine, clock, HELLO)
    sent: list[int] = []

    class Meanwhile:
        def send(self, message: EmailMessage, mail_id: int) -> None:
            sent.append(mail_id)
            if len(sent) == 1:
                assert send(engine, self, clock) == (0, 0)

    assert send(engine, Meanwhile(), clock) == (1, 0)
    assert sent == [1]


def test_a_sender_that_died_is_taken_over(engine: Engine, clock: MovableClock, tmp_path: Path) -> None:
    put(engine, clock, HELLO)
    with pytest.raises(KeyboardInterrupt):
        send(engine, Broken(KeyboardInterrupt()), clock)  # type: ignore[arg-type]
    outbox = OutboxTransport(tmp_path / "outbox")
    assert send(engine, outbox, clock) == (0, 0)
    clock.forward(minutes=5)
    assert send(engine, outbox, clock) == (1, 0)


def test_a_mail_rolled_back_is_never_sent(engine: Engine, clock: MovableClock) -> None:
    with pytest.raises(RuntimeError), engine.begin() as connection:
        queue(connection, HELLO, clock)
        raise RuntimeError
    assert send(engine, Broken(AssertionError()), clock) == (0, 0)


@pytest.mark.parametrize(
    "hostile",
    [
        Mail("a@example.it\nBcc: b@example.it", "x", "x", "x"),
        Mail("a@example.it", "x\r\nBcc: b@example.it", "x", "x"),
    ],
)
def test_nothing_can_be_slipped_into_a_header(engine: Engine, clock: MovableClock, hostile: Mail) -> None:
    with pytest.raises(ValueError), engine.begin() as connection:
        queue(connection, hostile, clock)
    assert rows(engine) == []


def test_the_outbox_holds_whole_mails_only(engine: Engine, clock: MovableClock, tmp_path: Path) -> None:
    put(engine, clock, HELLO, HELLO)
    folder = tmp_path / "var" / "outbox"
    assert send(engine, OutboxTransport(folder), clock) == (2, 0)
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["00000001.eml", "00000002.eml"]
    message = email.message_from_bytes((folder / files[0]).read_bytes(), policy=email.policy.default)
    assert message["To"] == "anna@example.it"


def test_an_outbox_that_cannot_be_written_keeps_the_mail_waiting(
    engine: Engine, clock: MovableClock, tmp_path: Path
) -> None:
    put(engine, clock, HELLO)
    (tmp_path / "outbox").write_text("in the way")
    assert send(engine, OutboxTransport(tmp_path / "outbox"), clock) == (0, 1)
    assert rows(engine)[0].text == HELLO.text


def test_the_confirmation_links_to_the_settings_address_and_escapes_names() -> None:
    settings = Settings(public_url="https://portale.example.it/", supplier_name="A & B", portal_name="Portale")
    message = confirmation_mail(
        settings, "it", recipient="a@example.it", first_name="<b>Ugo</b>", login="ugo", secret="s-e_c"
    )
    link = "https://portale.example.it/hub/conferma?token=s-e_c"
    assert link in message.text and f'href="{link}"' in message.html
    assert "&lt;b&gt;Ugo" in message.html and "<b>Ugo" not in message.html
    assert "A &amp; B" in message.html
    assert "24 ore" in message.text


def test_smtp_errors_of_one_message_are_not_taken_for_a_missing_server() -> None:
    assert not issubclass(smtplib.SMTPRecipientsRefused, TransportAway)

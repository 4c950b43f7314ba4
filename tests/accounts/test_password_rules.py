"""Which passwords may be chosen."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.accounts import breached_passwords
from portal_lib.accounts.exceptions import (
    BreachedPassword,
    CommonPassword,
    PasswordTooLong,
    PersonalPassword,
    WeakPassword,
)
from portal_lib.accounts.password_rules import RULE, about, check_password, rule
from portal_lib.refused import Refused
from portal_lib.settings import Settings

MANUELA = about(username="m.rocchi82", first_name="Manuela", last_name="De Rocchì", customer_codes=["10002001"])


@pytest.mark.parametrize("password", ["Girasole-7", "Aa1 aaaa", "Perché?12", "A1a!" * 32])
def test_a_password_with_all_four_kinds_is_taken(password: str) -> None:
    check_password(password)


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Aa1!", "almeno 8 caratteri"),
        ("Girasole-x", "un numero"),
        ("GIRASOLE-7", "una lettera minuscola"),
        ("girasole-7", "una lettera maiuscola"),
        ("Girasole77", "un carattere speciale"),
    ],
)
def test_the_sentence_names_the_one_thing_missing(password: str, missing: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password)
    assert refused.value.say("it") == f"La password non va bene: deve avere anche {missing}."


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password("abc")
    sentence = refused.value.say("it")
    assert "almeno 8 caratteri, un numero, una lettera maiuscola, un carattere speciale" in sentence


@pytest.mark.parametrize("password", ["Aa1!" * 32 + "x", "Aa1!" + "\ufdfa" * 10, "Aa1!" * 1_000_000])
def test_a_password_past_128_characters_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooLong):
        check_password(password)


def test_the_guides_rule_holds_at_every_length() -> None:
    with pytest.raises(WeakPassword):
        check_password("quattro cavalli bevono alla fontana verde")


def test_a_setting_waives_it_for_long_ones_and_the_form_says_so() -> None:
    settings = Settings(password_classes_until=20)
    check_password("quattro cavalli bevono", settings=settings)
    with pytest.raises(WeakPassword):
        check_password("quattro cavalli", settings=settings)
    assert rule(settings).it == f"{RULE.it} Da 20 caratteri in su va bene anche senza."
    assert rule(Settings()) == RULE


@pytest.mark.parametrize(
    "password",
    [
        "Password1!",
        "PASSWORd-2024",
        "P@ssw0rd1!",
        "P4$$w0rd!",
        "Milano-2024",
        "1!Qwerty",
        "We1come!",
        "2024-Jennifer",
        "Elettricità-1",
        "Ｐassword1!",
        "Rossi-1985",
    ],
)
def test_a_common_word_or_name_with_digits_and_signs_around_it_is_refused(password: str) -> None:
    with pytest.raises(CommonPassword):
        check_password(password)


def test_a_long_common_password_is_refused_where_the_four_kinds_are_waived() -> None:
    with pytest.raises(CommonPassword):
        check_password("1qaz2wsx3edc4rfv", settings=Settings(password_classes_until=15))


@pytest.mark.parametrize(
    ("password", "what"),
    [
        ("Casa10002001!", "il codice cliente"),
        ("M.Rocchi82-x", "lo username"),
        ("xManuela-77", "il nome"),
        ("M4nu3l4-bella", "il nome"),
        ("2derocchi-A", "il cognome"),
        ("ROCCHI-tre-3", "il cognome"),
        ("Brillante-Luce9", "il nome del fornitore"),
    ],
)
def test_a_password_made_of_who_one_is_is_refused_and_the_sentence_says_what_it_holds(password: str, what: str) -> None:
    with pytest.raises(PersonalPassword) as refused:
        check_password(password, about=MANUELA, settings=Settings(supplier_name="Luce Brillante S.p.A."))
    assert f"contiene {what}," in refused.value.say("it")


def test_short_parts_of_a_name_do_no_harm() -> None:
    check_password("Tra-de-due-3", about=about(last_name="De", first_name="Ada", username="tra"))


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_taken_or_refused_with_a_sentence(password: str, name: str) -> None:
    try:
        check_password(password, about=about(username=name, customer_codes=[name]), settings=Settings())
    except Refused as refusal:
        assert refusal.say("it") and refusal.say("en")


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class Ranges(BaseHTTPRequestHandler):
    """A range search that knows one password, and pads."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    known = sha1("Girasole-7")

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Add-Padding"]))
        lines = ["0" * 35 + ":3", sha1("Papavero-7")[5:] + ":0", self.known[5:] + ":1234"]
        body = "\r\n".join(lines).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def ranges() -> Iterator[str]:
    Ranges.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/range/"
    server.shutdown()
    server.server_close()


def test_a_breached_password_is_refused_and_only_five_characters_of_its_hash_leave(ranges: str) -> None:
    settings = Settings(breached_passwords_url=ranges)
    with pytest.raises(BreachedPassword):
        check_password("Girasole-7", settings=settings)
    check_password("Papavero-7", settings=settings)  # padding, with a count of zero
    assert Ranges.asked[0] == (f"/range/{Ranges.known[:5]}", "true")
    assert all(len(path) == len("/range/") + 5 for path, _ in Ranges.asked)


def test_a_search_that_hangs_or_is_away_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breached_passwords, "PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and never answers
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        check_password("Girasole-7", settings=Settings(breached_passwords_url=address))
    check_password("Girasole-7", settings=Settings(breached_passwords_url=address))  # refused
    check_password("Girasole-7", settings=Settings(breached_passwords_url="file:///etc/passwd?"))


def test_the_search_is_not_asked_unless_the_setting_names_it(ranges: str) -> None:
    check_password("Girasole-7", settings=Settings())
    assert Ranges.asked == []

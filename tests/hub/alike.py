"""What each door is asked about somebody who is there and about nobody, in turn: the answers may not differ."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.hub.conftest import HOUSEHOLD, PASSWORD, Hub

#: So that a measurement's tries are many.
RAISED_LIMITS = {
    f"PORTAL_LIMIT_{what}_{whom}": "1000000/1h"
    for what, whoms in (
        ("LOGIN", ("ACCOUNT", "ADDRESS", "OVERALL")),
        ("RECOVERY", ("SUBJECT", "ADDRESS", "OVERALL")),
        ("IDENTIFY", ("CUSTOMER", "ADDRESS", "OVERALL")),
    )
    for whom in whoms
}

#: The account that is there.
KNOWN = "conosciuta"
_UNKNOWN = "inventata1"  # of the same length
_REGISTRATION = {
    "first_name": "Manuela",
    "last_name": "Rocchi",
    "username": "mai.registrata",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "notice": "",
}

DOORS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "login": (
        {"username": KNOWN, "password": "Sbagliata-1"},
        {"username": _UNKNOWN, "password": "Sbagliata-1"},
    ),
    "username-dimenticato": (HOUSEHOLD, HOUSEHOLD | {"customer_code": "77777777"}),
    "password-dimenticata": ({"username": KNOWN}, {"username": _UNKNOWN}),
    # A wrong tax code of a customer that exists, and a customer that does not.
    "registrati": (
        _REGISTRATION | {"customer_code": "10002001", "tax_code": "CNTCHR83T41D969D"},
        _REGISTRATION | {"customer_code": "77777777", "tax_code": "CNTCHR83T41D969D"},
    ),
}


@dataclass(frozen=True)
class Answer:
    """What a browser saw: all of it but the time is to be the same."""

    status: int
    length: int
    location: str
    seconds: float


def ask(hub: Hub, door: str, times: int) -> Iterator[tuple[Answer, Answer]]:
    """Ask a door about somebody and about nobody, ``times`` each in turn, first the one and then the other."""
    with hub.browser() as browser:
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', browser.page("login").text)
        assert xsrf is not None
        for turn in range(times):
            answers: dict[int, Answer] = {}
            for which in (0, 1) if turn % 2 else (1, 0):
                page = browser.post(
                    hub.url(door), data={"_xsrf": xsrf[1]} | DOORS[door][which], timeout=30, allow_redirects=False
                )
                answers[which] = Answer(
                    page.status_code,
                    len(page.content),
                    page.headers.get("Location", ""),
                    page.elapsed.total_seconds(),
                )
            yield answers[0], answers[1]

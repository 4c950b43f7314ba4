"""A fresh accounts database, a clock that tests move, and a directory with a household and a municipality."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import passwords
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.settings import Settings

HOUSEHOLD_TAX_CODE = "RCCMNL83S18D969H"
OTHER_TAX_CODE = "CNTCHR83T41D969D"
MUNICIPALITY_VAT = "00743110157"


@dataclass
class MovableClock:
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Entry:
    code: str
    kind: str
    name: str
    email: str | None
    keys: frozenset[str]


@dataclass
class PaperDirectory:
    """A customer directory on paper; ``asked`` keeps every question."""

    entries: dict[str, Entry]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def find(self, code: str, tax_code: str) -> Entry | None:
        self.asked.append((code, tax_code))
        entry = self.entries.get(code)
        return entry if entry is not None and tax_code in entry.keys else None

    def contact_address(self, code: str) -> str | None:
        return self.entries[code].email

    def set_address(self, code: str, email: str | None) -> None:
        self.entries[code] = replace(self.entries[code], email=email)


@pytest.fixture(scope="session")
def empty_accounts(empty_sqlite: Callable[[db.Which], Path]) -> Path:
    """An empty accounts database as a file, to read from."""
    return empty_sqlite("accounts")


@pytest.fixture
def engine(accounts_engine: Engine) -> Engine:
    return accounts_engine


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def directory() -> PaperDirectory:
    household = Entry("10002001", "household", "Manuela Rocchi", "casa@example.it", frozenset({HOUSEHOLD_TAX_CODE}))
    municipality = Entry(
        "20001001",
        "organisation",
        "Comune di Prova",
        "comune@example.it",
        frozenset({MUNICIPALITY_VAT, "80012000370"}),
    )
    return PaperDirectory({household.code: household, municipality.code: municipality})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", public_url="https://portale.example.it", outbox=True)


@pytest.fixture(autouse=True)
def light_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id as light as it gets: these tests are about journeys, not about cost."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", light)


@pytest.fixture
def household_form() -> RegistrationForm:
    return RegistrationForm(
        customer_code="10002001",
        first_name="Manuela",
        last_name="Rocchi",
        tax_code=HOUSEHOLD_TAX_CODE,
        email="manuela@example.it",
        email_again="manuela@example.it",
        username="Manuela.R",
        password="Girasole-7",
        password_again="Girasole-7",
        notice="yes",
    )


@pytest.fixture
def organisation_form(household_form: RegistrationForm) -> RegistrationForm:
    return replace(
        household_form,
        customer_code="20001001",
        tax_code=OTHER_TAX_CODE,
        vat=MUNICIPALITY_VAT,
        username="ufficio.energia",
    )

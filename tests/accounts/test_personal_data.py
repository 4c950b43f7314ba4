"""The copy of everything held about a person: whole, readable, without a secret, and nobody else's."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import consents, export_tokens, personal_data, second_factor, tables
from portal_lib.accounts.exceptions import NoSuchLogin
from portal_lib.accounts.exceptions.profile import WrongOwnPassword
from portal_lib.accounts.notice import notice
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory
from tests.accounts.owner import ADDRESS, PASSWORD, Owner, opened


class Records:
    """The supplier's records on paper."""

    def held_about(self, hub_name: str, codes: Iterable[str], own: Iterable[str]) -> Mapping[str, Any]:
        return {"asked": {"hub_name": hub_name, "codes": sorted(codes), "own": sorted(own)}}


@pytest.fixture
def owner(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Owner:
    return opened(engine, clock, directory, settings, household_form)


def export(owner: Owner, password: str = PASSWORD) -> bytes:
    engine, clock, settings, hub_name = owner.parts
    return personal_data.export_own(engine, clock, settings, Records(), hub_name, password, address=ADDRESS)


def unpacked(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def everything(owner: Owner) -> list[str]:
    """Use all that leaves something behind; gives back every secret that was made on the way."""
    owner.log_in("browser-1")
    token = export_tokens.create(*owner.parts, "bilancio", "30", PASSWORD)
    consents.choose(owner.engine, owner.clock, owner.hub_name, "marketing", True, notice("2026-03", "Prova"))
    enrolment = second_factor.begin_enrolment(*owner.parts)
    return ["browser-1", token, enrolment.secret, PASSWORD]


def test_it_holds_the_account_and_all_that_belongs_to_it(owner: Owner) -> None:
    everything(owner)
    files = unpacked(export(owner))
    assert list(files) == ["README.txt", "account.json", "fornitura.json"]
    held = json.loads(files["account.json"])
    assert held["account"]["login"] == "Manuela.R" and held["account"]["tax_code"] == "RCCMNL83S18D969H"
    assert [one["customer_code"] for one in held["customer_codes"]] == ["10002001"]
    assert [one["purpose"] for one in held["consents"]][-1] == "marketing" and len(held["consents"]) == 5
    assert held["sessions"][0]["address"] == ADDRESS
    assert held["export_tokens"][0]["label"] == "bilancio"
    assert held["events"][-1]["event"] == "account:exported"
    assert held["account"]["created_at"] == "2026-03-02T09:00:00Z"


def test_it_holds_no_secret_and_no_hash(owner: Owner) -> None:
    secrets = everything(owner)
    text = "".join(unpacked(export(owner)).values())
    assert not [secret for secret in secrets if secret in text]
    assert "argon2" not in text
    hashes = [column for table in tables.metadata.sorted_tables for column in table.c if column.name == "sha256"]
    with owner.engine.connect() as connection:
        for column in hashes:
            for value in connection.execute(sa.select(column)).scalars():
                assert value not in text, column


def test_every_table_about_accounts_is_in_it_or_left_out_for_a_reason() -> None:
    about_accounts = {table.name for table in tables.metadata.sorted_tables if "account_id" in table.c}
    handed_out = {table.name for _, table, _ in personal_data._LISTS}
    # Nothing but hashes and instants: open links and spare codes.
    assert about_accounts - handed_out == {"token", "recovery_code"}


def test_every_column_of_an_account_goes_out_but_its_secrets() -> None:
    left_out = {column.name for column in tables.account.c} - set(personal_data._OF_ACCOUNT)
    assert left_out == {"id", "login_key", "password_hash", "totp_secret", "totp_last_step"}


def test_the_same_account_gives_the_same_bytes(owner: Owner) -> None:
    everything(owner)
    first = unpacked(export(owner))
    again = unpacked(export(owner))
    first_held, again_held = json.loads(first["account.json"]), json.loads(again["account.json"])
    assert again_held["events"].pop()["event"] == "account:exported"
    assert first_held == again_held and first["README.txt"] == again["README.txt"]
    assert list(first_held) == list(again_held)


def test_it_is_nobody_elses(owner: Owner, directory: PaperDirectory, organisation_form: RegistrationForm) -> None:
    other = opened(owner.engine, owner.clock, directory, owner.settings, organisation_form)
    other.log_in("browser-2")
    text = "".join(unpacked(export(owner)).values())
    for of_other in ("ufficio.energia", "20001001", other.hub_name):
        assert of_other not in text


def test_the_supplier_is_asked_about_approved_codes_and_own_numbers_alone(owner: Owner) -> None:
    with owner.engine.begin() as connection:
        number = connection.execute(sa.select(tables.account.c.id)).scalar_one()
        connection.execute(
            tables.account_customer.insert().values(
                account_id=number, customer_code="20001001", added_at=owner.clock().replace(tzinfo=None)
            )
        )
    asked = json.loads(unpacked(export(owner))["fornitura.json"])["asked"]
    assert asked == {
        "hub_name": owner.hub_name,
        "codes": ["10002001"],
        "own": ["RCCMNL83S18D969H", "manuela@example.it"],
    }


def test_a_wrong_password_gets_nothing_and_leaves_no_event(owner: Owner) -> None:
    with pytest.raises(WrongOwnPassword):
        export(owner, "sbagliata")
    assert "account:exported" not in owner.events()


def test_staff_may_make_it_for_somebody_who_asked_in_writing(owner: Owner) -> None:
    engine, clock, settings, _ = owner.parts
    packed = personal_data.export_for(engine, clock, settings, Records(), "MANUELA.r", by="bruno")
    assert json.loads(unpacked(packed)["account.json"])["events"][-1]["detail"] == {"by": "bruno"}
    with pytest.raises(NoSuchLogin):
        personal_data.export_for(engine, clock, settings, Records(), "nessuno", by="bruno")


def test_a_readme_says_in_both_languages_what_is_in_it(owner: Owner) -> None:
    text = unpacked(export(owner))["README.txt"]
    assert "I TUOI DATI" in text and "YOUR DATA" in text
    assert "02/03/2026 10:00" in text, "Rome time"


def test_names_may_hold_anything(owner: Owner) -> None:
    with owner.engine.begin() as connection:
        connection.execute(tables.account.update().values(first_name="Zoë {login} <b>", last_name="D'Óro 😀"))
    held = json.loads(unpacked(export(owner))["account.json"])
    assert held["account"]["first_name"] == "Zoë {login} <b>" and held["account"]["last_name"] == "D'Óro 😀"

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from stdnum.it import codicefiscale

from demo.flows import HERE
from demo.points import POINTS
from demo.prepare import HOUSEHOLD_POD
from demo.staff import LOGIN, OPERATOR, StaffLogin, analyst, operator
from demo.welcome import A_PERSON, welcome
from portal_lib.customers.identifiers import is_person_tax_code, is_vat
from portal_lib.settings import Settings, load_settings


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_every_sample_number_is_valid_and_nobodys() -> None:
    for row in rows("customers.csv"):
        for number in filter(None, (row["tax_code"], row["vat"])):
            assert codicefiscale.is_valid(number)
            # A birthplace that there isn't; a serial number far beyond those given out.
            assert "X999" in number if len(number) == 16 else number.startswith("9999")
        assert row["email"].endswith(".example") or not row["email"]
    assert is_person_tax_code(A_PERSON)
    assert all(row["pod"].startswith("IT999E") for row in rows("points.csv"))


def test_every_point_but_the_households_has_curves() -> None:
    assert {row["pod"] for row in rows("points.csv")} == {HOUSEHOLD_POD, *POINTS}


def test_the_settings_are_a_demos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CONFIG", str(HERE / "portal.toml"))
    settings = load_settings()
    assert settings.outbox and settings.smtp_host is None
    assert settings.supplier_vat is not None and is_vat(settings.supplier_vat)
    assert len(settings.distributor_vats) == 1 and is_vat(settings.distributor_vats[0])


def test_the_terminal_says_where_the_portal_is_and_who_can_register(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CONFIG", str(HERE / "portal.toml"))
    text = welcome(
        load_settings(port=8123), StaffLogin("analista", "Prova-1234!"), StaffLogin("operatore", "Prova-56!")
    )
    assert all(word in text for word in ("analista", "Prova-1234!", "operatore", "Prova-56!"))
    assert "http://127.0.0.1:8123\n" in text and "http://127.0.0.1:8123/hub/posta" in text
    for row in rows("customers.csv"):
        (line,) = [line for line in text.splitlines() if row["code"] in line]
        assert row["name"] in line and (row["vat"] or row["tax_code"]) in line
    table = [line for line in text.splitlines() if re.search(r"codice cliente|1000200", line)]
    assert len({re.search(r"codice cliente|1000200", line).start() for line in table}) == 1  # type: ignore[union-attr]
    assert text.splitlines()[-1].startswith("Ctrl-C")


@pytest.mark.parametrize(("member", "login"), [(analyst, LOGIN), (operator, OPERATOR)])
def test_staff_are_made_once_with_passwords_that_only_the_owner_can_read(
    tmp_path: Path, member: Callable[[Settings], StaffLogin], login: str
) -> None:
    settings = load_settings(var=tmp_path)
    first = member(settings)
    assert first.login == login and member(settings) == first
    other = member(load_settings(var=tmp_path / "another"))
    assert other.password != first.password
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and first.password.encode() in path.read_bytes()]
    assert kept and all(path.stat().st_mode & 0o077 == 0 for path in kept)


def test_each_folder_of_data_keeps_its_licence_and_is_named_with_its_source() -> None:
    readme = (HERE / "data" / "README.md").read_text(encoding="utf-8")
    folders = [path for path in (HERE / "data").iterdir() if path.is_dir()]
    assert len(folders) == 4
    for folder in folders:
        assert any(path.name.startswith("LICENSE") for path in folder.iterdir())
        (line,) = [line for line in readme.splitlines() if line.startswith(f"| `{folder.name}/`")]
        assert "github.com/" in line and "commit " in line
    assert not list(Path(HERE).rglob("*.xml"))  # flows are made, not kept

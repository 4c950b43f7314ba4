"""The supplier's key, and the manifests signed with it, checked with openssl as docs/reports.md says."""

import json
import os
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.deposit import manifests, retention, signing, tables
from portal_lib.deposit.exceptions import KeyExists, KeyOpenToOthers, NoKey, UnusableKey
from portal_lib.deposit.receipts import receipts
from portal_lib.deposit.verifying import verify
from tests.deposit.conftest import NOON, Make

FIRST, LAST = date(2024, 9, 1), date(2024, 9, 30)


@pytest.fixture
def signer(tmp_path: Path) -> signing.Signer:
    return signing.make_key(tmp_path / "keys" / "deposit.pem")


@pytest.fixture
def sign(engine: Engine, folder: Path, signer: signing.Signer):  # type: ignore[no-untyped-def]
    def signed(days: int = 1) -> manifests.Manifest | None:
        return manifests.sign(
            engine, folder, signer, lambda: NOON + timedelta(days=days), tender="one", first=FIRST, last=LAST,
            supplier="Prova",
        )  # fmt: skip

    return signed


def wrong(engine: Engine, folder: Path, signer: signing.Signer) -> list[tuple[str, str]]:
    return [(one.fault, one.reason) for one in verify(engine, folder, signer.public_pem).findings]


def test_the_key_is_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "deposit.pem"
    signer = signing.make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert signing.public_path(path).read_bytes() == signer.public_pem
    assert signing.open_key(path).fingerprint == signer.fingerprint
    with pytest.raises(KeyExists):
        signing.make_key(path)
    assert signing.open_key(path).fingerprint == signer.fingerprint


def test_a_key_that_is_absent_open_to_others_or_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deposit.pem"
    with pytest.raises(NoKey, match="portal deposit key"):
        signing.open_key(path)
    signing.make_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyOpenToOthers, match="640"):
        signing.open_key(path)
    path.chmod(0o600)
    path.write_text("-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n")
    with pytest.raises(UnusableKey):
        signing.open_key(path)


def test_a_manifest_lists_every_version_and_openssl_agrees_with_its_signature(
    make: Make, folder: Path, signer: signing.Signer, sign, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    first = make(tender="one")
    make(tender="one", documents={"csv": b"second"})
    make(tender="other", customer_code="10002009")
    signed = sign()
    content = json.loads((folder / signed.path).read_text())
    assert [(one["customer"], one["version"]) for one in content["deposits"]] == [("10002001", 1), ("10002001", 2)]
    assert content["deposits"][0]["files"][0]["sha256"] == first.files[0].sha256
    public = tmp_path / "public.pem"
    public.write_bytes(signer.public_pem)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in"]
    command += [folder / signed.path, "-sigfile", folder / f"{signed.path}.sig"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Verified Successfully" in said.stdout, said
    (folder / signed.path).write_bytes((folder / signed.path).read_bytes().replace(b"10002001", b"10002009"))
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode != 0


def test_a_new_manifest_is_made_only_for_something_new_and_names_the_one_before(make: Make, folder: Path, sign) -> None:  # type: ignore[no-untyped-def]
    make(tender="one")
    one = sign()
    assert sign(2) is None
    make(tender="one")
    two = sign(3)
    assert (one.number, two.number) == (1, 2)
    assert json.loads((folder / two.path).read_text())["previous_sha256"] == one.sha256


def test_an_untouched_deposit_is_sound(make: Make, engine: Engine, folder: Path, signer: signing.Signer, sign) -> None:  # type: ignore[no-untyped-def]
    make(tender="one")
    sign()
    make(tender="one")
    sign(2)
    found = verify(engine, folder, signer.public_pem)
    assert (found.files, found.findings, found.sound) == (2, (), True)


@pytest.mark.parametrize("place", [0, -1, 4])
def test_one_changed_byte_is_named(
    make: Make, engine: Engine, folder: Path, signer: signing.Signer, place: int
) -> None:
    make(customer_code="10002002")
    file = make(tender="one", documents={"csv": b"POD;kWh\r\n"}).files[0]
    path = folder / file.path
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    found = verify(engine, folder, signer.public_pem)
    assert [(one.fault, one.where) for one in found.findings] == [("altered", file.path)]
    assert not found.sound


def test_a_lost_file_and_one_that_nobody_deposited_are_named(
    make: Make, engine: Engine, folder: Path, signer: signing.Signer
) -> None:
    file = make().files[0]
    (folder / file.path).unlink()
    found = verify(engine, folder, signer.public_pem)
    assert [(one.fault, one.where) for one in found.findings] == [("lost", file.path)]
    stray = folder / "R4" / "2024-09-01_2024-09-30" / "10002001" / "v9-dead" / "half.csv"
    stray.parent.mkdir()
    stray.write_bytes(b"half")
    found = verify(engine, folder, signer.public_pem)
    assert [one.fault for one in found.findings] == ["lost", "unknown"]
    make(tender="one")  # the next deposit in that place removes it
    assert not stray.parent.exists()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update deposit set due_on = '2030-01-01'", "something else than was signed: due_on"),
        ("update deposit set deposited_at = '2024-09-01 00:00:00'", "something else than was signed: deposited_at"),
        ("update deposit set provisional = (1 = 1)", "something else than was signed: provisional"),
    ],
)
def test_a_catalogue_that_was_changed_after_signing_is_found_out(
    make: Make, engine: Engine, folder: Path, signer: signing.Signer, sign, statement: str, reason: str
) -> None:  # type: ignore[no-untyped-def]
    make(tender="one")
    sign()
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert any(fault == "manifest" and reason in said for fault, said in wrong(engine, folder, signer))


def test_a_deposit_that_vanished_from_the_catalogue_is_missed(
    make: Make, engine: Engine, folder: Path, signer: signing.Signer, sign
) -> None:  # type: ignore[no-untyped-def]
    make(tender="one")
    sign()
    with engine.begin() as connection:
        connection.execute(sa.delete(tables.deposit_file))
        connection.execute(sa.delete(tables.deposit))
    assert ("manifest", "it was signed and is not in the catalogue any more") in wrong(engine, folder, signer)


def test_another_signature_and_a_manifest_left_out_are_found_out(
    make: Make, engine: Engine, folder: Path, signer: signing.Signer, sign, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    make(tender="one")
    signed = sign()
    make(tender="one")
    sign(2)
    (folder / f"{signed.path}.sig").write_bytes(os.urandom(64))
    assert ("manifest", "its signature is not the supplier's") in wrong(engine, folder, signer)
    with engine.begin() as connection:
        connection.execute(sa.delete(tables.deposit_manifest).where(tables.deposit_manifest.c.number == 1))
    assert any("the manifest before it (number 1)" in said for _, said in wrong(engine, folder, signer))


def test_what_an_earlier_key_signed_still_holds(make: Make, engine: Engine, folder: Path, sign, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    make(tender="one")
    sign()
    later = signing.make_key(tmp_path / "later" / "deposit.pem")
    assert wrong(engine, folder, later) == []


def test_receipts_tell_who_fetched_which_version_when(make: Make, engine: Engine) -> None:
    first, second = make(tender="one"), make(NOON + timedelta(days=30), tender="one", customer_code="10002002")
    with engine.begin() as connection:
        fetched = NOON.replace(tzinfo=None) + timedelta(hours=1)
        row = {"file_id": first.files[0].id, "visitor": "c-7f3k", "fetched_at": fetched}
        connection.execute(tables.receipt.insert().values(row))
    with engine.connect() as connection:
        found = receipts(connection, "one", FIRST, LAST)
        assert receipts(connection, "two", FIRST, LAST) == []
    assert [(one.customer_code, one.version, one.visitor, one.fetched_at, one.on_time) for one in found] == [
        ("10002001", 1, "c-7f3k", NOON + timedelta(hours=1), True),
        ("10002002", 1, None, None, False),
    ]
    assert found[1].sha256 == second.files[0].sha256


def test_files_whose_time_is_over_go_and_their_rows_stay(
    make: Make, engine: Engine, folder: Path, signer: signing.Signer, sign
) -> None:  # type: ignore[no-untyped-def]
    old, young = make(tender="one"), make(NOON + timedelta(days=800), tender="one")
    sign()
    now = lambda: NOON.replace(year=2026) + timedelta(days=1)  # noqa: E731
    assert retention.remove_expired(engine, folder, None, now) == []
    assert retention.remove_expired(engine, folder, 2, now) == [old.files[0].name]
    assert retention.remove_expired(engine, folder, 2, now) == []
    assert not (folder / old.files[0].path).exists() and (folder / young.files[0].path).exists()
    assert wrong(engine, folder, signer) == []
    with engine.connect() as connection:
        assert len(receipts(connection, "one", FIRST, LAST)) == 2

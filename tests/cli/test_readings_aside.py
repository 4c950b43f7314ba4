"""``portal readings put-aside`` and ``retry``: refused files are listed with their reason, and tried again."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.cli.portal_process import OwnPortal
from tests.metering.files import EXPORT, MARCH, OCTOBER, POD

WRONG = MARCH.read_bytes().replace(b'E1="', b'E1="x', 1)


@pytest.fixture
def portal(tmp_path: Path) -> OwnPortal:
    return OwnPortal(tmp_path / "var")


def listed(portal: OwnPortal) -> list[dict[str, str]]:
    done = portal.run("readings", "put-aside", "--json")
    assert done.returncode == 0
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return rows


def filed(portal: OwnPortal) -> list[str]:
    return sorted(path.name for path in (portal.var / "put-aside" / "done").glob("*/*"))


def test_each_is_listed_with_its_rule_pod_and_day(portal: OwnPortal, tmp_path: Path) -> None:
    assert portal.run("readings", "put-aside").stderr == "portal: no file is put aside.\n"
    bad = tmp_path / MARCH.name
    bad.write_bytes(WRONG)
    (tmp_path / "flow.xml").write_bytes(OCTOBER.read_bytes())
    assert portal.run("readings", "load", bad, tmp_path / "flow.xml").returncode == 1
    rows = {row["file"]: row for row in listed(portal)}
    row = rows[MARCH.name]
    assert (row["rule"], row["pod"], row["day"]) == ("NotEnergy", POD, "2025-03-01")
    assert "is not an energy" in row["reason"] and row["since"].endswith("Z")
    assert (rows["flow.xml"]["rule"], rows["flow.xml"]["pod"]) == ("BadFlowName", "")
    assert MARCH.name in portal.run("readings", "put-aside").stdout


def test_what_can_be_taken_now_is_taken_and_kept_and_the_others_stay(portal: OwnPortal, tmp_path: Path) -> None:
    bad = tmp_path / MARCH.name
    bad.write_bytes(WRONG)
    portal.more = {"PORTAL_SUPPLIER_VAT": "00000000000"}
    assert portal.run("readings", "load", bad, OCTOBER).returncode == 1
    assert len(listed(portal)) == 2
    portal.more = {}
    done = portal.run("readings", "retry")
    assert done.returncode == 1 and "1 file loaded, 1 refused" in done.stderr
    (left,) = listed(portal)
    assert (left["file"], left["rule"]) == (MARCH.name, "NotEnergy")  # no longer the supplier's number
    assert filed(portal) == [OCTOBER.name] and portal.count("source_file") == 1


def test_an_export_is_tried_again_by_name_with_its_pod(portal: OwnPortal, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy2(EXPORT, inbox)  # with its old time
    assert portal.run("readings", "watch", inbox, "--once").returncode == 1
    assert portal.run("readings", "retry", EXPORT.name).returncode == 1
    (row,) = listed(portal)
    assert portal.run("readings", "retry", row["key"], "--pod", POD).returncode == 0
    assert listed(portal) == [] and filed(portal) == [EXPORT.name] and portal.count("curve_day") == 30


def test_a_file_may_be_given_its_right_name_where_it_lies(portal: OwnPortal, tmp_path: Path) -> None:
    shutil.copy(MARCH, tmp_path / "flow.xml")
    assert portal.run("readings", "load", tmp_path / "flow.xml").returncode == 1
    (lies,) = (portal.var / "put-aside").glob("*/flow.xml")
    lies.rename(lies.with_name(MARCH.name))
    assert portal.run("readings", "retry").returncode == 0
    assert listed(portal) == [] and filed(portal) == [MARCH.name]


def test_an_archive_is_tried_again_as_a_whole(portal: OwnPortal, tmp_path: Path) -> None:
    archive = tmp_path / "month.zip"
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as made:
        made.write(OCTOBER, OCTOBER.name)
    with zipfile.ZipFile(archive, "w") as made:
        made.write(MARCH, MARCH.name)
        made.write(tmp_path / "inner.zip", "inner.zip")
    assert portal.run("readings", "load", archive).returncode == 1
    assert portal.run("readings", "retry", "month.zip").returncode == 1
    assert [row["rule"] for row in listed(portal)] == ["ArchiveInArchive"] and filed(portal) == []
    assert portal.count("source_file") == 1


def test_a_name_that_nobody_has_is_refused_before_anything_is_tried(portal: OwnPortal) -> None:
    done = portal.run("readings", "retry", "nothing.xml")
    assert done.returncode == 1 and "No file put aside is called “nothing.xml”" in done.stderr
    assert portal.run("readings", "retry").returncode == 0

"""The folders under var: closed to everybody else, but for what analysts may read."""

import os
import stat

import pytest

from portal_lib import db
from portal_lib.serving import places
from portal_lib.settings import Settings


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_private_can_be_entered_by_the_portal_alone(tmp_path):
    places.prepare(Settings(var=tmp_path / "var"))
    for name in places.PRIVATE:
        assert mode(tmp_path / "var" / name) == 0o700, name


def test_a_folder_left_open_is_closed_again(tmp_path):
    settings = Settings(var=tmp_path / "var")
    places.prepare(settings)
    (settings.var / "hub").chmod(0o777)
    places.prepare(settings)
    assert mode(settings.var / "hub") == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another group")
def test_analysts_may_read_the_data_database_and_not_write_it(tmp_path):
    settings = Settings(var=tmp_path / "var", data_url=None, analyst_uid_base=64000)
    places.prepare(settings)
    db.migrate("data", settings.data_database)
    places.prepare(settings)
    database = settings.var / "data" / "data.sqlite"
    assert mode(database) == 0o640 and database.stat().st_gid == 64000
    assert mode(database.parent) == 0o750 and database.parent.stat().st_gid == 64000


def test_a_log_is_closed_by_its_own_mode_one_left_open_as_well(tmp_path):
    log = tmp_path / "hub.log"
    log.write_text("before\n")
    log.chmod(0o644)
    with places.open_log(log) as opened:
        opened.write(b"after\n")
    assert mode(log) == 0o600 and log.read_text() == "before\nafter\n"

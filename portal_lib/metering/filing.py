"""Where metering files go once they are done: ``done/<year-month>/``, under their own names, none over another.

A second file of a name goes into a folder ``2`` beside, and so on: the name says which of two files prevails, and
must stay as it is. The same content under the same name is kept once.
"""

import filecmp
import itertools
import os
import shutil
from datetime import datetime
from pathlib import Path

from portal_lib.clock import rome_day

#: The folder's name, in whatever folder the files came into.
DONE = "done"


def file_away(path: Path, folder: Path, at: datetime) -> Path:
    """Move a file to where it is kept below ``folder``; ``at`` is the instant it was done. Where it is now."""
    target = _place_for(path, folder, at)
    if target.exists():
        path.unlink()
    else:
        shutil.move(path, target)
    return target


def also_filed(path: Path, folder: Path, at: datetime) -> Path:
    """Have a file lie there besides, as a link or, where the disk has none, a copy."""
    target = _place_for(path, folder, at)
    if not target.exists():
        try:
            os.link(path, target)
        except OSError:
            shutil.copyfile(path, target)
    return target


def _place_for(path: Path, folder: Path, at: datetime) -> Path:
    """A path that is free, or holds the same content already."""
    month = folder / DONE / f"{rome_day(at):%Y-%m}"
    for number in itertools.count(1):
        place = month if number == 1 else month / str(number)
        target = place / path.name
        if not os.path.lexists(target):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            return target
        if target.is_file() and filecmp.cmp(path, target, shallow=False):
            return target
    raise AssertionError  # there are more numbers

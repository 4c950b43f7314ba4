"""Where refused metering files wait for someone to look at them: a copy, and a text that says why."""

import shutil
from datetime import datetime
from pathlib import Path

from portal_lib.metering.exceptions import FlowRefused, printable


def put_aside(path: Path, sha256: str, refusal: FlowRefused, folder: Path, at: datetime) -> Path:
    """Copy a refused file into a folder, with a ``.txt`` beside it; the copy's path.

    Copies are named by the beginning of their SHA-256 and their own name: two files of the same name don't
    overwrite each other, and the same file refused again stands there once, with its newest reason.
    ``OSError`` where the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = printable(path.name)
    kept = folder / f"{sha256[:12]}-{name[:80]}"
    part = kept.with_name(kept.name + ".part")
    try:
        shutil.copyfile(path, part)
        part.replace(kept)
    finally:
        part.unlink(missing_ok=True)
    kept.with_name(kept.name + ".txt").write_text(
        f"{name}\nSHA-256 {sha256}\n{at:%Y-%m-%dT%H:%M:%SZ}\n\n{refusal.say('it')}\n{refusal.say('en')}\n",
        encoding="utf-8",
    )
    return kept

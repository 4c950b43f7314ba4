"""Where refused metering files wait for someone to look at them: a copy, and a text that says why.

A folder for each content, named by the beginning of its SHA-256, holds the file under its own name, which decides
how it is read when it is tried again, and ``reason.txt``. It goes once the same content has been loaded.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from portal_lib.metering.exceptions import FlowRefused, printable

#: How the note on a refusal begins that says where the file was put.
KEPT = "Put aside: "

_REASON = "reason.txt"
_LETTERS = 12  # of the SHA-256

#: How the lines begin that say what exactly was refused, and the facts of a refusal that they say.
_SAID = {"POD": "pod", "Day": "day"}


@dataclass(frozen=True)
class PutAside:
    """A file that waits, and why."""

    path: Path
    at: str  # UTC, ISO 8601
    reason: str  # the English sentence
    rule: str = ""  # what it broke: the name of the refusal, such as "MisspelledDay"
    pod: str = ""  # of whom that is said, where it is said of one
    day: str = ""  # of which day

    @property
    def key(self) -> str:
        """The beginning of the content's SHA-256: what tells it from another file of the same name."""
        return self.path.parent.name


def keep(path: Path, sha256: str, refusal: FlowRefused, folder: Path, at: datetime) -> None:
    """Put a refused file aside; a note on the refusal says where, or why not.

    The same content refused again stands there once, with its newest reason. Failing at it must not hide why the
    file was refused.
    """
    try:
        kept = _copy(path, sha256, refusal, folder, at.astimezone(UTC))
    except OSError as error:
        refusal.add_note(f"It could not be put aside in {folder}: {error.strerror or error}.")
    else:
        refusal.add_note(f"{KEPT}{kept}")


def forget(folder: Path, sha256: str) -> None:
    """Remove what was put aside of a content that has now been loaded. A copy that can't be removed stays."""
    shutil.rmtree(folder / sha256[:_LETTERS], ignore_errors=True)


def waiting(folder: Path) -> Iterator[PutAside]:
    """The files put aside, oldest first. ``OSError`` where the folder can't be read."""
    found = []
    for reason in folder.glob(f"*/{_REASON}") if folder.is_dir() else ():
        lines = reason.read_text(encoding="utf-8", errors="replace").splitlines()
        path = next((other for other in sorted(reason.parent.iterdir()) if _is_kept(other)), None)
        if path is not None:
            said = dict(line.split(": ", 1) for line in lines[3:] if line.partition(": ")[0] in ("Rule", *_SAID))
            found.append(
                PutAside(
                    path,
                    lines[2] if len(lines) > 2 else "",
                    lines[-1] if lines else "",
                    said.get("Rule", ""),
                    said.get("POD", ""),
                    said.get("Day", ""),
                )
            )
    return iter(sorted(found, key=lambda one: (one.at, one.path.name)))


def _is_kept(path: Path) -> bool:
    return path.name != _REASON and not path.name.endswith(".part") and path.is_file()


def _copy(path: Path, sha256: str, refusal: FlowRefused, folder: Path, at: datetime) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / sha256[:_LETTERS]
    place.mkdir(mode=0o700, exist_ok=True)
    kept = place / path.name
    if not (kept.exists() and kept.samefile(path)):  # tried again from where it lies
        for older in filter(_is_kept, list(place.iterdir())):
            older.unlink()  # the same content under another name
        part = place / "content.part"
        try:
            with path.open("rb") as original, part.open("wb") as copy:
                shutil.copyfileobj(original, copy)
                copy.flush()
                os.fsync(copy.fileno())  # who watches a folder removes the original then
            part.replace(kept)
        finally:
            part.unlink(missing_ok=True)
    lines = [printable(path.name), f"SHA-256 {sha256}", f"{at:%Y-%m-%dT%H:%M:%SZ}", f"Rule: {type(refusal).__name__}"]
    lines += [f"{word}: {refusal.facts[fact]}" for word, fact in _SAID.items() if refusal.facts.get(fact)]
    lines += ["", refusal.say("it"), refusal.say("en")]
    (place / _REASON).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return kept

"""Looking at the whole deposit again: every byte against its checksum, every manifest against its signature."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.deposit import catalogue, manifests
from portal_lib.deposit.catalogue import DepositedFile
from portal_lib.deposit.exceptions import FileAltered, FileLost
from portal_lib.deposit.handing import verified_path

#: "altered": other bytes than were deposited. "lost": nothing lies there. "manifest": a signed list that does not hold.
#: "unknown": a file that no row knows, left by a run that died; the next deposit in that place removes it.
Fault = Literal["altered", "lost", "manifest", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was deposited. ``where`` is a path below the deposit folder."""

    fault: Fault
    where: str
    reason: str
    file: DepositedFile | None = None


@dataclass(frozen=True)
class Verified:
    """How much was looked at, and what was found."""

    files: int
    size: int  # bytes
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether everything that was deposited is there as it was; unknown files were never deposited."""
        return all(finding.fault == "unknown" for finding in self.findings)


def verify(
    engine: Engine,
    folder: Path,
    public_pem: bytes | None,
    *,
    watch: Callable[[list[DepositedFile]], Iterable[DepositedFile]] = iter,
) -> Verified:
    """Hash every deposited file again and check every manifest; ``watch`` may show how far it is."""
    with db.reading(engine) as connection:
        files = catalogue.every_file(connection)
        wrong_manifests = manifests.faults(connection, folder, public_pem)
    findings = [Finding("manifest", where, reason) for where, reason in wrong_manifests]
    for file in watch(files):
        try:
            verified_path(folder, file)
        except FileAltered as refusal:
            findings.append(Finding("altered", file.path, refusal.say("en"), file))
        except FileLost as refusal:
            findings.append(Finding("lost", file.path, refusal.say("en"), file))
    # The catalogue once more: what was deposited meanwhile is not unknown.
    with db.reading(engine) as connection:
        known = {file.path for file in catalogue.every_file(connection)}
    findings += [Finding("unknown", path, "no deposit knows this file") for path in _lying_there(folder, known)]
    return Verified(len(files), sum(file.size for file in files), tuple(findings))


def _lying_there(folder: Path, known: set[str]) -> list[str]:
    if not folder.is_dir():
        return []
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in paths
        if path.as_posix() not in known and not path.parts[0].startswith(".staging-") and path.parts[0] != "manifests"
    )

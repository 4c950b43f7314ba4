"""How an analyst's server gets a user id of its own, and sees of the machine what it needs and no more.

File modes keep it from the portal's private folders (``portal_lib.serving.places``). This module finds what the other
way round is in the way: folders above the portal's code that only root can enter, as a clone below root's home has.
"""

import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from portal_lib.refused import Refused

_SCRIPT = Path(__file__).with_name("isolate.sh")


class NoNamespace(Refused):
    it = "Il portale si trova sotto {folder}, dove solo root entra, e questa macchina non permette di isolarne l'uso."
    en = (
        "The portal lies below {folder}, which only root can enter, and this machine allows no mount namespace. "
        "Move the portal to a folder that every user can enter (for example below /opt), or run it under a user "
        "of its own."
    )


def isolated(command: list[str], *, uid: int, gid: int, needs: Iterable[Path]) -> list[str]:
    """``command``, to be run by root so that it runs as ``uid``:``gid`` and can reach every path of ``needs``.

    Raises :class:`NoNamespace` where a needed path lies below a folder closed to others and can't be shown.
    """
    shown = sorted({path for need in needs for path in (need, need.resolve())})
    closed = sorted({folder for path in shown if (folder := closed_above(path)) is not None})
    covers = [folder for folder in closed if not any(other in folder.parents for other in closed)]
    words = ["sh", str(_SCRIPT), str(uid), str(gid)]
    if covers:
        if not _namespaces_work():
            raise NoNamespace(folder=covers[0])
        for path in shown:
            if any(folder in path.parents for folder in covers):
                words += ["--show", str(path)]
        for folder in covers:
            words += ["--cover", str(folder)]
        words = [
            "env",
            "PORTAL_IN_NAMESPACE=yes",
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "--",
            *words,
        ]
    return [*words, "--", *command]


def closed_above(path: Path) -> Path | None:
    """The topmost folder above ``path`` that other users can't pass through, or None."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def code_paths() -> list[Path]:
    """What any analyst's server must read of the portal: its environment, its interpreter and its own code."""
    checkout = Path(__file__).parents[2]
    return [
        Path(sys.prefix),
        Path(sys.base_prefix),
        checkout / "portal_lib",
        checkout / "notebooks",
    ]


def _namespaces_work() -> bool:
    trial = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return trial.returncode == 0

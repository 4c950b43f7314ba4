"""The built bundle: what its files are called. A file's name holds the hash of its content, so browsers may keep it."""

import json
from dataclasses import dataclass
from pathlib import Path

from portal_lib.refused import Refused

BUILT = Path(__file__).parent / "built"

#: What a file of the bundle may be called, as a regular expression.
NAME = r"portale-[0-9a-f]{16}\.(?:js|css)"


class BundleMissing(Refused):
    it = "Il pacchetto delle pagine non è stato costruito: esegui `make setup`."
    en = "The pages' bundle has not been built: run `make setup`."


@dataclass(frozen=True)
class Bundle:
    """The names of the script and of the style sheet."""

    script: str
    style: str


def bundle(folder: Path = BUILT) -> Bundle:
    """What the set-up built last. :class:`BundleMissing` where it has built nothing."""
    try:
        names = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleMissing() from None
    return Bundle(names["js"], names["css"])

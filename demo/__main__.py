"""``python -m demo``: the portal of the sample supplier, from nothing to open."""

import os
import sys
from pathlib import Path

from demo.prepare import prepare
from demo.staff import analyst, operator
from demo.welcome import welcome
from portal_lib.cli.output import say
from portal_lib.cli.serve import serve
from portal_lib.deposit.signing import make_key
from portal_lib.refused import Refused
from portal_lib.settings import load_settings


def main() -> int:
    """Prepare the sample data, then serve until Ctrl-C. Exit code 1 where a person must do something first."""
    # Said once here, so that everything the portal starts reads the same settings.
    os.environ.setdefault("PORTAL_CONFIG", str(Path(__file__).parent / "portal.toml"))
    try:
        settings = load_settings()
        prepare(settings, say)
        staff = analyst(settings), operator(settings)
        if not settings.deposit_key_file.exists():
            make_key(settings.deposit_key_file)
        serve(lambda: print(welcome(settings, *staff), flush=True))
    except Refused as refusal:
        say(f"demo: {refusal}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

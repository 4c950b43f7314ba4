"""``python -m tests.browser_install``: make sure that there is a browser; say so where there is none."""

import os
import sys

from tests.browser import install

if not install():
    print("No Chromium was found and none could be installed: the browser journeys cannot run.", file=sys.stderr)
    sys.exit(1 if os.environ.get("CI") else 0)

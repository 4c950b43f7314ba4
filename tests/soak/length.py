"""How long the checks of this room go on: a slice of each in ``make test``, all of it in ``make soak``."""

import os

LONG = bool(os.environ.get("TESTS_SOAK"))

FUZZING_SECONDS = 600 if LONG else 5
PAGES = 2000 if LONG else 24
KILLED_SUPPLIERS = 10 if LONG else 1
KILLS_OF_EACH = 5 if LONG else 3

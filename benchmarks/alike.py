"""Known against unknown, in time: does the portal take longer about somebody who is there than about nobody?

A real Hub behind its real proxy, with the limits raised by setting, is asked 200 times each and in turn (which of the
two comes first changes with every turn, so that a machine whose speed wanders slows both alike): a wrong password of
an account that exists and of one that does not; a username reminder and a password reset for somebody and for nobody;
registration with a wrong tax code of a customer that exists and with a customer code that nobody has. Status, length
and address of the answers must be the same, or it stops. The figures are medians, known over unknown; the last line
is the one farthest from 1, and 1 ± 0.10 is what the portal promises. NativeAuthenticator's login answers at about 290.
"""

import statistics
import tempfile
from pathlib import Path

from benchmarks._timing import line

TRIES = 200


def run() -> None:
    # The tests' own Hub: what is measured is what is tested.
    from tests.hub.alike import DOORS, KNOWN, RAISED_LIMITS, ask
    from tests.hub.own_hub import own_hub

    ratios = []
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        own_hub(Path(folder), RAISED_LIMITS | {"PORTAL_OUTBOX": "true"}) as hub,
    ):
        hub.start()
        with hub.browser() as browser:
            browser.opened(KNOWN)
        for door in DOORS:
            answers = list(ask(hub, door, TRIES + 5))[5:]
            seen = {(answer.status, answer.length, answer.location) for pair in answers for answer in pair}
            if len(seen) != 1:
                raise SystemExit(f"alike: {door} answers differently: {sorted(seen)}")
            known, unknown = (statistics.median(pair[which].seconds for pair in answers) for which in (0, 1))
            ratios.append(line(f"alike:{door}", known, unknown))
    print(f"alike ratio={max(ratios, key=lambda ratio: abs(ratio - 1)):.2f}")

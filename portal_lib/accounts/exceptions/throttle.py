"""Why somebody has to wait."""

from portal_lib.refused import Refused


class TooManyTries(Refused):
    """The same whether or not what was tried exists, or was right. ``minutes`` is how long to wait at least."""

    it = "Ci sono stati troppi tentativi. Attendi {minutes} minuti e riprova."
    en = "There were too many tries. Wait {minutes} minutes, then try again."

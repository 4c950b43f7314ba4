"""Why somebody has to wait."""

from portal_lib.refused import Refused


class TooManyTries(Refused):
    """The same whether or not what was tried exists, or was right. ``minutes`` is how long to wait at least."""

    it = "Ci sono stati troppi tentativi. Attendi {wait_it} e riprova."
    en = "There were too many tries. Wait {wait_en}, then try again."

    def __init__(self, field: str | None = None, *, minutes: int = 1) -> None:
        self.minutes = minutes
        one = minutes == 1
        super().__init__(
            field,
            wait_it="un minuto" if one else f"{minutes} minuti",
            wait_en="a minute" if one else f"{minutes} minutes",
        )

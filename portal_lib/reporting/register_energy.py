"""A month of a point that has no curve, from its registers: in the reports' terms."""

from dataclasses import dataclass
from datetime import date, timedelta

from portal_lib.language import Language, Said
from portal_lib.metering import reactive
from portal_lib.metering.bands import BANDS
from portal_lib.metering.registers import SINGLE, MonthBands
from portal_lib.reporting.holdings import HeldPoint
from portal_lib.visitor import Door

_REGISTERS = Said("da registri", "from registers")
_NO_BANDS = Said("senza fasce", "without bands")
_BROKEN = Said(
    "contatore sostituito o azzerato: parte dell'energia non è nota",
    "meter changed or reset: part of the energy is not known",
)
_UNEVEN = Said("comprende giorni dei mesi precedenti", "includes days of the months before")


@dataclass(frozen=True)
class RegisterEnergy:
    """Energy of the stretches between readings that end in the days held, Wh and varh; None where it is not known."""

    active: tuple[int | None, ...]  # F1, F2, F3: all None where the meter tells no bands apart
    reactive: tuple[int | None, ...]
    power_factors: tuple[float | None, ...]
    total: int | None
    days: int  # of those held, on how many the energy is known
    days_estimated: int  # of these, those of months with an estimated reading
    days_corrected: int  # and with one from a flow of corrections
    peaks: tuple[int | None, ...]  # F1, F2, F3, in W
    broken: bool  # a register went back: part of the energy is unknown
    notes: tuple[Said, ...]

    def note(self, language: Language) -> str:
        """What a reader must know of where the energy comes from."""
        return ", ".join(note.say(language) for note in self.notes)


def register_energy(door: Door, held: HeldPoint) -> RegisterEnergy | None:
    """What the registers of a point say; None where they say nothing."""
    months = door.monthly_consumption(held.point.pod, held.first, held.last)
    if not months:
        return None
    active, varh = _sums(months), _sums(door.monthly_consumption(held.point.pod, held.first, held.last, "Er"))
    factors = reactive.power_factors(active, varh)
    peaks = door.register_peaks(held.point.pod, held.first, held.last)
    broken = any(month.broken for month in months)
    said = (
        (_REGISTERS, True),
        (_NO_BANDS, SINGLE in active),
        (_BROKEN, broken),
        (_UNEVEN, any(month.uneven for month in months)),
    )
    return RegisterEnergy(
        active=tuple(active.get(band) for band in BANDS),
        reactive=tuple(varh.get(band) for band in BANDS),
        power_factors=tuple(factors[band] for band in BANDS),
        total=sum(active.values()) if active else None,
        days=len(_days(months, held)),
        days_estimated=len(_days([month for month in months if month.estimated], held)),
        days_corrected=len(_days([month for month in months if month.corrected], held)),
        peaks=tuple(peaks.get(band) for band in BANDS),
        broken=broken,
        notes=tuple(note for note, holds in said if holds),
    )


def _sums(months: list[MonthBands]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for month in months:
        for band, wh in month.wh.items():
            sums[band] = sums.get(band, 0) + wh
    return sums


def _days(months: list[MonthBands], held: HeldPoint) -> set[date]:
    """The days held of which the energy is known; of a month that is broken, none is for certain."""
    known = [month for month in months if month.wh and not month.broken]
    return {
        month.first + timedelta(days=n)
        for month in known
        for n in range((month.last - month.first).days + 1)
        if held.first <= month.first + timedelta(days=n) <= held.last
    }

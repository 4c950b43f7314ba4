"""What a ``Misura`` says of a meter's registers, or a ``Consumo`` of a period's energy, by band.

``EaF1`` is active energy in band 1, ``ErF3`` reactive energy in band 3, ``PotF2`` the highest power in band 2,
``EaM`` active energy of a meter that tells no bands apart (band F0 here). In ``Misura`` energy is what the counter
stands at: what was used is the difference of two of them. A counter counts behind the transformer, in its own units,
so registers are always multiplied by Ka (Er, Erc, Eri: Kr; Pot: Kp), and the difference of two products is the energy;
what the flows leave open is only whether curves are multiplied already (docs/flows.md). A factor that is not told is 1,
but a 2G flow must tell it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from portal_lib.metering.calendar import day_number
from portal_lib.metering.exceptions import BadElement, FinerThanWattHours, MissingElement, TooMuchEnergy
from portal_lib.metering.flows.energy import NotWattHours, thousandths
from portal_lib.metering.flows.factors import FACTOR_OF, ONE
from portal_lib.metering.flows.reader import RegisterKind, RegisterReading

_REGISTER = re.compile(r"(Ea|Erc|Eri|Er|Pot)(F[1-6]|M)")
_LOOKS_LIKE_ENERGY = re.compile(r"(E[a-z]{1,3}|Pot)(F[0-9]+|M)")

_SINGLE = "M"
_NO_BANDS = "F0"

#: A thousand TWh: no counter goes so far, and the store's numbers still hold it.
_MOST = 10**18


def is_register(tag: str) -> bool:
    """Whether an element is a register that is read."""
    return _REGISTER.fullmatch(tag) is not None


def looks_like_register(tag: str) -> bool:
    """Whether an element has the name of a register, known or not."""
    return _LOOKS_LIKE_ENERGY.fullmatch(tag) is not None


class RegisterReader:
    """Turns register elements of one file into readings."""

    def __init__(self, file: str) -> None:
        self._file = file

    def readings(
        self,
        pod: str,
        day: date,
        kind: RegisterKind,
        treatment: str | None,
        found: Mapping[str, str],
        flags: int,
        factors: Mapping[str, Fraction],
        *,
        factors_needed: bool,
    ) -> Iterator[RegisterReading]:
        """The readings of one measure, taken at the end of ``day``.

        ``found`` maps elements (``EaF1``) to their texts. Raises what is wrong as a ``FlowRefused``.
        """
        number = day_number(day)
        for magnitude, bands in self._by_magnitude(pod, day, found, factors, factors_needed).items():
            for band, value in self._bands(pod, treatment, magnitude, bands, found).items():
                yield RegisterReading(pod, number, kind, magnitude, band, value, flags)

    def _by_magnitude(
        self,
        pod: str,
        day: date,
        found: Mapping[str, str],
        factors: Mapping[str, Fraction],
        factors_needed: bool,
    ) -> dict[str, dict[str, int]]:
        by_magnitude: dict[str, dict[str, int]] = {}
        for element, text in found.items():
            parts = _REGISTER.fullmatch(element)
            assert parts is not None  # only registers are put among these
            magnitude, band = parts.groups()
            name = FACTOR_OF[magnitude]
            if factors_needed and name not in factors:
                raise MissingElement(file=self._file, element=name, where=f"POD {pod}, DatiPdp")
            multiplier = factors.get(name, ONE)
            place: dict[str, Any] = {
                "file": self._file,
                "pod": pod,
                "magnitude": magnitude,
                "day": day,
                "place": element,
                "text": text if multiplier == ONE else f"{text} × {name} {float(multiplier)}",
            }
            try:
                product = thousandths(text) * multiplier
            except NotWattHours as wrong:
                raise wrong.refusal(**{**place, "text": text}) from None
            if product.denominator != 1:
                raise FinerThanWattHours(**place)
            if product > _MOST:
                raise TooMuchEnergy(**place)
            by_magnitude.setdefault(magnitude, {})[band] = int(product)
        return by_magnitude

    def _bands(
        self, pod: str, treatment: str | None, magnitude: str, bands: dict[str, int], found: Mapping[str, str]
    ) -> dict[str, int]:
        """The bands told apart, or one without: never both, which would count energy twice."""
        single = bands.pop(_SINGLE, None)
        if single is None:
            if treatment != _SINGLE:
                return bands
            # A meter with one register may have it written as F1; other bands then stand at zero.
            single, others = bands.pop("F1", 0), bands
            for band, value in others.items():
                if value:
                    raise self._bad(pod, magnitude + band, found, "0,000 (Trattamento M)")
            return {_NO_BANDS: single}
        if not any(bands.values()):
            return {_NO_BANDS: single}
        together = max(bands.values()) if magnitude == "Pot" else sum(bands.values())
        if together != single:
            raise self._bad(pod, magnitude + _SINGLE, found, "= " + " + ".join(f"{magnitude}{band}" for band in bands))
        return bands

    def _bad(self, pod: str, element: str, found: Mapping[str, str], expected: str) -> BadElement:
        return BadElement(file=self._file, element=element, found=found[element], where=f"POD {pod}", expected=expected)

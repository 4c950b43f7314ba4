"""The electricity flows that are read: what each code may hold.

PDO (hourly) and PNO (non-hourly) come month by month; RFO and RNO correct them, for months long past too; SNM and VNO
come with a switch of supplier and a change of holder, RSN and RNV correct those. A code that ends in 2G is the same
of second-generation meters, which must state the factors Ka, Kr and Kp.
"""

from dataclasses import dataclass

_HOURLY = frozenset("O")
_NON_HOURLY = frozenset("FMC")


@dataclass(frozen=True)
class FlowKind:
    """What a flow code allows."""

    code: str
    treatments: frozenset[str]  # Trattamento: O hourly, F by band, M one register, C
    curves: bool  # quarter hours may stand in it
    registers: bool  # register readings, or the energy of a period, may stand in it
    correction: bool = False  # replaces or takes back what was sent before
    any_month: bool = False  # else every point is of the month in the file's name

    @property
    def second_generation(self) -> bool:
        """Whether Ka, Kr and Kp must be stated."""
        return self.code.endswith("2G")


def _kinds() -> dict[str, FlowKind]:
    kinds = [
        FlowKind("PDO", _HOURLY, curves=True, registers=False),
        FlowKind("PDO2G", _HOURLY, curves=True, registers=True),
        FlowKind("RFO", _HOURLY, curves=True, registers=False, correction=True, any_month=True),
        FlowKind("RFO2G", _HOURLY, curves=True, registers=True, correction=True, any_month=True),
    ]
    for code in ("PNO", "PNO2G"):
        kinds.append(FlowKind(code, _NON_HOURLY, curves=False, registers=True))
    for code in ("RNO", "RNO2G"):
        kinds.append(FlowKind(code, _NON_HOURLY, curves=False, registers=True, correction=True, any_month=True))
    for code in ("SNM", "SNM2G", "VNO", "VNO2G"):
        kinds.append(FlowKind(code, _HOURLY | _NON_HOURLY, curves=True, registers=True, any_month=True))
    for code in ("RSN", "RSN2G", "RNV", "RNV2G"):
        both = _HOURLY | _NON_HOURLY
        kinds.append(FlowKind(code, both, curves=True, registers=True, correction=True, any_month=True))
    return {kind.code: kind for kind in kinds}


#: Every flow that is read, by its code.
KINDS = _kinds()

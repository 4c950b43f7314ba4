"""The sample distributor: its monthly files, as a supplier would receive them.

PDO for the points with a curve; PNO for the one with registers only, whose reading at the switch comes by SNM, and
whose one estimate by RNO corrected.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from demo import registers
from demo.curves import MONTHS, curve
from demo.points import POINTS, DemoPoint
from portal_lib.customers.records import PointRecord, point_of
from portal_lib.customers.sheets import read_sheet
from portal_lib.metering.flows.flow_writing import FlowPoint, Parties, flow_name, write_flow
from portal_lib.metering.flows.pdo_writing import PdoPoint, pdo_name, write_pdo

HERE = Path(__file__).parent

_DISPATCH_CODE = "DP0042"
#: To be raised when the curves change, so that portals that have the old ones take the new.
_SEQUENCE = 1


def write_month(folder: Path, month: date, *, distributor_vat: str, supplier_vat: str) -> Path:
    """Write the PDO file of one month (given by its first day) with every sample point that has a curve, and say where
    it is.
    """
    sent = _next(month).replace(day=5)  # hourly meters are sent by the fifth working day
    path = folder / pdo_name(
        distributor_vat=distributor_vat,
        supplier_vat=supplier_vat,
        month=month,
        dispatch_code=_DISPATCH_CODE,
        sent_at=f"{sent:%Y%m%d}071500",
        sequence=_SEQUENCE,
    )
    write_pdo(
        path,
        distributor_vat=distributor_vat,
        supplier_vat=supplier_vat,
        month=month,
        dispatch_code=_DISPATCH_CODE,
        points=_points(month),
    )
    return path


def write_registers(folder: Path, *, distributor_vat: str, supplier_vat: str) -> Iterator[Path]:
    """Write the files about the points without a curve, of all months, and say where each is."""
    parties = Parties(distributor_vat, supplier_vat, _DISPATCH_CODE)
    pods = [pod for pod, point in POINTS.items() if point.by_registers]

    def write(flow: str, month: date, sent: date, points: list[FlowPoint]) -> Path:
        path = folder / flow_name(flow, parties, month, f"{sent:%Y%m%d}091000", _SEQUENCE)
        write_flow(path, flow, parties, points)
        return path

    switched = [
        FlowPoint(pod, day=registers.SWITCH, treatment="F", registers=registers.readings(pod, registers.SWITCH))
        for pod in pods
    ]
    yield write("SNM", MONTHS[0], MONTHS[0].replace(day=12), switched)
    for month in MONTHS:
        estimated = month in registers.ESTIMATED
        points = [_by_registers(pod, month, estimated=estimated) for pod in pods]
        yield write("PNO", month, _next(month).replace(day=18), points)  # by the twentieth of the month after
    late = _next(_next(registers.CORRECTED)).replace(day=16)
    yield write("RNO", registers.CORRECTED, late, [_by_registers(pod, registers.CORRECTED) for pod in pods])


def _by_registers(pod: str, month: date, *, estimated: bool = False) -> FlowPoint:
    said = {**registers.readings(pod, month, estimated=estimated), **registers.peaks(pod, month)}
    return FlowPoint(pod, month=month, treatment="F", registers=said, estimated=estimated)


def _points(month: date) -> Iterator[PdoPoint]:
    sheet = read_sheet(HERE / "points.csv")
    connected = {record.pod: record for record in map(point_of, sheet.rows)}
    days = [month + timedelta(days=place) for place in range((_next(month) - month).days)]
    for pod, point in POINTS.items():
        if point.by_registers:
            continue
        sent = [day for day in days if day not in point.missing]
        measured = [day for day in sent if day not in point.estimated]
        estimated = [day for day in sent if day in point.estimated]
        yield _point(point, connected[pod], measured)
        if estimated:  # a flow says "estimated" of a whole block, so these days come in one of their own
            yield _point(point, connected[pod], estimated, estimated=True)


def _point(point: DemoPoint, connected: PointRecord, days: list[date], *, estimated: bool = False) -> PdoPoint:
    return PdoPoint(
        pod=point.pod,
        days={day: curve(point, day) for day in days},
        voltage=connected.voltage or 230,
        contracted_kw=connected.contracted_kw or 0.0,
        available_kw=connected.available_kw or 0.0,
        estimated=estimated,
    )


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


__all__ = ["MONTHS", "write_month", "write_registers"]

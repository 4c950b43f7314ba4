"""Energy per POD, day and band, worked out from the XML of the flows as slowly and plainly as one can.

No code of ours reads, adds up or knows a band here: the standard library's XML, clock and decimal numbers, and the
year's holidays written down by hand.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from demo.prepare import prepare
from portal_lib.settings import Settings, load_settings

ROME = ZoneInfo("Europe/Rome")
BANDS = ("F1", "F2", "F3")
HOLIDAYS = {
    date(2025, *day)
    for day in (
        (1, 1), (1, 6), (4, 21), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26),
    )
}  # fmt: skip

#: (POD, day) -> Wh per band.
Energy = dict[tuple[str, date], dict[str, int]]


def slowly(file: Path) -> Energy:
    """What one month's PDO file holds of active energy."""
    found: Energy = {}
    for block in ElementTree.parse(file).getroot().iter("DatiPod"):  # noqa: S314 - our own sample
        pod = block.findtext("Pod", "")
        month, year = map(int, block.findtext("MeseAnno", "").split("/"))
        quarters: dict[date, list[tuple[int, int, int]]] = defaultdict(list)
        for line in block.iter("Ea"):
            part = int(line.get("Dst", "0"))
            for name, value in line.attrib.items():
                if name != "Dst":
                    wh = Decimal(value.replace(",", ".")) * 1000
                    assert wh == int(wh)
                    quarters[date(year, month, int(line.text or ""))].append((part, int(name[1:]), int(wh)))
        for day, values in quarters.items():
            instant = datetime(day.year, day.month, day.day, tzinfo=ROME).astimezone(UTC)
            sums = {"F1": 0, "F2": 0, "F3": 0}
            for _, _, wh in sorted(values):  # the first October part, then the second; E1, E2, …
                sums[_band(instant.astimezone(ROME))] += wh
                instant += timedelta(minutes=15)
            assert instant.astimezone(ROME).date() == day + timedelta(days=1)
            assert instant.astimezone(ROME).hour == instant.astimezone(ROME).minute == 0
            assert (pod, day) not in found
            found[pod, day] = sums
    return found


def registers_slowly(folder: Path) -> dict[tuple[str, int, int], dict[str, int]]:
    """(POD, year, month) -> Wh per band of meters without a curve: the last reading sent less that of the month before.

    Files prevail by the time of sending in their names; a reading on the way into the supply stands before the first.
    """
    readings: dict[tuple[str, int, int], dict[str, int]] = {}
    files = [file for file in folder.iterdir() if file.name.split("_")[3] in ("PNO", "RNO", "SNM")]
    for file in sorted(files, key=lambda file: file.name.split("_")[4]):
        for block in ElementTree.parse(file).getroot().iter("DatiPod"):  # noqa: S314 - our own sample
            stated = block.findtext("MeseAnno")
            if stated is None:
                day, month, year = map(int, block.findtext("DataMisura", "").split("/"))
                assert (date(year, month, day) + timedelta(days=1)).day == 1  # read at the month's end
            else:
                month, year = map(int, stated.split("/"))
            told = {band: Decimal(block.findtext(f"Misura/Ea{band}", "").replace(",", ".")) * 1000 for band in BANDS}
            readings[block.findtext("Pod", ""), year, month] = {band: int(wh) for band, wh in told.items()}
    found = {}
    for (pod, year, month), now in readings.items():
        before = readings.get((pod, year, month - 1) if month > 1 else (pod, year - 1, 12))
        if before is not None:
            found[pod, year, month] = {band: now[band] - before[band] for band in BANDS}
    return found


def _band(start: datetime) -> str:
    if start.weekday() == 6 or start.date() in HOLIDAYS or not 7 <= start.hour < 23:
        return "F3"
    if start.weekday() == 5 or start.hour == 7 or start.hour >= 19:
        return "F2"
    return "F1"


def held(energy: Energy, pod: str, first: date, last: date) -> dict[str, int]:
    """Wh per band of a POD between two days, both included."""
    sums = {"F1": 0, "F2": 0, "F3": 0}
    for (other, day), bands in energy.items():
        if other == pod and first <= day <= last:
            for band, wh in bands.items():
                sums[band] += wh
    return sums


def demo_portal(folder: Path) -> Settings:
    """A portal with the sample supplier's data below ``folder``; its flows lie in ``demo/flows``."""
    patch = pytest.MonkeyPatch()
    with patch.context() as environment:
        environment.setenv("PORTAL_CONFIG", str(Path(__file__).parents[2] / "demo" / "portal.toml"))
        environment.setenv("PORTAL_VAR", str(folder))
        environment.delenv("PORTAL_DATA_URL", raising=False)
        settings = load_settings()
        prepare(settings)
    return settings

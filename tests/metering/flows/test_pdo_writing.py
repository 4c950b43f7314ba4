from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.formats import reader_for
from portal_lib.metering.flows.pdo_writing import PdoPoint, pdo_name, write_pdo
from portal_lib.metering.flows.reader import MAGNITUDES, Known
from tests.metering.files import DISPATCH, DISTRIBUTOR, MARCH, OCTOBER, SUPPLIER, flat, pdo_file, read_with

#: Months around the clock changes are drawn more often than they come.
months = st.one_of(
    st.sampled_from([date(2025, 3, 1), date(2025, 10, 1), date(1995, 9, 1), date(2024, 2, 1)]),
    st.dates(date(1990, 1, 1), date(2100, 12, 1)).map(lambda day: day.replace(day=1)),
)


def days_in(month: date) -> list[date]:
    return [day for i in range(31) if (day := month + timedelta(days=i)).month == month.month]


@given(st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back_to_the_watt_hour(tmp_path: Path, data: st.DataObject) -> None:
    month = data.draw(months)
    days = data.draw(st.lists(st.sampled_from(days_in(month)), min_size=1, max_size=3, unique=True))
    seed = data.draw(st.integers(0, 2**32 - 1))
    magnitudes = data.draw(st.lists(st.sampled_from(MAGNITUDES), min_size=1, unique=True))
    estimated, validated = data.draw(st.booleans()), data.draw(st.booleans())
    random = np.random.default_rng(seed)
    points = [
        PdoPoint(
            f"IT001E0000000{number}",
            {day: {name: random.integers(0, 2**31 - 1, quarter_hours(day)) for name in magnitudes} for day in days},
            estimated=estimated,
            validated=validated,
        )
        for number in range(2)
    ]
    path = tmp_path / pdo_name(
        distributor_vat=DISTRIBUTOR,
        supplier_vat=SUPPLIER,
        month=month,
        dispatch_code=DISPATCH,
        sent_at="20250404101500",
    )
    write_pdo(
        path,
        distributor_vat=DISTRIBUTOR,
        supplier_vat=SUPPLIER,
        month=month,
        dispatch_code=DISPATCH,
        points=points,
    )

    with path.open("rb") as file:
        flow = read_with(reader_for(path), file, path.name, Known(SUPPLIER, (DISTRIBUTOR,)))

    flags = (DayFlag.ESTIMATED if estimated else DayFlag(0)) | (DayFlag(0) if validated else DayFlag.NOT_VALIDATED)
    assert {(c.pod, c.day, c.magnitude): (c.curve, c.flags) for c in flow.days} == {
        (point.pod, day_number(day), name): (curve.astype("<i4").tobytes(), flags)
        for point in points
        for day, curves in point.days.items()
        for name, curve in curves.items()
    }
    assert len(flow.days) == len(points) * len(days) * len(magnitudes)


@pytest.mark.parametrize(("sample", "day"), [(MARCH, date(2025, 3, 30)), (OCTOBER, date(2025, 10, 26))])
def test_days_are_spelled_as_in_the_samples(sample: Path, day: date, tmp_path: Path) -> None:
    def spelled(path: Path) -> list[list[str]]:
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        days = (line for line in lines if line.startswith("<Ea ") and line.endswith(f">{day:%d}</Ea>"))
        return [[part.partition('"')[0] for part in line.split(" ")] for line in days]

    written = pdo_file(tmp_path, {day: 5})

    assert spelled(written) == spelled(sample)


def test_an_untrue_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / MARCH.name

    def write(day: date, curve: np.ndarray) -> None:
        write_pdo(
            path,
            distributor_vat=DISTRIBUTOR,
            supplier_vat=SUPPLIER,
            month=date(2025, 3, 1),
            dispatch_code=DISPATCH,
            points=[PdoPoint("IT001E00000001", {day: {"Ea": curve}})],
        )

    with pytest.raises(ValueError, match="not a day of 03/2025"):
        write(date(2025, 4, 1), flat(date(2025, 4, 1), 1))
    with pytest.raises(ValueError, match="92 quarter hours"):
        write(date(2025, 3, 30), flat(date(2025, 3, 29), 1))
    with pytest.raises(ValueError, match="0 Wh or more"):
        write(date(2025, 3, 1), flat(date(2025, 3, 1), -1))
    assert list(tmp_path.iterdir()) == []

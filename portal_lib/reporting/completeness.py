"""Is everything there? Only a report of which every day and every interval is known may call itself complete.

A point is known by its curve, or without one by its registers. A day counts as known when its curve is stored, whatever
its flags: an estimate of the distributor's is a reading, and told as what it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from portal_lib.metering import frames
from portal_lib.metering.calendar import DAY_START
from portal_lib.metering.flags import DayFlag
from portal_lib.reporting.holdings import HeldPoint, held_points
from portal_lib.reporting.periods import Period
from portal_lib.reporting.register_energy import RegisterEnergy, register_energy
from portal_lib.visitor import Door


@dataclass(frozen=True)
class Completeness:
    """What is owed and what is there, counted over points. Sums of two are made by ``+``."""

    points: int = 0  # holdings: a point counts again where its order changed
    points_without: int = 0  # of these, without a single known day
    days_owed: int = 0
    days_known: int = 0
    intervals_missing: int = 0  # of the days known
    days_estimated: int = 0
    days_corrected: int = 0
    broken: int = 0  # points whose register was changed or reset: some of their energy is unknown

    def __add__(self, other: "Completeness") -> "Completeness":
        return Completeness(
            *(mine + theirs for mine, theirs in zip(self.__dict__.values(), other.__dict__.values(), strict=True))
        )

    @property
    def days_missing(self) -> int:
        """Days owed of which nothing is known."""
        return self.days_owed - self.days_known

    @property
    def complete(self) -> bool:
        """Whether nothing at all is missing."""
        return self.days_owed > 0 and not (self.days_missing or self.intervals_missing or self.broken)


def of(door: Door, period: Period, *, under_orders_only: bool = False) -> Completeness:
    """What is there of the period, for all points that the door's visitor held in it, or held under an order."""
    holdings = held_points(door, period)
    return total(of_held(door, held) for held in holdings if held.order_number or not under_orders_only)


def complete(door: Door, held: HeldPoint) -> bool:
    """Whether every held day has its curve or its registers' energy, with nothing missing."""
    return of_held(door, held).complete


def of_held(door: Door, held: HeldPoint) -> Completeness:
    """What is there of one holding, read anew."""
    frame = door.readings(held.point.pod, held.first, held.last, "quarter_hour")
    return of_curve(held, frame) if len(frame) else of_registers(held, register_energy(door, held))


def of_curve(held: HeldPoint, frame: pd.DataFrame) -> Completeness:
    """What is there of a holding whose curve, in the form of :func:`portal_lib.metering.curves.read`, is given."""
    if frame.empty:
        return of_registers(held, None)
    _, firsts = np.unique(np.searchsorted(DAY_START, frames.seconds(frame), side="right"), return_index=True)
    flags = frame["flags"].to_numpy()[firsts]
    return Completeness(
        points=1,
        days_owed=held.days,
        days_known=len(flags),
        intervals_missing=int(frame["kwh"].isna().sum()),
        days_estimated=int(np.count_nonzero(flags & int(DayFlag.ESTIMATED))),
        days_corrected=int(np.count_nonzero(flags & int(DayFlag.CORRECTED))),
    )


def of_registers(held: HeldPoint, told: RegisterEnergy | None) -> Completeness:
    """What is there of a holding without a curve."""
    days = told.days if told else 0
    return Completeness(
        points=1,
        points_without=int(told is None),
        days_owed=held.days,
        days_known=days,
        days_estimated=told.days_estimated if told else 0,
        days_corrected=told.days_corrected if told else 0,
        broken=int(told is not None and told.broken),
    )


def total(parts: Iterable[Completeness]) -> Completeness:
    """The sum over points, or over customers."""
    return reduce(Completeness.__add__, parts, Completeness())

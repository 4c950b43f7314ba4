"""Street lighting, which follows the sun: on from dusk to dawn, dimmed when the streets are empty.

Sunrise and sunset come from the usual approximation of the sun's declination and of the equation of time (a
few minutes exact), so on a day on which the clock changes the lamps burn when it is dark, whatever the clock
says.
"""

import math
from datetime import date

import numpy as np

from demo.local_days import Floats, wall_quarters
from portal_lib.metering.calendar import day_number, day_start

_LATITUDE, _LONGITUDE = 44.6, 11.2  # degrees; somewhere in Emilia
#: Degrees of the sun under the horizon at which the lamps go on and off.
_TWILIGHT = 3.0
#: Share of full power from midnight to five, by the clock.
_DIMMED = 0.6


def darkness(day: date) -> tuple[float, float]:
    """The UTC seconds at which the lamps go off in the morning of a day, and on in its evening."""
    of_year = day.timetuple().tm_yday
    declination = math.radians(-23.44) * math.cos(2 * math.pi * (of_year + 10) / 365.25)
    turn = 2 * math.pi * (of_year - 81) / 365.25
    equation = 9.87 * math.sin(2 * turn) - 7.53 * math.cos(turn) - 1.5 * math.sin(turn)  # minutes
    latitude = math.radians(_LATITUDE)
    low = math.sin(math.radians(-_TWILIGHT)) - math.sin(latitude) * math.sin(declination)
    half_day = math.degrees(math.acos(low / (math.cos(latitude) * math.cos(declination)))) * 4  # minutes
    noon = day_number(day) * 86_400 + (720 - 4 * _LONGITUDE - equation) * 60
    return noon - half_day * 60, noon + half_day * 60


def street_lamps(day: date) -> Floats:
    """Relative power of each quarter hour that passes on a day (92, 96 or 100 of them): 0 by day, 1 lit."""
    wall = wall_quarters(day)
    begins = int(day_start(day_number(day))) + 900.0 * np.arange(len(wall))
    off, on = darkness(day)
    lit = np.clip((off - begins) / 900, 0, 1) + np.clip((begins + 900 - on) / 900, 0, 1)
    return np.where(wall < 5 * 4, lit * _DIMMED, lit)

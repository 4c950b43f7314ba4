"""Where an axis carries its labels, and what they say: written here, for browsers have their own ways."""

from collections.abc import Iterable
from typing import Any

import numpy as np


def nice_ticks(height: float) -> list[float]:
    """About five round steps from zero to at least ``height``."""
    if not height > 0:
        return [0.0, 1.0]
    rough = height / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return [round(float(i * step), 9) for i in range(int(np.ceil(height / step)) + 1)]


def decimals(ticks: Iterable[float]) -> int:
    return next(n for n in range(9) if all(abs(round(tick, n) - tick) < 1e-9 for tick in ticks))


def labelled(positions: Iterable[float], labels: Iterable[str]) -> dict[str, Any]:
    places = list(positions)
    return {
        "tick_values": places,
        "tick_labels": {_key(place): label for place, label in zip(places, labels, strict=True)},
    }


def _key(place: float) -> str:
    """A number as JavaScript writes it: the front end looks labels up by that text."""
    return str(int(place)) if float(place).is_integer() else repr(float(place))

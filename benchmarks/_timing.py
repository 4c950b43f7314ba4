"""Timing two things in turn, A B A B …, so that a machine whose speed wanders slows both alike."""

import statistics
import time
from collections.abc import Callable


def interleaved(
    ours: Callable[[], object], peer: Callable[[], object], rounds: int, repeat: int = 1
) -> tuple[float, float]:
    """Median seconds of each over ``rounds`` rounds, after one that is not counted.

    In a round each runs ``repeat`` times: where a run is short, or the other upsets the processor's caches.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for times, work in zip(taken, (ours, peer), strict=True):
            for _ in range(repeat):
                start = time.perf_counter()
                work()
                if turn:
                    times.append(time.perf_counter() - start)
    return statistics.median(taken[0]), statistics.median(taken[1])


def line(name: str, ours: float, peer: float, unit: str = "ms", scale: float = 1000.0) -> float:
    """Print one figure; returns its ratio."""
    ratio = ours / peer
    print(f"{name} ratio={ratio:.2f} (ours {ours * scale:.2f} {unit} / peer {peer * scale:.2f} {unit})")
    return ratio

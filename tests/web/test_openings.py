"""A visitor opens pages as fast as people do."""

import asyncio

from portal_lib.web.openings import AT_A_TIME, AT_ONCE, EVERY_SECONDS, Openings
from tests.awaiting import awaited


class Watch:
    now = 0.0

    def __call__(self):
        return self.now


def test_some_at_once_and_then_one_at_a_time():
    watch = Watch()
    openings = Openings(watch)
    assert [openings.may("c-1") for _ in range(AT_ONCE + 3)] == [True] * AT_ONCE + [False] * 3
    watch.now = EVERY_SECONDS
    assert [openings.may("c-1") for _ in range(2)] == [True, False]
    watch.now = 1000.0
    assert [openings.may("c-1") for _ in range(AT_ONCE + 1)] == [True] * AT_ONCE + [False]


def test_one_visitors_haste_is_not_anothers():
    openings = Openings(Watch())
    for _ in range(AT_ONCE):
        openings.may("c-1")
    assert not openings.may("c-1") and openings.may("c-2")


def test_the_kernels_of_who_leafs_on_and_on_give_way_more_and_more():
    watch = Watch()
    openings, niceness = Openings(watch), []
    for _ in range(10):
        openings.may("c-1")
        niceness.append(openings.niceness("c-1"))
    assert niceness[:3] == [0, 0, 0] and niceness[3] > 0 and niceness == sorted(niceness) and niceness[-1] <= 19
    assert openings.niceness("c-2") == 0
    watch.now = 1000.0
    assert openings.may("c-1") and openings.niceness("c-1") == 0


def test_few_pages_of_one_visitor_are_made_at_a_time_and_anothers_do_not_wait():
    async def work():
        openings, made, most = Openings(), {"c-1": 0, "c-2": 0}, {"c-1": 0, "c-2": 0}

        async def make(name):
            async with openings.turn(name):
                made[name] += 1
                most[name] = max(most[name], made[name])
                await asyncio.sleep(0.01)
                made[name] -= 1

        await asyncio.gather(*(make(name) for name in ("c-1", "c-1", "c-1", "c-1", "c-1", "c-2")))
        return most, len(openings._turns)

    assert awaited(work()) == ({"c-1": AT_A_TIME, "c-2": 1}, 0)


def test_what_is_remembered_has_an_end():
    watch = Watch()
    openings = Openings(watch)
    for number in range(30_000):
        watch.now += 1.0
        openings.may(f"c-{number}")
    assert len(openings._paid_until) <= 10_000

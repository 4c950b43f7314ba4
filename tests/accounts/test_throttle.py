"""Limits: buckets that leak evenly, count alike for everybody, and keep nobody out for longer than they say."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from portal_lib.accounts import throttle
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.tables import throttle_bucket
from portal_lib.accounts.throttle import Try, network
from portal_lib.limits import Limit
from tests.accounts.conftest import MovableClock

LIMIT = Limit("10/15m")


def tries(count: int, engine: Engine, clock: MovableClock, *, whom: str = "anna", limit: Limit = LIMIT) -> int:
    """How many of so many tries in a row are let through."""
    let_through = 0
    for _ in range(count):
        try:
            throttle.take(engine, clock, [Try("login", whom, limit)])
        except TooManyTries:
            continue
        let_through += 1
    return let_through


def test_so_many_tries_are_let_through_and_no_more(engine: Engine, clock: MovableClock) -> None:
    assert tries(50, engine, clock) == 10


def test_one_more_try_is_let_through_each_time_its_share_of_the_period_has_passed(
    engine: Engine, clock: MovableClock
) -> None:
    tries(10, engine, clock)
    clock.forward(seconds=89)
    assert tries(1, engine, clock) == 0
    clock.forward(seconds=1)
    assert tries(2, engine, clock) == 1


def test_refused_tries_do_not_make_the_wait_longer(engine: Engine, clock: MovableClock) -> None:
    tries(10, engine, clock)
    for _ in range(90):
        clock.forward(seconds=1)
        let_through = tries(1, engine, clock)
    assert let_through == 1


def test_after_the_whole_period_everything_is_as_at_first(engine: Engine, clock: MovableClock) -> None:
    tries(10, engine, clock)
    clock.forward(minutes=15)
    assert tries(50, engine, clock) == 10


def test_the_sentence_says_how_many_minutes_to_wait(engine: Engine, clock: MovableClock) -> None:
    tries(10, engine, clock)
    with pytest.raises(TooManyTries) as refused:
        throttle.take(engine, clock, [Try("login", "anna", LIMIT)])
    assert "2 minuti" in refused.value.say("it") and "2 minutes" in refused.value.say("en")


def test_a_try_counts_nowhere_when_one_of_its_buckets_is_full(engine: Engine, clock: MovableClock) -> None:
    tries(10, engine, clock, whom="anna")
    both = [Try("login", "anna", LIMIT), Try("login", "bruno", LIMIT)]
    for _ in range(5):
        with pytest.raises(TooManyTries):
            throttle.take(engine, clock, both)
    assert tries(50, engine, clock, whom="bruno") == 10


def test_what_was_right_is_given_back(engine: Engine, clock: MovableClock) -> None:
    one = [Try("login", "anna", LIMIT)]
    for _ in range(100):
        throttle.take(engine, clock, one)
        throttle.give_back(engine, clock, one)
    assert tries(50, engine, clock) == 10


def test_giving_back_never_makes_room_for_more_than_the_limit(engine: Engine, clock: MovableClock) -> None:
    throttle.give_back(engine, clock, [Try("login", "anna", LIMIT)] * 5)
    assert tries(50, engine, clock) == 10


def test_forgetting_lets_somebody_in_again_at_once(engine: Engine, clock: MovableClock) -> None:
    tries(10, engine, clock)
    with engine.begin() as connection:
        throttle.forget(connection, [Try("login", "anna", LIMIT)])
    assert tries(1, engine, clock) == 1


def test_tries_at_the_same_moment_cannot_slip_past_the_limit(engine: Engine, clock: MovableClock) -> None:
    let_through: list[int] = []
    threads = [threading.Thread(target=lambda: let_through.append(tries(5, engine, clock))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_through) == 10


def test_the_database_holds_no_name_that_somebody_typed(engine: Engine, clock: MovableClock) -> None:
    throttle.take(engine, clock, [Try("login", "anna.verdi", LIMIT), Try("login", "\x00\ud800" * 5000, LIMIT)])
    with engine.begin() as connection:
        keys = connection.execute(sa.select(throttle_bucket.c.key)).scalars().all()
    assert len(keys) == 2 and not any("anna" in key or len(key) > 128 for key in keys)


def test_buckets_that_nobody_fills_are_forgotten(engine: Engine, clock: MovableClock) -> None:
    tries(1, engine, clock, whom="anna")
    clock.forward(days=3)
    tries(1, engine, clock, whom="bruno")
    with engine.begin() as connection:
        throttle.sweep(connection, clock)
        assert connection.execute(sa.select(sa.func.count()).select_from(throttle_bucket)).scalar_one() == 1


def test_a_clock_that_is_set_back_opens_and_closes_nothing(engine: Engine, clock: MovableClock) -> None:
    tries(10, engine, clock)
    clock.now -= timedelta(hours=1)
    assert tries(1, engine, clock) == 0


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_an_address_counts_as_the_network_that_one_person_holds(address: str | None, counted_as: str) -> None:
    assert network(address) == counted_as


@given(number=st.integers(1, 999_999_999), period=st.integers(1, 999_999), unit=st.sampled_from("smh"))
def test_a_limit_is_what_was_written(number: int, period: int, unit: str) -> None:
    limit = Limit(f"{number}/{period}{unit}")
    assert limit.tries == number and limit.period == timedelta(seconds=period * {"s": 1, "m": 60, "h": 3600}[unit])
    assert Limit(str(limit)) == limit


@pytest.mark.parametrize("written", ["", "10", "0/1m", "10/0m", "10/1d", "-1/1m", "1e3/1m", "ten/1m", "10 per 1m"])
def test_what_is_no_limit_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="10/15m"):
        Limit(written)

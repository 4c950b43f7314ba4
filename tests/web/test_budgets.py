"""Leaking buckets: what is spent beyond what time brings is waited for, name by name."""

from hypothesis import given
from hypothesis import strategies as st

from portal_lib.web import budgets
from portal_lib.web.budgets import Budgets
from tests.web.test_openings import Watch


def of(saved=5.0, most_owed=100.0):
    watch = Watch()
    return Budgets(saved, most_owed, watch), watch


def test_what_was_saved_up_is_spent_at_once_and_what_follows_is_owed():
    spent, _ = of(saved=5.0)
    assert [spent.spend("c-1", 2.0) for _ in range(4)] == [0.0, 0.0, 1.0, 3.0]
    assert spent.owes("c-1") == 3.0


def test_time_pays_and_saves_no_more_than_it_may():
    spent, watch = of(saved=5.0)
    spent.spend("c-1", 8.0)
    watch.now = 2.0
    assert spent.owes("c-1") == 1.0
    watch.now = 1000.0
    assert spent.owes("c-1") == 0.0
    assert [spent.spend("c-1", 5.0), spent.spend("c-1", 1.0)] == [0.0, 1.0]


def test_one_names_debt_is_not_anothers():
    spent, _ = of()
    spent.spend("c-1", 50.0)
    assert spent.owes("c-2") == 0.0 and spent.spend("c-2", 5.0) == 0.0


def test_a_debt_has_an_end():
    spent, watch = of(most_owed=10.0)
    assert spent.spend("c-1", 1000.0) == 10.0
    watch.now = 10.0
    assert spent.owes("c-1") == 0.0


@given(st.lists(st.floats(0.001, 3.0), min_size=1, max_size=100), st.floats(0.1, 10.0))
def test_who_waits_as_told_spends_no_more_than_they_saved_and_time_brought(costs, saved):
    spent, watch = of(saved=saved, most_owed=1000.0)
    for cost in costs:
        watch.now += spent.spend("c-1", cost)
    assert sum(costs) <= saved + watch.now + 1e-6


def test_what_is_remembered_has_an_end_and_great_debts_are_remembered_longest():
    spent, watch = of(most_owed=1e9)
    spent.spend("c-worst", 1e8)
    for number in range(3 * budgets.MOST_REMEMBERED):
        watch.now += 0.001
        spent.spend(f"c-{number}", 1000.0)
    assert len(spent) <= budgets.MOST_REMEMBERED and spent.owes("c-worst") > 0

"""A visitor opens pages as fast as people do."""

from portal_lib.web.openings import AT_ONCE, EVERY_SECONDS, Openings


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


def test_what_is_remembered_has_an_end():
    watch = Watch()
    openings = Openings(watch)
    for number in range(30_000):
        watch.now += 1.0
        openings.may(f"c-{number}")
    assert len(openings._paid_until) <= 10_000

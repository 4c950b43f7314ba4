"""A page that no browser shows is told from one whose connection is lost for a moment."""

from portal_lib.web.lost_pages import EVERY_SECONDS, LostPages
from tests.web.test_openings import Watch


def test_a_page_is_lost_once_it_has_not_been_seen_for_so_long():
    watch = Watch()
    pages = LostPages(watch)
    pages.seen("k-1")
    watch.now = 10.0
    pages.seen("k-2")
    watch.now = 45.0
    assert pages.unseen_for(45) == ["k-1"]
    pages.seen("k-1")
    watch.now = 60.0
    assert pages.unseen_for(45) == ["k-2"]


def test_a_connection_that_closes_counts_as_seen_unless_it_had_been_silent():
    watch = Watch()
    pages = LostPages(watch)
    pages.seen("answered")
    pages.seen("silent")
    watch.now = EVERY_SECONDS + 1.0
    pages.disconnected("answered")
    watch.now = 40.0
    pages.disconnected("silent")
    watch.now = 46.0
    assert pages.unseen_for(45) == ["silent"]


def test_a_page_that_ended_and_one_that_never_was_are_not_lost():
    watch = Watch()
    pages = LostPages(watch)
    pages.seen("k-1")
    pages.forget("k-1")
    pages.disconnected("k-2")
    watch.now = 1000.0
    assert pages.unseen_for(45) == []

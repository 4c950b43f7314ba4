"""The record of events in people's words: no event without its name, none missing from the operators' manual."""

import re
from pathlib import Path

import pytest

from portal_lib.accounts.audit import Event
from portal_lib.accounts.event_words import WORDS, event_in_words, facts_in_words

MANUAL = Path(__file__).parents[2] / "docs" / "operators.md"


@pytest.mark.parametrize("event", Event, ids=lambda event: event.value)
def test_every_event_has_a_name_of_its_own_in_both_languages(event: Event) -> None:
    italian, english = event_in_words(event.value, "it"), event_in_words(event.value, "en")
    assert italian and english and italian != english
    assert sum(said.it == italian for said in WORDS.values()) == 1


@pytest.mark.parametrize("event", Event, ids=lambda event: event.value)
def test_every_event_stands_in_the_manual_under_its_name(event: Event) -> None:
    row = re.search(rf"^\| `{re.escape(event.value)}` \| (.*?) \|", MANUAL.read_text(encoding="utf-8"), re.M)
    assert row is not None and row[1] == event_in_words(event.value, "en")


def test_the_manual_names_no_event_that_there_is_not() -> None:
    named = re.findall(r"^\| `([a-z-]+:[a-z-]+)` \|", MANUAL.read_text(encoding="utf-8"), re.M)
    assert sorted(named) == sorted(event.value for event in Event)


@pytest.mark.parametrize("event", Event, ids=lambda event: event.value)
def test_every_name_keeps_the_grammar(event: Event) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*:[a-z]+(-[a-z]+)*", event.value)


def test_facts_are_said_in_words_and_what_a_person_chose_is_left_as_it_is() -> None:
    assert facts_in_words({"by": "anna", "from_state": "waiting"}, "it") == "da: anna · era: in attesa di attivazione"
    assert facts_in_words({"label": "active", "second_factor": True}, "en") == "label: active · second factor: yes"
    assert facts_in_words({"something-new": 3}, "it") == "something-new: 3"


def test_an_event_of_a_newer_version_is_shown_by_its_own_name() -> None:
    assert event_in_words("moon:landed-on", "it") == "moon:landed-on"

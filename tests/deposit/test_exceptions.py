import inspect
import string

import pytest

from portal_lib.deposit import exceptions
from portal_lib.refused import Refused

REFUSALS = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(kind, Refused) and kind is not Refused
]


def facts(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_a_sentence_in_both_languages_about_the_same_facts(kind: type[Refused]) -> None:
    assert kind.__doc__
    for sentence in (kind.it, kind.en):
        assert sentence[-1] in ".}"
    assert facts(kind.it) <= facts(kind.en)
    said = kind(**dict.fromkeys(facts(kind.it) | facts(kind.en), "?"))
    assert "{" not in said.say("it") + said.say("en")

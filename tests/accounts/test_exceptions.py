import inspect
import string

import pytest

from portal_lib.accounts import exceptions
from portal_lib.refused import Refused

ALL = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(kind, Refused) and kind is not Refused
]


@pytest.mark.parametrize("kind", ALL)
def test_each_mistake_has_its_sentence_in_both_languages_over_the_same_facts(kind: type[Refused]) -> None:
    def names(template: str) -> set[str]:
        return {name.rpartition("_")[0] or name for _, name, _, _ in string.Formatter().parse(template) if name}

    assert kind.it.endswith((".", "@", "}", ")")) and kind.en.endswith((".", "@", "}", ")"))
    assert kind.it != kind.en
    assert names(kind.en) <= names(kind.it)

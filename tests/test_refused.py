"""Every sentence that a person can be told stands in both languages, and can be said with the facts it names."""

import importlib
import pkgutil
import re
import string

import pytest

import portal_lib
from portal_lib.refused import Refused


def _everywhere():
    for module in pkgutil.walk_packages(portal_lib.__path__, "portal_lib."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
    found, waiting = [], [Refused]
    while waiting:
        subclasses = [kind for kind in waiting.pop().__subclasses__() if kind.__module__.startswith("portal_lib")]
        found += subclasses
        waiting += subclasses
    return [kind for kind in found if kind.it or kind.en or not kind.__subclasses__()]


def _facts(template):
    """The facts that a sentence names; one that is itself words comes as a pair, ``reason`` and ``reason_it``."""
    names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    return {re.sub(r"_(it|en)$", "", re.split(r"[.\[]", name)[0]) for name in names}


@pytest.mark.parametrize("kind", _everywhere(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_refusal_has_its_sentence_in_italian_and_in_english(kind):
    assert kind.it.strip() and kind.en.strip()
    assert kind.it != kind.en
    assert _facts(kind.it) <= _facts(kind.en), "the Italian sentence names a fact that the English one lacks"
    assert kind.it[0].isupper() or kind.it[0] in "«{"
    assert kind.en[0].isupper() or kind.en[0] in "“«{"


def test_a_refusal_says_its_facts_in_both_languages():
    class Example(Refused):
        it = "Manca {what}."
        en = "{what} is missing."

    refusal = Example("field", what="X")
    assert (refusal.say("it"), str(refusal), refusal.field) == ("Manca X.", "X is missing.", "field")

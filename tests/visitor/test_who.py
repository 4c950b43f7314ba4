import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.visitor import Visitor
from portal_lib.visitor.exceptions import NoVisitor


def test_the_environment_names_the_visitor() -> None:
    said = {"PORTAL_VISITOR": '{"name": "c-7f3k", "codes": ["10002001", "10002002"]}'}
    assert Visitor.from_environment(said) == Visitor("c-7f3k", frozenset({"10002001", "10002002"}))


def test_staff_are_told_but_have_no_codes_by_that() -> None:
    said = {"PORTAL_VISITOR": '{"name": "s-ada", "codes": [], "staff": true}'}
    assert Visitor.from_environment(said) == Visitor("s-ada", frozenset(), staff=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"c-1"',
        "{",
        "{}",
        '{"name": "c-1"}',
        '{"codes": []}',
        '{"name": "", "codes": []}',
        '{"name": 1, "codes": []}',
        '{"name": "c-1", "codes": "10002001"}',
        '{"name": "c-1", "codes": {"10002001": true}}',
        '{"name": "c-1", "codes": [10002001]}',
        '{"name": "c-1", "codes": [""]}',
        '{"name": "c-1", "codes": [], "staff": "yes"}',
        '{"name": "c-1", "codes": [], "admin": true}',
        "[" * 100_000,
    ],
)
def test_a_visitor_that_is_not_clearly_named_is_nobody(text: str) -> None:
    with pytest.raises(NoVisitor) as raised:
        Visitor.from_environment({"PORTAL_VISITOR": text})
    assert "10002001" not in raised.value.say("en")


def test_without_the_variable_there_is_no_visitor() -> None:
    with pytest.raises(NoVisitor):
        Visitor.from_environment({})


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda part: st.lists(part) | st.dictionaries(st.sampled_from(["name", "codes", "staff", "x"]), part),
    )
)
def test_no_json_makes_a_visitor_with_other_codes_than_it_lists(said: object) -> None:
    try:
        visitor = Visitor.from_environment({"PORTAL_VISITOR": json.dumps(said)})
    except NoVisitor:
        return
    assert isinstance(said, dict) and visitor.codes == frozenset(said["codes"]) and visitor.name == said["name"]

"""Who a visitor is comes from the Hub's answer, and from its groups alone."""

from hypothesis import given
from hypothesis import strategies as st

from portal_lib.web.visitors import guest_of


def test_customer_codes_are_the_customer_groups():
    guest = guest_of({"name": "c-1", "groups": ["customer-10", "customer-20"]})
    assert guest.visitor.name == "c-1" and guest.visitor.codes == {"10", "20"} and not guest.staff


def test_somebody_in_no_group_sees_nothing():
    assert guest_of({"name": "c-1"}).visitor.codes == frozenset()


def test_staff_are_staff_and_hold_no_customer_code():
    guest = guest_of({"name": "s-anna", "groups": ["analysts"]})
    assert guest.staff and not guest.visitor.codes


@given(st.lists(st.text(max_size=20)))
def test_no_other_group_ever_gives_a_code(groups):
    codes = guest_of({"name": "x", "groups": groups}).visitor.codes
    assert codes == {group[len("customer-") :] for group in groups if group.startswith("customer-")}

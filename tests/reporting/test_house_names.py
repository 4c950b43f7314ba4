import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.reporting.house_names import house_name
from portal_lib.reporting.periods import Period

SEPTEMBER = Period(2024, 9)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Curve orarie", "R4_curve-orarie_2024-09_10002001_v1.xlsx"),
        ("Qualità & continuità", "R4_qualita-continuita_2024-09_10002001_v1.xlsx"),
        ("電気", "R4_2024-09_10002001_v1.xlsx"),
    ],
)
def test_a_name_tells_report_title_month_customer_and_version(title: str, name: str) -> None:
    assert house_name("R4", title, SEPTEMBER, "10002001", 1, "xlsx") == name


@given(st.text(max_size=200), st.text(min_size=1, max_size=8))
def test_any_title_and_code_make_a_name_that_a_deposit_takes(title: str, code: str) -> None:
    from portal_lib.deposit.depositing import _plain

    assert _plain(house_name("R4", title, SEPTEMBER, code, 12, "csv"))

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering.exceptions import BadPod
from portal_lib.metering.identifiers import normal_pod

pods = st.from_regex(r"IT[0-9]{3}E[0-9A-Z]{8}", fullmatch=True)


@given(pods, st.sampled_from(["", "1", "A"]), st.sampled_from(["", " ", "\t"]), st.booleans())
def test_case_blanks_and_a_15th_character_make_no_difference(pod: str, more: str, blank: str, low: bool) -> None:
    typed = f"{blank}{pod}{more}{blank}"
    assert normal_pod(typed.lower() if low else typed) == pod


@given(pods)
def test_a_normal_pod_stays_as_it_is(pod: str) -> None:
    assert normal_pod(normal_pod(pod)) == pod


@pytest.mark.parametrize(
    "text",
    [
        "",
        "IT001E0000000",
        "IT001E0000000112",
        "FR001E00000001",
        "IT0O1E00000001",
        "IT001F00000001",
        "IT001E0000 001",
        "IT001E00000001\n<script>",
        "ıt001e00000001",
        "IT٠٠١E00000001",
        "12345678901234",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadPod, match="is not a POD"):
        normal_pod(text)


@given(st.text(max_size=40))
def test_whatever_is_typed_ends_in_a_normal_pod_or_a_refusal(text: str) -> None:
    try:
        found = normal_pod(text)
    except BadPod as refusal:
        assert "POD" in refusal.say("it")
    else:
        assert len(found) == 14 and found.isascii() and found == found.upper()

"""What an address asks for is taken whole or refused with a sentence that names the word at fault."""

import pytest

from portal_lib.exports import exceptions as refusals
from portal_lib.exports.asked import LONGEST_DAYS, asked
from portal_lib.visitor import NotYours
from tests.exports.conftest import GAPS, OTHERS, REGISTERS, WHOLE


def test_what_is_left_out_has_a_usual_value(ask):
    found = ask()
    assert (found.step, found.magnitude, found.style, found.page, found.unit) == ("ora", "Ea", "it", None, "kWh")
    assert ask(kind="json").style == "iso"
    assert ask(grandezza="Er").unit == "kvarh"


def test_the_range_is_half_open(ask):
    found = ask(da="2024-02-28", a="2024-03-01")
    assert (found.first.isoformat(), found.last.isoformat()) == ("2024-02-28", "2024-02-29")


def test_points_come_once_each_in_the_order_asked_for(ask):
    assert [point.pod for point in ask(punti=f"{REGISTERS},{WHOLE.lower()} ,{REGISTERS}").points] == [REGISTERS, WHOLE]
    assert [point.pod for point in ask(punti="tutti").points] == [WHOLE, GAPS, REGISTERS]


@pytest.mark.parametrize("pod", [OTHERS, "IT999E99999999", "x", "'; drop table holder", "tutti,", "\x00"])
def test_a_point_that_is_anothers_and_one_that_is_nobodys_are_refused_alike(ask, pod):
    with pytest.raises(NotYours) as refusal:
        ask(punti=f"{WHOLE},{pod}")
    assert str(refusal.value) == str(NotYours())


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ({"punti": ""}, refusals.NoPoints),
        ({"punti": " , "}, refusals.NoPoints),
        ({"da": ""}, refusals.NotADate),
        ({"da": "2024-13-01"}, refusals.NotADate),
        ({"da": "20240501"}, refusals.NotADate),
        ({"a": "domani"}, refusals.NotADate),
        ({"a": "2024-05-01"}, refusals.RangeEmpty),
        ({"a": "2023-05-01"}, refusals.RangeEmpty),
        ({"da": "1024-05-01"}, refusals.RangeTooLong),
        ({"passo": "minuto"}, refusals.NoSuchChoice),
        ({"grandezza": "ea"}, refusals.NoSuchChoice),
        ({"formato": "en"}, refusals.NoSuchChoice),
        ({"pagina": "0"}, refusals.NotAPage),
        ({"pagina": "-1"}, refusals.NotAPage),
        ({"pagina": "1e3"}, refusals.NotAPage),
        ({"dal": "2024-05-01"}, refusals.UnknownWord),
    ],
)
def test_what_can_not_be_asked_is_refused_by_name(ask, words, refusal):
    with pytest.raises(refusal) as refused:
        ask(**words)
    for language in ("it", "en"):
        sentence = refused.value.say(language)
        assert any(word in sentence for word in words) or refusal in (refusals.RangeEmpty, refusals.RangeTooLong)


def test_a_word_that_comes_twice_is_refused(door):
    with pytest.raises(refusals.WordTwice):
        asked({"da": ["2024-01-01", "2024-02-01"]}, door.supply_points(), "csv")


def test_ten_years_are_the_longest_range(ask):
    assert (ask(da="2014-05-01", a="2024-05-01").end - ask(da="2014-05-01", a="2024-05-01").first).days <= LONGEST_DAYS
    with pytest.raises(refusals.RangeTooLong, match=str(LONGEST_DAYS)):
        ask(da="2013-05-01", a="2024-05-01")


def test_more_rows_than_a_sheet_is_meant_to_hold_are_refused_for_xlsx_alone(ask):
    words = {"punti": "tutti", "da": "2020-01-01", "a": "2024-01-01", "passo": "quarto"}
    with pytest.raises(refusals.TooManyRows, match="CSV"):
        ask(kind="xlsx", **words)
    assert ask(kind="csv", **words)
    assert ask(kind="xlsx", **words | {"pagina": "1"})

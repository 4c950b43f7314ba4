"""The list of pages: what it may say, and that a mistake in it is named."""

from pathlib import Path

import pytest

from portal_lib.language import speak
from portal_lib.visitor import Visitor
from portal_lib.web.manifest import BadManifest, read
from portal_lib.web.visitors import Guest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

ENTRY = {"address": "consumi", "title": "CONSUMI", "title_en": "USE", "notebook": "consumi.ipynb", "group": "customers"}


def written(folder, *entries):
    (folder / "consumi.ipynb").write_text("{}")
    (folder / "pages.toml").write_text(
        "\n".join("[[page]]\n" + "\n".join(f'{key} = "{value}"' for key, value in entry.items()) for entry in entries)
    )
    return folder


def guest(*codes, staff=False):
    return Guest(Visitor(name="c-1", codes=frozenset(codes)), staff=staff)


def test_the_portals_own_pages_are_those_that_customers_were_promised():
    assert [(page.address, page.title) for page in read(NOTEBOOKS)] == [
        ("inizio", "INIZIO"),
        ("download", "DOWNLOAD"),
        ("grafici-avanzati", "GRAFICI AVANZATI"),
    ]


@pytest.mark.parametrize(
    ("group", "visitors"),
    [("customers", [True, True, True]), ("customer-B", [False, True, False]), ("staff", [False, False, True])],
)
def test_a_page_is_open_to_its_group_only(tmp_path, group, visitors):
    (page,) = read(written(tmp_path, ENTRY | {"group": group}))
    assert [page.open_to(who) for who in (guest("A"), guest("A", "B"), guest("A", staff=True))] == visitors


def test_its_title_is_in_the_language_spoken(tmp_path):
    (page,) = read(written(tmp_path, ENTRY))
    assert page.said == "CONSUMI"
    speak("en")
    try:
        assert page.said == "USE"
    finally:
        speak("it")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"address": "../etc"}, "can't be a page's address"),
        ({"address": "internal"}, "can't be a page's address"),
        ({"notebook": "../analisi/carico.ipynb"}, "no notebook of this folder"),
        ({"notebook": "manca.ipynb"}, "no notebook manca.ipynb"),
        ({"title": " "}, "empty value"),
        ({"group": "tutti"}, "no group"),
        ({"colour": "red"}, "nothing else"),
    ],
)
def test_a_mistake_is_named(tmp_path, change, reason):
    with pytest.raises(BadManifest, match=r"pages\.toml") as refused:
        read(written(tmp_path, ENTRY | change))
    assert reason in str(refused.value)


def test_a_list_that_is_empty_twice_the_same_or_no_list_is_refused(tmp_path):
    for entries in ((), (ENTRY, ENTRY)):
        with pytest.raises(BadManifest):
            read(written(tmp_path, *entries))
    for text in ("[[page", "page = 3"):
        (tmp_path / "pages.toml").write_text(text)
        with pytest.raises(BadManifest):
            read(tmp_path)
    with pytest.raises(BadManifest):
        read(tmp_path / "nowhere")

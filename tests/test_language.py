"""No text that a customer sees is left out of a language: templates, catalogues, sentences in code, mails."""

import ast
import json
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from portal_lib import language
from portal_lib.language import Said, language_of_cookies, speak, spoken, translated

CHECKOUT = Path(__file__).parents[1]
TEMPLATES = sorted(
    [
        *(CHECKOUT / "hub_config" / "templates").glob("*.html"),
        *(CHECKOUT / "portal_lib" / "web" / "templates").iterdir(),
    ]
)
CATALOGUES = sorted((CHECKOUT / "hub_config" / "locale" / "en").glob("*.po"))

#: What stands in pages and is the same in every language: names of pages, languages, standards.
NAMES = {"DOWNLOAD", "GRAFICI AVANZATI", "English", "Italiano", "JupyterLab", "SHA", "POD", "CSV", "ZIP", "JSON"}

#: Attributes that people read or hear.
_SPOKEN_ATTRIBUTES = re.compile(
    r"\b(?:title|aria-label|alt|placeholder|content|data-(?!base|jp|voila)[\w-]+)=\"([^\"]*)\""
)


def _without(pattern: str, text: str) -> str:
    return re.sub(pattern, " ", text, flags=re.DOTALL)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", text))


def _bare_text(source: str) -> str:
    """What a template says by itself, outside of every expression, translated block, tag, script and comment."""
    text = _without(r"\{#.*?#\}", source)
    text = _without(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", text)
    text = _without(r"\{%.*?%\}", text)
    text = _without(r"\{\{.*?\}\}", text)
    text = _without(r"<(script|style)\b.*?</\1>", text)
    attributes = " ".join(
        match[1] for match in _SPOKEN_ATTRIBUTES.finditer(text) if "width=device-width" not in match[1]
    )
    text = _without(r"<[^>]*>", text)
    return f"{_without(r'&[a-z]+;', text)} {attributes}"


def _asked_for(source: str) -> set[str]:
    """Every text that a template asks the catalogue for, and every sentence that it holds as a value."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.filters["translated"] = str
    tree = environment.parse(source)
    asked = {message for _, _, message in environment.extract_translations(source) if isinstance(message, str)}
    for call in tree.find_all(nodes.Filter):
        if call.name == "translated" and isinstance(call.node, nodes.Const):
            asked.add(call.node.value)
    held = {const.value for const in tree.find_all(nodes.Const) if isinstance(const.value, str)}
    return asked | {text for text in held if re.match(r"[A-ZÀ-Ý][^<>={}]* [^<>={}]*$", text)}


def _catalogue(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="en") if message.id}


@pytest.fixture(autouse=True)
def italian_again():
    yield
    speak("it")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_that_cannot_be_translated(template):
    bare = _bare_text(template.read_text(encoding="utf-8"))
    for name in sorted(NAMES, key=len, reverse=True):
        bare = bare.replace(name, " ")
    assert not _words(bare), f"write it as {{{{ _(…) }}}} or {{% trans %}}: {sorted(_words(bare))}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_text_of_a_template_has_its_english(template):
    missing = _asked_for(template.read_text(encoding="utf-8")) - set(language.catalogue()) - NAMES
    assert not missing


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_a_catalogue_is_whole_and_keeps_the_places_of_names(path):
    for italian, english in _catalogue(path).items():
        assert english.strip(), f"«{italian}» has no English"
        assert sorted(re.findall(r"%\(\w+\)s", italian)) == sorted(re.findall(r"%\(\w+\)s", english)), italian
        assert re.findall(r"</?\w+", italian) == re.findall(r"</?\w+", english), f"other markup: {italian}"


def test_two_catalogues_never_say_the_same_differently():
    seen: dict[str, str] = {}
    for path in CATALOGUES:
        for italian, english in _catalogue(path).items():
            assert seen.setdefault(italian, english) == english, f"«{italian}» in {path.name}"


def _texts_of_notebooks() -> set[str]:
    """Every paragraph of the customer pages' own text cells."""
    cells = [
        cell
        for path in sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    paragraphs = [text for cell in cells for text in "".join(cell["source"]).split("\n\n")]
    return {text.lstrip("#").strip() for text in paragraphs}


def test_every_paragraph_of_a_notebook_has_its_english():
    assert not _texts_of_notebooks() - set(language.catalogue()) - NAMES - {"INIZIO"}


def test_no_catalogue_holds_what_nobody_asks_for():
    asked: set[str] = set()
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for template in TEMPLATES:
        asked |= _asked_for(template.read_text(encoding="utf-8"))
        asked |= {
            const.value
            for const in environment.parse(_filterless(template)).find_all(nodes.Const)
            if isinstance(const.value, str)
        }
    asked |= _texts_of_notebooks()
    left_over = {text for path in CATALOGUES for text in _catalogue(path)} - asked
    assert not left_over


def _filterless(template: Path) -> str:
    return re.sub(r"\|\s*translated", "", template.read_text(encoding="utf-8"))


def _sayings():
    for path in sorted((CHECKOUT / "portal_lib").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Said":
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                if any(isinstance(part, ast.Starred) for part in given):
                    continue
                yield pytest.param(given, id=f"{path.relative_to(CHECKOUT)}:{call.lineno}")


@pytest.mark.parametrize("given", _sayings())
def test_what_code_says_is_said_in_both_languages(given):
    assert len(given) == 2
    italian, english = (ast.unparse(text) for text in given)
    assert len(italian) > 2 and len(english) > 2
    # Words that differ by language are computed beforehand, under the languages' names.
    holes = [sorted(set(re.findall(r"\{(\w+)[^}]*\}", text)) - {"it", "en"}) for text in (italian, english)]
    assert holes[0] == holes[1], "the two sentences name different facts"


def test_no_page_of_the_hub_or_the_service_speaks_one_language_only():
    for folder in ("hub", "web"):
        for path in (CHECKOUT / "portal_lib" / folder).rglob("*.py"):
            assert '.say("it")' not in path.read_text(encoding="utf-8"), path


def test_pages_speak_italian_until_somebody_chooses_english():
    assert spoken() == "it" and translated("Esci") == "Esci"
    speak("en")
    assert translated("Esci") == "Log out"
    assert translated("un testo che nessuno ha tradotto") == "un testo che nessuno ha tradotto"


@pytest.mark.parametrize(
    ("header", "speaks"),
    [
        ("", "it"),
        ("portale-lingua=en", "en"),
        ("a=b; portale-lingua=en; c=d", "en"),
        ("portale-lingua=it", "it"),
        ("portale-lingua=de", "it"),
        ("xportale-lingua=en", "it"),
        ("portale-lingua=en-GB", "it"),
        ("a=portale-lingua=en", "it"),
    ],
)
def test_the_cookie_chooses_among_our_languages_and_nothing_else(header, speaks):
    assert language_of_cookies(header) == speaks


def test_what_is_said_with_facts_keeps_them_as_they_are():
    assert Said("Ciao {name}", "Hello {name}").say("en", name="{login} <b>") == "Hello {login} <b>"

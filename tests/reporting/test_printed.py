"""The printed form, opened by readers that are not ours: what it claims, what it says, what a screen reader gets."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_lib.language import LANGUAGES, Language
from portal_lib.reporting import checking, figures, printed
from portal_lib.reporting.completeness import Completeness
from portal_lib.reporting.periods import Period
from portal_lib.reporting.sheets import Report, Section, Sheet
from tests.reporting.test_documents import ABOUT, COLUMNS, ROWS, TOTAL, of

BARS: list[figures.Bar] = [("IT001E00000001", {"F1": 200_000, "F2": 60_000, "F3": 9_281})]


def made(language: Language = "it", **changed: Any) -> Report:
    sheet = Sheet("Consumi", COLUMNS, ROWS)
    sections = (
        Section("Quanto", "Una frase.", figures.lying(BARS, "Energia per punto", language)),
        Section("Tabella", table=sheet),
    )
    return replace(of(ROWS), about=ABOUT, language=language, sections=sections, **changed)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("printed") / "report.pdf"
    printed.write(made(), file)
    return file


def texts(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def tags(path: Path) -> list[tuple[str, str]]:
    """Every element of the structure tree: its kind, and the words that stand for it."""

    def walk(node: Any) -> Iterator[tuple[str, str]]:
        if isinstance(node, pikepdf.Array):
            for kid in node:
                yield from walk(kid)
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            yield str(node["/S"]).lstrip("/"), str(node.get("/Alt", ""))
            yield from walk(node.get("/K", pikepdf.Array()))

    with pikepdf.open(path) as document:
        return list(walk(document.Root.StructTreeRoot.K))


def test_it_claims_pdf_a_2a_and_pdf_ua_1_and_has_title_language_and_tags(path: Path) -> None:
    with pikepdf.open(path) as document:
        assert document.open_metadata()["pdfaid:part"] == "2"
        assert document.open_metadata()["pdfaid:conformance"] == "A"
        assert document.open_metadata()["pdfuaid:part"] == "1"
        assert document.open_metadata()["dc:title"] == "Consumi mensili – Comune di Prova – settembre 2024"
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == "it"


def test_headings_tables_contents_and_figures_are_tagged_and_figures_have_words(path: Path) -> None:
    found = tags(path)
    kinds = {kind for kind, _ in found}
    assert kinds >= {"H1", "Table", "TH", "TD", "TOC", "TOCI", "Figure", "Caption"}
    (words,) = {alt for kind, alt in found if kind == "Figure" and alt}
    assert words == ("Barre impilate per fascia, in kWh. IT001E00000001: 269 kWh (F1 200, F2 60, F3 9)")


def test_every_font_is_embedded_and_none_is_the_machines(path: Path) -> None:
    with pikepdf.open(path) as document:
        fonts = [
            descendant.FontDescriptor
            for page in document.pages
            for font in page.resources.get("/Font", {}).values()
            for descendant in font.DescendantFonts
        ]
        assert fonts
        for descriptor in fonts:
            assert "SourceSansPro" in str(descriptor.FontName)
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys())


def test_the_first_page_says_for_whom_of_what_and_that_something_is_missing(path: Path) -> None:
    first = texts(path)[0]
    for words in (
        "Comune di Prova", "settembre 2024", "01234567897", "Report provvisorio, versione 3",
        "Mancano 15 giorni di letture su 60", "Energia attiva totale: 1.234.837,171 kWh", "Indice",
    ):  # fmt: skip
        assert words in first, words


def test_every_page_has_its_number_and_the_sources_stand_at_the_end(path: Path) -> None:
    pages = texts(path)
    for number, text in enumerate(pages, start=1):
        assert f"Pagina {number} di {len(pages)}" in text
    assert "a.xml" in pages[-1].replace("\u200b", "")


def test_numbers_are_written_as_the_language_writes_them(tmp_path: Path) -> None:
    printed.write(made("en"), tmp_path / "en.pdf")
    whole = "\n".join(texts(tmp_path / "en.pdf"))
    assert "Total active energy: 1,234,837.171 kWh" in whole
    assert "Report provisional, version 3" in whole
    assert re.search(r"Page 1 of\s+\d", whole)


def test_a_whole_report_says_so(tmp_path: Path) -> None:
    whole = replace(ABOUT, completeness=Completeness(points=3, days_owed=60, days_known=60))
    printed.write(replace(made(), about=whole), tmp_path / "whole.pdf")
    assert "Report completo, versione 3" in texts(tmp_path / "whole.pdf")[0]
    assert "Tutte le letture dei 60 giorni dovuti" in texts(tmp_path / "whole.pdf")[0]


def test_the_same_report_gives_the_same_bytes(tmp_path: Path, path: Path) -> None:
    printed.write(made(), tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == path.read_bytes()


def test_the_supplier_and_its_accent_are_those_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SUPPLIER_NAME", "Luce & Gas <srl>")
    monkeypatch.setenv("PORTAL_ACCENT", "javascript:")
    printed.write(made(), tmp_path / "one.pdf")
    monkeypatch.setenv("PORTAL_ACCENT", "#7a0b5d")
    printed.write(made(), tmp_path / "two.pdf")
    assert "LUCE & GAS <SRL>" in texts(tmp_path / "one.pdf")[0]
    assert (tmp_path / "one.pdf").read_bytes() != (tmp_path / "two.pdf").read_bytes()


def test_no_page_is_blank_where_pages_are_turned_into_pictures(path: Path) -> None:
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            shades = page.render(scale=0.5, grayscale=True).to_numpy()
            inked = float((shades < 128).mean())
            assert 0.001 < inked < 0.4


hostile = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(hostile)
def test_a_name_is_only_ever_text_never_a_command(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    file = tmp_path_factory.mktemp("hostile") / "report.pdf"
    printed.write(replace(made(), about=replace(ABOUT, recipient=f"#panic() $x$ {name}")), file)
    assert "#panic() $x$" in texts(file)[0]
    checking.check_document(file, "pdf", TOTAL)


def test_signs_without_a_shape_are_shown_as_such_and_those_of_every_report_have_one() -> None:
    known = [chr(code) for code in range(32, 0x250) if printed._PLAIN.fullmatch(chr(code))]
    assert printed._displayable({"a": ["".join(known), "a\u05c8\u0001\n", 1]}) == {"a": ["".join(known), "a??\n", 1]}
    assert {ord(sign) for sign in [*known, *"–’“”√…φ"]} <= printed._shapes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_printed_report_that_agrees_with_the_store_passes(tmp_path: Path, language: Language) -> None:
    printed.write(made(language), tmp_path / "report.pdf")
    checking.check_document(tmp_path / "report.pdf", "pdf", TOTAL)


def unfit(path: Path, energy: int = TOTAL["kWh totale"]) -> str:
    with pytest.raises(checking.DocumentUnfit) as found:
        checking.check_document(path, "pdf", {"kWh totale": energy})
    return str(found.value)


def test_a_single_watt_hour_of_difference_is_found(path: Path) -> None:
    assert "1234837.171 kWh" in unfit(path, TOTAL["kWh totale"] + 1)


def test_a_file_that_is_cut_off_or_no_pdf_is_found(tmp_path: Path, path: Path) -> None:
    for name, content in (("cut", path.read_bytes()[:2000]), ("text", b"POD;kWh"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        assert re.search("does not open|is empty", unfit(tmp_path / name))


def test_a_pdf_without_tags_or_without_its_claim_is_found(tmp_path: Path, path: Path) -> None:
    with pikepdf.open(path) as document:
        del document.Root["/MarkInfo"]
        document.save(tmp_path / "untagged.pdf")
    assert "no tags" in unfit(tmp_path / "untagged.pdf")
    with pikepdf.open(path) as document:
        del document.Root["/Metadata"]
        document.save(tmp_path / "unclaimed.pdf")
    assert "PDF/A-2a" in unfit(tmp_path / "unclaimed.pdf")


def test_a_pdf_with_an_empty_page_is_found(tmp_path: Path, path: Path) -> None:
    with pikepdf.open(path) as document:
        document.add_blank_page()
        document.save(tmp_path / "blank.pdf")
    assert "is empty" in unfit(tmp_path / "blank.pdf")


@pytest.mark.parametrize(
    ("text", "it", "en"),
    [
        ("2024-09", "settembre 2024", "September 2024"),
        ("2025-Q2", "2º trimestre 2025", "Q2 2025"),
        ("2025-H2", "2º semestre 2025", "H2 2025"),
        ("2024", "anno 2024", "2024"),
    ],
)
def test_a_period_is_called_by_its_name(text: str, it: str, en: str) -> None:
    from portal_lib.reporting import words

    period = Period.parse(text)
    assert (words.period(period.first, period.last, "it"), words.period(period.first, period.last, "en")) == (it, en)
    assert words.period(date(2025, 1, 2), date(2025, 1, 31), "it") == "dal 02/01/2025 al 31/01/2025"

import hashlib

from portal_lib.accounts.notice import notice


def test_the_fingerprint_is_of_the_text_as_shown() -> None:
    shown = notice("2026-01", "Energia Prova")
    assert shown.sha256 == hashlib.sha256(shown.text.encode()).hexdigest()
    assert "Energia Prova" in shown.text and "{" not in shown.text
    assert notice("2026-01", "Altra").sha256 != shown.sha256


def test_the_notice_says_that_it_is_a_sample_and_has_what_the_form_links_to() -> None:
    titles = [section.title for section in notice("2026-01", "Energia Prova").sections]
    assert titles[0] == "Testo di esempio"
    assert "Comunicazione dei miei dati a terzi" in titles
    assert all(section.paragraphs for section in notice("2026-01", "x").sections)

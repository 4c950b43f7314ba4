"""What browsers call themselves, in words that their owners know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.accounts.browsers import in_words

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox su Windows"),
        (f"{WINDOWS} {CHROME} Safari/537.36", "Chrome su Windows"),
        (f"{WINDOWS} {CHROME} Safari/537.36 Edg/126.0.0.0", "Edge su Windows"),
        (f"{WINDOWS} {CHROME} Safari/537.36 OPR/111.0", "Opera su Windows"),
        (f"Mozilla/5.0 (Linux; Android 14; SM-G991B) {CHROME} Mobile Safari/537.36", "Chrome su Android"),
        (
            f"Mozilla/5.0 (Linux; Android 14) {CHROME} SamsungBrowser/25.0 Mobile Safari/537.36",
            "Samsung Internet su Android",
        ),
        (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari su iPhone"),
        (f"{IPHONE} CriOS/126.0 Mobile/15E148 Safari/604.1", "Chrome su iPhone"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.4 Safari/605.1.15",
            "Safari su Mac",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox su Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Dispositivo sconosciuto"),
        ("x" * 500, "x" * 59 + "…"),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(agent: str, words: str) -> None:
    assert in_words(agent).it == words


@given(st.text(max_size=300))
def test_any_text_becomes_a_few_words(agent: str) -> None:
    said = in_words(agent)
    assert said.it and said.en and len(said.it) <= 60
    assert said.say("it") == said.it

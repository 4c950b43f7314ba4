"""What a browser calls itself, in words: «Firefox su Windows». Where it is not sure, it says less."""

import re

from portal_lib.language import Said

# In the order in which they are looked for: every browser also claims to be others that came before it.
_BROWSERS = (
    (r"\bEdg(?:A|iOS|e)?/", "Edge"),
    (r"\bOPR/|\bOpera\b", "Opera"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bVivaldi/", "Vivaldi"),
    (r"\b(?:Firefox|FxiOS)/", "Firefox"),
    (r"\b(?:Chrome|CriOS|HeadlessChrome|Chromium)/", "Chrome"),
    (r"\bVersion/[\d.]+ .*\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bWindows\b", "Windows"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bMacintosh\b|\bMac OS X\b", "Mac"),
    (r"\bLinux\b", "Linux"),
)
_LONGEST = 60


def in_words(agent: str) -> Said:
    """A ``User-Agent`` header in words; the start of the header itself where it is no browser that we know."""
    browser = next((name for pattern, name in _BROWSERS if re.search(pattern, agent)), None)
    system = next((name for pattern, name in _SYSTEMS if re.search(pattern, agent)), None)
    if browser and system:
        return Said(f"{browser} su {system}", f"{browser} on {system}")
    if browser or system:
        known = str(browser or system)
        return Said(known, known)
    text = agent.strip()
    if not text:
        return Said("Dispositivo sconosciuto", "Unknown device")
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return Said(short, short)

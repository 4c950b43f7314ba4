"""What axe-core finds wrong with a page by WCAG 2.1, levels A and AA, as a person would be told of it."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}

#: Width and height of a desktop's window and of a telephone's.
SIZES = {"desktop": (1280, 900), "telephone": (390, 844)}

_AXE = Axe()


def violations(page: Page) -> list[str]:
    """One line for each violation on the page as it stands: rule, what it is about, and the first elements."""
    found: list[dict[str, Any]] = _AXE.run(page, options=_RULES).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: " + " | ".join(node["html"][:160] for node in rule["nodes"][:3])
        for rule in found
    ]

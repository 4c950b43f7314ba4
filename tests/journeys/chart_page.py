"""GRAFICI AVANZATI in a browser: choosing what to see, and reading what is there."""

import re
from datetime import date
from decimal import Decimal

from playwright.sync_api import Page, expect

from tests.drawn import expect_bars, expect_drawn


class ChartPage:
    """The page, open in a browser window of somebody logged in."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self) -> "ChartPage":
        self.page.goto("/services/portale/grafici-avanzati")
        expect_drawn(self.page)
        return self

    def points(self) -> list[str]:
        return self.page.locator(".portale-forniture option").all_inner_texts()

    def choose_point(self, pod: str) -> None:
        label = next(text for text in self.points() if pod in text)
        self.page.locator(".portale-forniture select").select_option(label=label)
        expect(self.page).to_have_url(re.compile(rf"punti=({label[:14]}|tutti)&"), timeout=20_000)

    def views(self) -> list[str]:
        """The names on the buttons of the page's views."""
        return self.page.locator(".portale-viste button").all_inner_texts()

    def choose_view(self, name: str) -> None:
        """Another of the page's views, by the name on its button."""
        self.page.locator(".portale-viste").get_by_role("button", name=name, exact=True).click()

    def choose_days(self, first: date, last: date | None = None) -> None:
        dates = self.page.locator(".portal-controls input[type=date]")
        dates.nth(0).fill(first.isoformat())
        dates.nth(1).fill((last or first).isoformat())
        shown = f"Dal {first:%d/%m/%Y} al {last or first:%d/%m/%Y}"
        expect(self.page.locator(".portal-sentence")).to_contain_text(shown, timeout=20_000)
        expect(self.page).to_have_url(re.compile(f"da={first}&a={last or first}"), timeout=20_000)

    def choose_detail(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        step = {"Automatico": "(?!.*passo)", "Quarto d'ora": ".*passo=quarto", "Ora": ".*passo=ora"}
        step |= {"Giorno": ".*passo=giorno", "Mese": ".*passo=mese"}
        expect(self.page).to_have_url(re.compile(rf"\?{step[name]}"), timeout=20_000)

    def expect_bars(self, count: int) -> None:
        expect_bars(self.page, count)

    def expect_bars_as_tabled(self) -> None:
        """As many bars as the table has amounts of energy: an hour's, or those of a day's or a month's bands."""
        amounts = [cell for row in self.rows() for cell in (row[3:4] if ":" in row[1] else row[2:5])]
        expect_bars(self.page, sum(any(digit in "123456789" for digit in amount) for amount in amounts))

    def point_at(self, place: int, *, of: int, height: float = 0.98) -> None:
        """Move the mouse to one of so many columns: near the top, where hardly a bar reaches, or lower."""
        ground = self.page.locator(".portal-chart .bars-ground")
        ground.scroll_into_view_if_needed()
        box = ground.bounding_box()
        self.page.mouse.move(box["x"] + box["width"] * (place + 0.4) / of, box["y"] + box["height"] * (1 - height))
        self.page.mouse.move(box["x"] + box["width"] * (place + 0.5) / of, box["y"] + box["height"] * (1 - height))

    def summary(self) -> str:
        """What a screen reader hears of the chart."""
        return self.page.locator(".portale-sintesi").first.inner_text()

    def total(self) -> Decimal:
        text = self.page.locator("[data-band=total] strong").inner_text()
        return Decimal(re.sub(r"[^\d,]", "", text).replace(",", "."))

    def rows(self) -> list[list[str]]:
        """The table twin's rows; after a change the page's address and the table come a moment after the chart."""
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)
        script = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        return self.page.locator(".portale-parte").first.locator(".portal-twin tbody tr").evaluate_all(script)

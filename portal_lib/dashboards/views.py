"""The views of GRAFICI AVANZATI, by the names that its address has for them, in the order of its buttons."""

from portal_lib.dashboards.bands import band_shares
from portal_lib.dashboards.comparison import Comparison
from portal_lib.dashboards.curve import load_curve
from portal_lib.dashboards.duration import load_duration
from portal_lib.dashboards.heat_map import hour_map
from portal_lib.dashboards.power import power
from portal_lib.dashboards.ranking import Ranking
from portal_lib.dashboards.reactive import reactive_energy
from portal_lib.dashboards.typical_day import typical_day
from portal_lib.dashboards.view import Part
from portal_lib.language import Said


def views() -> dict[str, tuple[Said, Part]]:
    """Made anew for each page: some remember what was chosen in them."""
    return {
        "curva": (Said("Curva di carico", "Load curve"), load_curve),
        "confronto": (Said("Confronto", "Comparison"), Comparison()),
        "mappa": (Said("Mappa oraria", "Heat map"), hour_map),
        "giornotipo": (Said("Giorno tipo", "Typical day"), typical_day),
        "fasce": (Said("Fasce", "Bands"), band_shares),
        "durata": (Said("Durata", "Duration"), load_duration),
        "potenza": (Said("Potenza", "Power"), power),
        "reattiva": (Said("Reattiva", "Reactive"), reactive_energy),
        "forniture": (Said("Forniture", "Supply points"), Ranking()),
    }

"""What is handed to dashboards, reports and analysts opens the data database for reading and for nothing else."""

from portal_lib import db
from portal_lib.refused import Refused
from portal_lib.settings import Settings


class ReadAddressMayWrite(Refused):
    it = (
        "Il ruolo di data_read_url ({role}) può modificare la banca dati, e gli analisti ricevono il suo indirizzo. "
        "Lasciagli soltanto CONNECT, USAGE e SELECT (docs/postgresql.md) e riprova."
    )
    en = (
        "The role of data_read_url ({role}) may change the database, and analysts are given its address. "
        "Leave it CONNECT, USAGE and SELECT alone (docs/postgresql.md) and try again."
    )


class ReadAddressMayNotRead(Refused):
    it = (
        "Il ruolo di data_read_url ({role}) non può leggere {tables}. "
        "Dagli SELECT su tutte le tabelle (docs/postgresql.md) e riprova."
    )
    en = (
        "The role of data_read_url ({role}) may not read {tables}. "
        "Grant it SELECT on every table (docs/postgresql.md) and try again."
    )


def check_what_reads(settings: Settings) -> None:
    """Refuse an address for reading that is missing where it is needed, or whose role may do more or less than read."""
    url = settings.data_database_to_read
    if db.sqlite_file(url) is not None:
        return  # opened read-only by whoever opens it; file modes keep analysts from anything else
    rights = db.rights(url)
    if rights.writes:
        raise ReadAddressMayWrite(role=rights.role)
    if rights.unreadable:
        raise ReadAddressMayNotRead(role=rights.role, tables=", ".join(rights.unreadable))

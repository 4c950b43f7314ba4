"""Everything that is held about one person, as a ZIP of JSON that people and programs can read.

Never in it: password and token hashes, secrets, and the text of mails, which held links. The same account at the same
instant gives the same bytes.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts import audit
from portal_lib.accounts.exceptions import NoSuchLogin
from portal_lib.accounts.names import login_key
from portal_lib.accounts.own_password import prove
from portal_lib.accounts.tables import (
    account,
    account_customer,
    audit_event,
    consent,
    export_token,
    known_device,
    outgoing_mail,
    report_mail,
    session,
    staff_member,
)
from portal_lib.clock import ROME, Clock
from portal_lib.settings import Settings

#: What of each table goes out; what is not named here stays inside.
_OF_ACCOUNT = (
    "login", "kind", "state", "first_name", "last_name", "tax_code", "vat", "gender", "email", "mobile", "language",
    "created_at", "confirmed_at", "password_changed_at", "totp_since", "sign_on_subject", "hub_name",
)  # fmt: skip
_LISTS: Sequence[tuple[str, sa.Table, tuple[str, ...]]] = (
    ("customer_codes", account_customer, ("customer_code", "added_at", "approved_at")),
    ("staff", staff_member, ("group", "number")),
    ("consents", consent, ("purpose", "granted", "at", "notice_version", "notice_sha256", "channel")),
    ("sessions", session, ("started_at", "seen_at", "ended_at", "address", "agent")),
    ("known_devices", known_device, ("created_at", "seen_at")),
    ("export_tokens", export_token, ("label", "created_at", "expires_at", "used_at", "revoked_at")),
    ("report_mail", report_mail, ("wanted", "since", "sent_at")),
    ("events", audit_event, ("at", "event", "address", "detail")),
    ("mails", outgoing_mail, ("created_at", "sent_at", "recipient", "subject")),
)

_README = """\
I TUOI DATI
===========
Account: {login}
Preparato il {day} (ora italiana) da {supplier}.

account.json      i dati del tuo account, i codici cliente, i consensi con la loro storia, le sessioni, i dispositivi
                  riconosciuti, i codici di accesso per i programmi (senza il codice), gli eventi e le mail inviate
                  (data, destinatario e oggetto)
fornitura.json    i dati del cliente e dei punti di prelievo collegati ai tuoi codici cliente, e le ricevute dei
                  documenti che hai scaricato

Gli istanti in account.json e le ricevute sono in UTC. Non sono compresi password, codici segreti e testi delle mail,
che il portale non conserva in chiaro. Le letture dei tuoi punti di prelievo si scaricano da GRAFICI AVANZATI.


YOUR DATA
=========
Account: {login}
Made on {day} (Italian time) by {supplier}.

account.json      your account, customer codes, consents with their history, sessions, known devices, access codes for
                  programs (without the code itself), events, and the mails that were sent (date, recipient, subject)
fornitura.json    the customer and the supply points behind your customer codes, and the receipts of the documents
                  that you downloaded

Instants in account.json and those of receipts are UTC. Passwords, secrets and the texts of mails are not in here: the
portal does not keep them in clear. Readings of your supply points can be downloaded from GRAFICI AVANZATI.
"""


class SupplierRecords(Protocol):
    """What the supplier's own database holds about the person behind an account."""

    def held_about(self, hub_name: str, codes: Iterable[str], own: Iterable[str]) -> Mapping[str, Any]:
        """Lists by name, of rows as JSON takes them. ``codes`` are the customer codes that the account sees; ``own``
        are the person's own addresses and tax codes: nobody else's are told.
        """


def export_own(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    records: SupplierRecords,
    hub_name: str,
    password: str,
    *,
    address: str | None = None,
) -> bytes:
    """The ZIP for who gives the password. Slow (Argon2id); raises as :func:`own_password.prove` does."""
    row = prove(engine, clock, settings, hub_name, password, address=address)
    return _export(engine, clock, settings, records, row, by="owner", address=address)


def export_for(
    engine: Engine, clock: Clock, settings: Settings, records: SupplierRecords, login: str, *, by: str
) -> bytes:
    """The ZIP for staff who answer a person's request in writing; :class:`NoSuchLogin` where there is no account."""
    with db.reading(engine) as connection:
        row = connection.execute(sa.select(account).where(account.c.login_key == login_key(login))).one_or_none()
    if row is None or row.state == "erased":
        raise NoSuchLogin(login=login)
    return _export(engine, clock, settings, records, row, by=by, address=None)


def _export(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    records: SupplierRecords,
    row: sa.Row[Any],
    *,
    by: str,
    address: str | None,
) -> bytes:
    with engine.begin() as connection:
        audit.record(connection, audit.Event.ACCOUNT_EXPORTED, clock, account_id=row.id, address=address, by=by)
        held = _held(connection, row)
    codes = [link["customer_code"] for link in held["customer_codes"] if link["approved_at"] is not None]
    own = [value for value in (row.email, row.tax_code, row.vat) if value]
    day = clock().astimezone(ROME)
    return _zipped(
        day,
        {
            "README.txt": _README.format(login=row.login, day=f"{day:%d/%m/%Y %H:%M}", supplier=settings.supplier_name),
            "account.json": _json(held),
            "fornitura.json": _json(records.held_about(row.hub_name, codes, own)),
        },
    )


def _held(connection: Connection, row: sa.Row[Any]) -> dict[str, Any]:
    held: dict[str, Any] = {"account": {name: getattr(row, name) for name in _OF_ACCOUNT}}
    for name, table, columns in _LISTS:
        rows = connection.execute(
            sa.select(*(table.c[column] for column in columns))
            .where(table.c.account_id == row.id)
            .order_by(*table.primary_key.columns)
        )
        held[name] = [dict(found) for found in rows.mappings()]
    return held


def _json(content: Any) -> str:
    def plain(value: Any) -> str:
        if isinstance(value, datetime):  # naive UTC, as the database keeps instants
            return value.isoformat(timespec="seconds") + "Z"
        return str(value)

    return json.dumps(content, ensure_ascii=False, indent=2, default=plain) + "\n"


def _zipped(at: datetime, files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, date_time=(at.year, at.month, at.day, at.hour, at.minute, at.second))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, text.encode("utf-8", "replace"))
    return packed.getvalue()

"""Every setting of the portal, in one place.

Read from ``portal.toml`` (another file by ``PORTAL_CONFIG``), each overridable by a ``PORTAL_…`` variable of the
environment. ``docs/settings.md`` lists them all; a test holds the two together.
"""

import difflib
import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from portal_lib.limits import Limit
from portal_lib.refused import Refused

#: What the portal's own programs tell each other in the environment, and which file the settings are in.
_NOT_SETTINGS = frozenset(
    {"PORTAL_CONFIG", "PORTAL_VISITOR", "PORTAL_LANGUAGE", "PORTAL_READS_URL", "PORTAL_IN_NAMESPACE"}
)

#: A limit as it stands in the file and in the environment: 10/15m, and not JSON.
Tries = Annotated[Limit, NoDecode]


class BadSettings(Refused):
    it = "Impostazioni non valide: {reason}. Correggi {file} o le variabili PORTAL_… e riprova."
    en = "The settings can't be used: {reason}. Correct {file} or the PORTAL_… variables and try again."


class NoReadOnlyAddress(Refused):
    it = (
        "Manca data_read_url: su PostgreSQL pagine, report e analisti leggono con un ruolo che può soltanto leggere. "
        "Crea il ruolo (docs/postgresql.md), scrivi il suo indirizzo nelle impostazioni e riprova."
    )
    en = (
        "The setting data_read_url is missing: on PostgreSQL, pages, reports and analysts read as a role that may only "
        "read. Make the role (docs/postgresql.md), put its address into the settings and try again."
    )


class Settings(BaseSettings):
    """The portal's settings. Field descriptions are the manual: they are what ``docs/settings.md`` must say."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", extra="forbid", frozen=True)

    # Who we are
    supplier_name: str = Field("Fornitore di energia", description="Name of the supplier, in mails and pages.")
    portal_name: str = Field("Portale Clienti", description="Name of the portal, in the header of every page.")
    accent: str = Field(
        "#0b5d7a",
        pattern=r"^#[0-9A-Fa-f]{6}$",
        description="The supplier's colour, #rrggbb: headers, links and buttons of every page and report. Where it is "
        "too pale or too dark to read, pages use a darker or lighter one.",
    )
    logo: Path | None = Field(
        None, description="The supplier's logo, an SVG, PNG or WebP file of at most 64 KiB. Unset: the portal's own."
    )
    supplier_vat: str | None = Field(
        None,
        description="Partita IVA of the supplier. When set, a metering flow whose PIvaUtente differs is refused.",
    )
    distributor_vats: tuple[str, ...] = Field(
        (),
        description="Partite IVA of the distributors whose flows are taken. Empty: any.",
    )

    unscaled_distributors: tuple[str, ...] = Field(
        (),
        description="Partite IVA of the distributors whose hourly curves must still be multiplied by Ka (reactive "
        "ones by Kr). Others send them already multiplied.",
    )

    # Where things are
    var: Path = Field(Path("var"), description="Folder for everything the portal writes.")
    data_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the data database. Default: SQLite, var/data/data.sqlite."
    )
    data_read_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL of the data database for a role that may only read: what dashboards, reports and "
        "analysts open. Needed on PostgreSQL; on SQLite they open the database's file read-only.",
    )
    accounts_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL of the accounts database. Default: SQLite, var/accounts/accounts.sqlite.",
    )
    host: str = Field("127.0.0.1", description="Address on which the proxy listens.")
    port: int = Field(8000, ge=1, le=65535, description="Port on which the proxy listens.")
    public_url: str | None = Field(
        None,
        description="Address under which browsers reach the portal; links in mails start with it. "
        "Default: http://HOST:PORT.",
    )

    # Mail
    mail_from: str = Field("portale@localhost", description="Sender of the portal's mails.")
    smtp_host: str | None = Field(None, description="SMTP server. Unset: mails wait in the queue.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to the SMTP server is protected."
    )
    smtp_user: str | None = Field(None, description="User name for the SMTP server, where it asks for one.")
    smtp_password: SecretStr | None = Field(None, description="Password for the SMTP server.")
    outbox: bool = Field(
        False,
        description="Demo only: mails are written to var/outbox and can be read in the browser instead of sent.",
    )

    # Accounts
    confirmation_hours: int = Field(24, ge=1, description="How long the link that confirms a registration works.")
    reset_minutes: int = Field(60, ge=5, description="How long the link for choosing a new password works.")
    contact_link_days: int = Field(
        30, ge=1, description="How long the links work by which a customer's contact closes or approves an account."
    )
    organisation_approval: Literal["none", "contact", "staff"] = Field(
        "none",
        description="Who lets an account see an organisation's data: nobody has to, the organisation's contact on "
        "file by a link, or staff.",
    )
    store_gender: bool = Field(False, description="Whether the optional field «Sesso» is stored.")
    notice_version: str = Field("2026-01", description="Version of the privacy notice that consents refer to.")
    customer_service: str | None = Field(
        None, description="How customers reach the supplier, as pages and mails say it: a telephone number or address."
    )
    password_classes_until: int | None = Field(
        None,
        ge=15,
        description="Length from which a password needs no digit, capital and special character. Unset: every "
        "password needs them, as the customer guide says.",
    )
    breached_passwords_url: str | None = Field(
        None,
        description="Address of a range search for breached passwords (k-anonymity, such as "
        "https://api.pwnedpasswords.com/range/). Unset: not asked. Where it does not answer within a second, the "
        "password is taken.",
    )
    staff_second_factor: bool = Field(True, description="Whether staff with a local account must use a second factor.")
    second_factor_key: SecretStr | None = Field(
        None,
        description="Key that encrypts the secrets of second factors (Fernet). Default: made once, in "
        "var/accounts/second_factor.key.",
    )
    export_token_days: int = Field(
        365, ge=1, description="Longest life of a token with which a customer's own scripts fetch exports."
    )

    # Limits: so many tries, then one more each time its share of the period has passed
    limit_login_account: Tries = Field(
        Limit("10/15m"), description="Tries to log in to one account (and, apart, from one browser known to it)."
    )
    limit_login_address: Tries = Field(
        Limit("60/15m"), description="Tries to log in from one address (IPv6: one /64 network)."
    )
    limit_login_overall: Tries = Field(Limit("3000/15m"), description="Failed tries to log in, all together.")
    limit_identify_customer: Tries = Field(
        Limit("10/1h"), description="Tries to match one customer code with a tax code."
    )
    limit_identify_address: Tries = Field(
        Limit("20/1h"), description="Tries to match a customer code with a tax code, from one address."
    )
    limit_identify_overall: Tries = Field(
        Limit("500/1h"), description="Failed matches of a customer code with a tax code, all together."
    )
    limit_register_customer: Tries = Field(
        Limit("50/24h"), description="New accounts with one customer code, each of which mails its contact."
    )
    limit_recovery_subject: Tries = Field(
        Limit("5/1h"), description="Requests for a username or a new password about one customer code or username."
    )
    limit_recovery_address: Tries = Field(
        Limit("20/1h"), description="Requests for a username or a new password from one address."
    )
    limit_recovery_overall: Tries = Field(
        Limit("2000/1h"), description="Requests for a username or a new password, all together."
    )

    # Staff single sign-on (OpenID Connect)
    sign_on_issuer: str | None = Field(
        None, description="Issuer of the identity provider for staff. Unset: staff have local accounts only."
    )
    sign_on_client_id: str | None = Field(None, description="What the identity provider calls the portal.")
    sign_on_client_secret: SecretStr | None = Field(
        None, description="The portal's secret at the identity provider, where it has one."
    )
    sign_on_login_claim: str = Field(
        "preferred_username", description="Claim that gives a new staff member's login name."
    )
    sign_on_groups_claim: str = Field("groups", description="Claim that lists a staff member's groups.")
    sign_on_analysts: str = Field("analysts", description="Group at the identity provider whose members are analysts.")
    sign_on_operators: str = Field(
        "operators", description="Group at the identity provider whose members are operators."
    )

    # Calendar
    october_4_is_holiday_from: date | None = Field(
        None,
        description="First day from which 4 October counts as a holiday (band F3). Unset: it does not; "
        "it is a public holiday again from 2026, but no resolution has put it in F3.",
    )

    # Pages
    page_lost_seconds: int = Field(
        45, ge=20, description="Seconds without a connected browser after which an open page's kernel ends."
    )
    pages_per_visitor: int = Field(5, ge=1, description="How many pages one visitor may have open at once.")
    pages_in_all: int = Field(
        500,
        ge=1,
        description="How many pages may be open at once in all; who comes then is told, and tried again by itself. "
        "Each takes some 20 MB of memory.",
    )

    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Token with which Prometheus may read the service's metrics. Unset: only on the portal's own "
        "machine, at the service's own port.",
    )

    page_memory_mb: int = Field(
        512, ge=64, description="Megabytes that an open page may take on top of what all pages share."
    )
    page_cpu_seconds: int = Field(
        600, ge=10, description="Processor seconds that an open page may use in its life; then it ends."
    )
    page_open_files: int = Field(512, ge=128, description="Files and connections that an open page may have open.")

    # Reports
    report_timeout_minutes: float = Field(10, gt=0, description="How long one report's notebook may run.")
    report_due_days: int = Field(
        30, ge=0, description="Days after a period's end by which a report is due, where its tender does not say."
    )
    report_memory_mb: int = Field(
        2048, ge=512, description="Memory (MiB) that one report may take with all its processes before it is ended."
    )
    report_jobs: int = Field(1, ge=1, description="How many owed reports the reports runner makes at once.")
    reports_every_minutes: float = Field(
        15,
        ge=0,
        description="How often the reports runner of `portal run` looks for what is owed. 0: it is not started, and "
        "cron or a systemd timer runs `portal reports run --due`.",
    )
    tenders_folder: Path | None = Field(
        None,
        description="Folder of the tenders' files (docs/reports.md); notebooks of your own lie in the folder above it. "
        "Default: reports/tenders of the portal.",
    )
    deposit_key: Path | None = Field(
        None,
        description="The supplier's private key that signs what was deposited (Ed25519, PEM; made by `portal deposit "
        "key`). Default: var/keys/deposit.pem.",
    )
    deposit_keep_years: int | None = Field(
        None,
        ge=1,
        description="Years after which a deposited file's bytes are removed; its row, checksum and receipts stay. "
        "Unset: never.",
    )

    # Analysts
    analyst_uid_base: int = Field(
        64000,
        ge=1000,
        description="Where the Hub runs as root: analyst number N works under the numeric user id base + N.",
    )

    @model_validator(mode="after")
    def _whole_sign_on(self) -> "Settings":
        if self.sign_on_issuer is not None and not self.sign_on_client_id:
            raise ValueError("sign_on_issuer needs sign_on_client_id beside it")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml

    @property
    def data_database(self) -> str:
        """SQLAlchemy URL of the data database."""
        if self.data_url is not None:
            return self.data_url.get_secret_value()
        return f"sqlite:///{self.var.absolute() / 'data' / 'data.sqlite'}"

    @property
    def data_database_to_read(self) -> str:
        """SQLAlchemy URL of the data database for what only reads it: the address that may leave our hands.

        :class:`NoReadOnlyAddress` on PostgreSQL without ``data_read_url``: who holds the other one can write.
        """
        if self.data_read_url is not None:
            return self.data_read_url.get_secret_value()
        if not self.data_database.startswith("sqlite:"):
            raise NoReadOnlyAddress
        return self.data_database

    @property
    def accounts_database(self) -> str:
        """SQLAlchemy URL of the accounts database (a secret where it holds a password)."""
        if self.accounts_url is not None:
            return self.accounts_url.get_secret_value()
        return f"sqlite:///{self.var.absolute() / 'accounts' / 'accounts.sqlite'}"

    @property
    def address(self) -> str:
        """The portal's public address without a trailing slash. Never taken from a request."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def deposit_folder(self) -> Path:
        """Where deposited report files lie."""
        return self.var.absolute() / "deposit"

    @property
    def deposit_key_file(self) -> Path:
        """Where the key lies that signs what was deposited."""
        return (self.deposit_key or self.var / "keys" / "deposit.pem").absolute()

    @property
    def put_aside_folder(self) -> Path:
        """Where refused metering files lie, each beside a text that says why."""
        return self.var.absolute() / "put-aside"

    @property
    def outbox_folder(self) -> Path:
        """Where the demo's mails lie."""
        return self.var.absolute() / "outbox"


def config_file() -> Path:
    """The settings file: ``PORTAL_CONFIG``, else ``portal.toml`` in the current folder (it may be absent)."""
    return Path(os.environ.get("PORTAL_CONFIG", "portal.toml"))


def load_settings(**overrides: object) -> Settings:
    """The settings in force, or :class:`BadSettings` naming the field that is wrong.

    A file that ``PORTAL_CONFIG`` names must be there: on defaults alone, a night's run would fill another database.
    For the same reason a ``PORTAL_…`` variable that is no setting is a mistake, as an unknown line of the file is.
    """
    if "PORTAL_CONFIG" in os.environ and not config_file().exists():
        raise BadSettings(reason="there is no such file", file=config_file())
    _check_variables()
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(reason=f"{config_file()} is not TOML: {error}", file=config_file()) from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise BadSettings(reason=f"{where}: {what}" if where else what, file=config_file()) from None


def _check_variables() -> None:
    """Refuse variables of the environment that look like settings and are none; their values are never said."""
    known = {f"PORTAL_{name.upper()}" for name in Settings.model_fields} | _NOT_SETTINGS
    for name in sorted(os.environ):
        if name.upper().startswith("PORTAL_") and name.upper() not in known:
            alike = difflib.get_close_matches(name.upper(), known - _NOT_SETTINGS, n=1, cutoff=0.8)
            meant = f" (is {alike[0]} meant?)" if alike else ""
            raise BadSettings(reason=f"{name}: there is no such setting{meant}", file=config_file())

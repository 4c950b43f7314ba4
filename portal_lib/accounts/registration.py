"""Registering: a customer's form becomes an account, its consents and a confirmation mail, or nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from portal_lib import db, mail
from portal_lib.accounts import audit, consents, sent_twice, tax_code_names, throttle, tokens
from portal_lib.accounts.contact_notice import Newcomer, contact_of
from portal_lib.accounts.customer_codes import attach
from portal_lib.accounts.directory import CustomerDirectory, DirectoryEntry
from portal_lib.accounts.exceptions import FormRefused, NoSuchCustomer, TakenUsername
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.matching import Claim, charge, identify
from portal_lib.accounts.messages.registration import confirmation_mail
from portal_lib.accounts.names import login_key, new_hub_name
from portal_lib.accounts.notice import notice
from portal_lib.accounts.passwords import hash_password
from portal_lib.accounts.registration_form import (
    Applicant,
    RegistrationForm,
    check,
    in_form_order,
)
from portal_lib.accounts.tables import account
from portal_lib.accounts.throttle import Try
from portal_lib.clock import Clock
from portal_lib.language import Language
from portal_lib.settings import Settings

#: Where the confirmation went: to the address typed, to the one on file, or nowhere (staff will activate).
Outcome = Literal["typed", "on_file", "waiting"]


@dataclass(frozen=True)
class Registered:
    """``name_fits`` is False where the codice fiscale looks like somebody else's name: worth a look, no more.
    ``approved`` is False where the customer's data is shown only once its contact or staff have agreed.
    """

    login: str
    outcome: Outcome
    name_fits: bool = True
    approved: bool = True


def register(
    engine: Engine,
    clock: Clock,
    directory: CustomerDirectory,
    settings: Settings,
    form: RegistrationForm,
    *,
    language: Language = "it",
    address: str | None = None,
) -> Registered:
    """Take a registration, all in one transaction; slow on purpose (Argon2id), so call it off the event loop.

    The same form twice within minutes makes one account and gets one answer. Raises :class:`FormRefused` with every
    mistake, or :class:`TooManyTries`. Whether a username is taken is said only
    to who has shown to be a customer, and counts as a try, so that nobody can ask for names.
    """
    applicant, errors = check(form, settings)
    claim = Claim(applicant.customer_code, applicant.tax_code, applicant.vat)
    entry = None
    if claim.code and claim.tax_code and (claim.vat or not form.vat.strip()):
        try:
            entry = identify(engine, clock, directory, settings, claim, door="registration", address=address)
        except NoSuchCustomer as refusal:
            errors.append(refusal)
    if entry is not None and applicant.login and _taken(engine, applicant.login):
        if not errors and (done := _sent_before(engine, clock, directory, applicant, entry)):
            return done
        charge(engine, clock, settings, claim, address=address)
        errors.append(TakenUsername("username"))
    if errors or entry is None:
        raise FormRefused(in_form_order(errors))

    # Each mails the customer's contact, who must not drown in them.
    throttle.take(engine, clock, [Try("register-customer", entry.code, settings.limit_register_customer)])
    password_hash = hash_password(applicant.password)
    contact = contact_of(directory, entry.code)
    recipient, outcome = _recipient(applicant, contact)
    name_fits = _name_fits(applicant)
    try:
        with engine.begin() as connection:
            account_id = _insert(connection, clock, settings, applicant, entry, password_hash, recipient, language)
            shown = notice(settings.notice_version, settings.supplier_name, language)
            consents.record(connection, account_id, applicant.choices, shown, "registration", clock)
            newcomer = Newcomer(account_id, applicant.first_name, applicant.last_name, recipient)
            approved = attach(connection, clock, settings, newcomer, entry, contact)
            if recipient is not None:
                send_confirmation(
                    connection,
                    clock,
                    settings,
                    account_id,
                    recipient=recipient,
                    first_name=applicant.first_name,
                    login=applicant.login,
                    language=language,
                )
            audit.record(
                connection,
                audit.Event.ACCOUNT_REGISTERED,
                clock,
                account_id=account_id,
                address=address,
                customer=entry.code,
                outcome=outcome,
                # Said only where it is worth a look.
                **({} if name_fits else {"name_fits": False}),
            )
    except IntegrityError:
        # Two forms with the same name at the same moment, and the other was first: somebody else's, or this one again.
        if _taken(engine, applicant.login):
            if done := _sent_before(engine, clock, directory, applicant, entry):
                return done
            charge(engine, clock, settings, claim, address=address)
            raise FormRefused([TakenUsername("username")]) from None
        raise
    return Registered(applicant.login, outcome, name_fits, approved)


def send_confirmation(
    connection: Connection,
    clock: Clock,
    settings: Settings,
    account_id: int,
    *,
    recipient: str,
    first_name: str,
    login: str,
    language: Language,
) -> None:
    """Issue a token and queue the mail with its link, within the caller's transaction."""
    lifetime = timedelta(hours=settings.confirmation_hours)
    secret = tokens.issue(connection, account_id, "confirmation", clock, lifetime=lifetime)
    message = confirmation_mail(
        settings, language, recipient=recipient, first_name=first_name, login=login, secret=secret
    )
    mail.queue(connection, message, clock, account_id=account_id)


def _taken(engine: Engine, login: str) -> bool:
    with db.reading(engine) as connection:
        query = sa.select(sa.exists().where(account.c.login_key == login_key(login)))
        return bool(connection.execute(query).scalar_one())


def _sent_before(
    engine: Engine, clock: Clock, directory: CustomerDirectory, applicant: Applicant, entry: DirectoryEntry
) -> Registered | None:
    """What the first of two equal forms was answered, or None where the username is somebody's."""
    approved = sent_twice.approved_before(engine, clock, applicant, entry.code)
    if approved is None:
        return None
    _, outcome = _recipient(applicant, contact_of(directory, entry.code))
    return Registered(applicant.login, outcome, _name_fits(applicant), approved)


def _name_fits(applicant: Applicant) -> bool:
    return tax_code_names.fits(applicant.tax_code, applicant.first_name, applicant.last_name)


def _recipient(applicant: Applicant, contact: str | None) -> tuple[str | None, Outcome]:
    if applicant.email:
        return applicant.email, "typed"
    return (contact, "on_file") if contact is not None else (None, "waiting")


def _insert(
    connection: Connection,
    clock: Clock,
    settings: Settings,
    applicant: Applicant,
    entry: DirectoryEntry,
    password_hash: str,
    recipient: str | None,
    language: Language,
) -> int:
    account_id: int = connection.execute(
        account.insert()
        .values(
            kind="customer",
            hub_name=new_hub_name(),
            login=applicant.login,
            login_key=login_key(applicant.login),
            password_hash=password_hash,
            state="waiting" if recipient is None else "unconfirmed",
            first_name=applicant.first_name,
            last_name=applicant.last_name,
            tax_code=applicant.tax_code,
            vat=applicant.vat if entry.kind == "organisation" else None,
            gender=applicant.gender if settings.store_gender else None,
            email=recipient,
            mobile=applicant.mobile,
            language=language,
            created_at=stored_now(clock),
        )
        .returning(account.c.id)
    ).scalar_one()
    return account_id

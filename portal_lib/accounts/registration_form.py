"""The registration form: its fields, labels and order, and every check that needs nothing but the form
itself.

Fields, labels and their order are the customer guide's.
"""

import re
import unicodedata
from dataclasses import dataclass, fields
from typing import Literal, cast

from portal_lib.accounts.consents import Choices
from portal_lib.accounts.exceptions import (
    BadEmail,
    BadMobile,
    BadName,
    BadTaxCode,
    BadVat,
    EmailsDiffer,
    Missing,
    NotAChoice,
    NoticeNotAccepted,
    NotPlainText,
    PasswordsDiffer,
    TooLong,
)
from portal_lib.accounts.names import check_login
from portal_lib.accounts.password_rules import about, check_password
from portal_lib.accounts.tax_codes import normal_code, organisation_code, person_tax_code
from portal_lib.language import Said
from portal_lib.refused import Refused
from portal_lib.settings import Settings

Gender = Literal["M", "F"]

#: Every field in the order of the form, with its label.
LABELS: dict[str, Said] = {
    "customer_code": Said("Codice cliente", "Customer code"),
    "first_name": Said("Nome", "First name"),
    "last_name": Said("Cognome", "Last name"),
    "tax_code": Said("Codice fiscale", "Codice fiscale (personal tax code)"),
    "gender": Said("Sesso", "Gender"),
    "vat": Said("Partita IVA", "Partita IVA (VAT number)"),
    "email": Said("Email", "Email"),
    "email_again": Said("Conferma email", "Confirm email"),
    "mobile": Said("Cellulare", "Mobile"),
    "username": Said("Username", "Username"),
    "password": Said("Password", "Password"),
    "password_again": Said("Ripeti password", "Repeat password"),
    "notice": Said(
        "Autorizzo al trattamento dei miei dati ai sensi del Regolamento (UE) 2016/679",
        "I consent to the processing of my data under Regulation (EU) 2016/679",
    ),
    "marketing": Said(
        "Autorizzo al trattamento dei miei dati con finalità di marketing (opzionale)",
        "I consent to the processing of my data for marketing (optional)",
    ),
    "third_parties": Said(
        "Autorizzo alla comunicazione dei miei dati a terzi (opzionale)",
        "I consent to my data being passed on to third parties (optional)",
    ),
    "profiling": Said(
        "Autorizzo al trattamento dei miei dati con finalità di profilazione (opzionale)",
        "I consent to the processing of my data for profiling (optional)",
    ),
}

#: Longest text each field takes, in characters.
LIMITS: dict[str, int] = {
    "customer_code": 32,
    "first_name": 100,
    "last_name": 100,
    "tax_code": 32,
    "vat": 32,
    "email": 254,
    "email_again": 254,
    "mobile": 32,
    "username": 64,
}

_LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
#: What else stands in names; a full stop only where it ends an abbreviation, as in "G.B." and "M. Luisa".
_SIGNS_IN_NAMES = frozenset("'’‘ʼ`´-‐.")
_ABBREVIATION = re.compile(r"\.(?!\w\w)")
_MOBILE = re.compile(r"\+?[0-9]{6,15}")


@dataclass(frozen=True)
class RegistrationForm:
    """The form as the browser sent it: text, nothing checked. A box that is not ticked is empty."""

    customer_code: str = ""
    first_name: str = ""
    last_name: str = ""
    tax_code: str = ""
    gender: str = ""
    vat: str = ""
    email: str = ""
    email_again: str = ""
    mobile: str = ""
    username: str = ""
    password: str = ""
    password_again: str = ""
    notice: str = ""
    marketing: str = ""
    third_parties: str = ""
    profiling: str = ""

    def __repr__(self) -> str:
        return "RegistrationForm(…)"  # it holds a password

    def to_show_again(self) -> dict[str, str]:
        """What may be shown again beside the mistakes: all but the passwords."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("password", "password_again")
        }


@dataclass(frozen=True, repr=False)
class Applicant:
    """A form whose every field is in order. ``email`` is None where none was typed."""

    customer_code: str
    first_name: str
    last_name: str
    tax_code: str
    gender: Gender | None
    vat: str | None
    email: str | None
    mobile: str | None
    login: str
    password: str
    choices: Choices


class Checker:
    """Goes through a form once and keeps every mistake; each method gives the field's clean value ("" if
    wrong).
    """

    def __init__(self, form: RegistrationForm, settings: Settings | None = None) -> None:
        self.form = form
        self.settings = settings
        self.errors: list[Refused] = []

    def text(self, field: str, *, required: bool = True) -> str:
        """One line of text, normalised and without outer spaces."""
        typed = unicodedata.normalize("NFC", getattr(self.form, field)).strip()
        if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in typed):
            self.errors.append(NotPlainText(field, **_label(field)))
        elif len(typed) > LIMITS[field]:
            self.errors.append(TooLong(field, **_label(field), limit=LIMITS[field]))
        elif not typed and required:
            self.errors.append(Missing(field, **_label(field)))
        else:
            return typed
        return ""

    def name(self, field: str) -> str:
        """A person's name. It stands in mails to others, where nothing in it may turn into a link."""
        typed = self.text(field)
        if typed and not _is_name(typed):
            self.errors.append(BadName(field, **_label(field)))
            return ""
        return typed

    def tax_code(self) -> str:
        typed = self.text("tax_code")
        code = person_tax_code(typed) if typed else None
        if typed and code is None:
            self.errors.append(BadTaxCode("tax_code"))
        return code or ""

    def vat(self) -> str:
        typed = self.text("vat", required=False)
        code = organisation_code(typed) if typed else None
        if typed and code is None:
            self.errors.append(BadVat("vat"))
        return code or ""

    def gender(self) -> Gender | None:
        if self.form.gender not in ("", "M", "F"):
            self.errors.append(NotAChoice("gender", **_label("gender")))
            return None
        return cast(Gender, self.form.gender) if self.form.gender else None

    def email(self) -> str:
        before = len(self.errors)
        typed = self.text("email", required=False)
        if typed and not is_email(typed):
            self.errors.append(BadEmail("email"))
        again = self.text("email_again", required=False)
        if len(self.errors) == before and typed != again:
            self.errors.append(EmailsDiffer("email_again"))
        return typed if len(self.errors) == before else ""

    def mobile(self) -> str:
        typed = re.sub(r"[\s./()-]", "", self.text("mobile", required=False))
        if typed and not _MOBILE.fullmatch(typed):
            self.errors.append(BadMobile("mobile"))
            return ""
        return typed

    def username(self) -> str:
        typed = self.text("username")
        try:
            return check_login(typed) if typed else ""
        except Refused as refusal:
            self.errors.append(refusal)
            return ""

    def password(self) -> str:
        if not self.form.password:
            self.errors.append(Missing("password", **_label("password")))
            return ""
        try:
            check_password(
                self.form.password,
                settings=self.settings,
                about=about(
                    username=self.form.username,
                    first_name=self.form.first_name,
                    last_name=self.form.last_name,
                    customer_codes=[self.form.customer_code],
                ),
            )
        except Refused as refusal:
            self.errors.append(refusal)
        if self.form.password != self.form.password_again:
            self.errors.append(PasswordsDiffer("password_again"))
        return self.form.password

    def choices(self) -> Choices:
        if self.form.notice != "yes":
            self.errors.append(NoticeNotAccepted("notice"))
        return Choices(
            notice=self.form.notice == "yes",
            marketing=self._granted("marketing"),
            third_parties=self._granted("third_parties"),
            profiling=self._granted("profiling"),
        )

    def _granted(self, field: str) -> bool:
        value = getattr(self.form, field)
        if value not in ("", "yes", "no"):
            self.errors.append(NotAChoice(field, **_label(field)))
        return bool(value == "yes")


def check(form: RegistrationForm, settings: Settings | None = None) -> tuple[Applicant, list[Refused]]:
    """The cleaned form and every mistake in it; a field with a mistake is empty in the applicant."""
    checker = Checker(form, settings)
    applicant = Applicant(
        customer_code=normal_code(checker.text("customer_code")),
        first_name=checker.name("first_name"),
        last_name=checker.name("last_name"),
        tax_code=checker.tax_code(),
        gender=checker.gender(),
        vat=checker.vat() or None,
        email=checker.email() or None,
        mobile=checker.mobile() or None,
        login=checker.username(),
        password=checker.password(),
        choices=checker.choices(),
    )
    return applicant, checker.errors


def _label(field: str) -> dict[str, str]:
    return {"label_it": LABELS[field].it, "label_en": LABELS[field].en}


def in_form_order(errors: list[Refused]) -> list[Refused]:
    """The mistakes in the order of the form's fields."""
    order = list(LABELS)
    return sorted(errors, key=lambda error: order.index(error.field) if error.field in order else -1)


def _is_name(text: str) -> bool:
    return (
        any(character.isalpha() for character in text)
        and all(
            unicodedata.category(character)[0] in "LM"
            or unicodedata.category(character) == "Zs"
            or character in _SIGNS_IN_NAMES
            for character in text
        )
        and "." not in _ABBREVIATION.sub("", text)
    )


def is_email(text: str) -> bool:
    """Whether a text is one plain e-mail address (RFC 5321 without quoted local parts; ASCII)."""
    local, at, domain = text.rpartition("@")
    labels = domain.split(".")
    return bool(
        at
        and len(text) <= 254
        and _LOCAL_PART.fullmatch(local)
        and not local.startswith(".")
        and not local.endswith(".")
        and ".." not in local
        and len(labels) >= 2
        and all(_DOMAIN_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )

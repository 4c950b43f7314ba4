"""What a person is told when the accounts package will not take what they gave; one module a subject.

``field`` names the form field that a sentence belongs beside.
"""

from portal_lib.accounts.exceptions.care import (
    AlreadyActive,
    BadStaffLogin,
    FrozenNotActivated,
    NoSuchGroup,
    NoSuchLogin,
)
from portal_lib.accounts.exceptions.customer_codes import AlreadyHeld, CodeNotHeld
from portal_lib.accounts.exceptions.forms import (
    BadEmail,
    BadMobile,
    BadName,
    BadTaxCode,
    BadUsername,
    BadVat,
    EmailsDiffer,
    FormRefused,
    Missing,
    NoSuchCustomer,
    NotAChoice,
    NoticeNotAccepted,
    NotPlainText,
    TakenUsername,
    TooLong,
)
from portal_lib.accounts.exceptions.links import (
    ContactLinkExpired,
    ContactLinkUnknown,
    LinkExpired,
    LinkUnknown,
    TooManyLinks,
)
from portal_lib.accounts.exceptions.login import (
    AccountFrozen,
    AwaitingActivation,
    NotConfirmed,
    WrongCredentials,
)
from portal_lib.accounts.exceptions.passwords import (
    BreachedPassword,
    CommonPassword,
    PasswordsDiffer,
    PasswordTooLong,
    PersonalPassword,
    WeakPassword,
)

__all__ = [
    "AccountFrozen",
    "AlreadyActive",
    "AlreadyHeld",
    "AwaitingActivation",
    "BadEmail",
    "BadMobile",
    "BadName",
    "BadStaffLogin",
    "BadTaxCode",
    "BadUsername",
    "BadVat",
    "BreachedPassword",
    "CodeNotHeld",
    "CommonPassword",
    "ContactLinkExpired",
    "ContactLinkUnknown",
    "EmailsDiffer",
    "FormRefused",
    "FrozenNotActivated",
    "LinkExpired",
    "LinkUnknown",
    "Missing",
    "NoSuchCustomer",
    "NoSuchGroup",
    "NoSuchLogin",
    "NotAChoice",
    "NotConfirmed",
    "NotPlainText",
    "NoticeNotAccepted",
    "PasswordTooLong",
    "PasswordsDiffer",
    "PersonalPassword",
    "TakenUsername",
    "TooLong",
    "TooManyLinks",
    "WeakPassword",
    "WrongCredentials",
]

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
from portal_lib.accounts.exceptions.forms import (
    BadEmail,
    BadMobile,
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
    "AwaitingActivation",
    "BadEmail",
    "BadMobile",
    "BadStaffLogin",
    "BadTaxCode",
    "BadUsername",
    "BadVat",
    "BreachedPassword",
    "CommonPassword",
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

"""How a person can be reached, as typed into the profile: held to the registration form's own checks."""

from portal_lib.accounts.registration_form import Checker, RegistrationForm


def checked_email(typed: str, typed_again: str) -> str:
    """The new address; raises the form's own refusal, with ``email`` or ``email_again`` as its field."""
    checker = Checker(RegistrationForm(email=typed, email_again=typed_again))
    email = checker.email()
    if checker.errors:
        raise checker.errors[0]
    return email


def checked_mobile(typed: str) -> str | None:
    """The number in its normal spelling, or None where the field was left empty."""
    checker = Checker(RegistrationForm(mobile=typed))
    mobile = checker.mobile()
    if checker.errors:
        raise checker.errors[0]
    return mobile or None

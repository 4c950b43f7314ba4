from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.accounts.exceptions import (
    BadEmail,
    BadMobile,
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
from portal_lib.accounts.registration_form import (
    LABELS,
    RegistrationForm,
    check,
    in_form_order,
    is_email,
)


def test_the_fields_stand_in_the_customer_guides_order() -> None:
    assert [field.name for field in fields(RegistrationForm)] == list(LABELS)


def test_a_form_in_order_has_no_mistakes(household_form: RegistrationForm) -> None:
    applicant, errors = check(household_form)
    assert errors == []
    assert (applicant.customer_code, applicant.login, applicant.vat) == ("10002001", "Manuela.R", None)
    assert (applicant.choices.notice, applicant.choices.marketing) == (True, False)


def test_an_empty_form_names_every_required_field_at_once() -> None:
    _, errors = check(RegistrationForm())
    assert [error.field for error in in_form_order(errors)] == [
        "customer_code",
        "first_name",
        "last_name",
        "tax_code",
        "username",
        "password",
        "notice",
    ]


@pytest.mark.parametrize(
    ("changes", "mistake", "field"),
    [
        ({"tax_code": "RCCMNL83S18D969X"}, BadTaxCode, "tax_code"),
        ({"vat": "12345678901"}, BadVat, "vat"),
        ({"email": "manuela", "email_again": "manuela"}, BadEmail, "email"),
        ({"email_again": "manuela@example.com"}, EmailsDiffer, "email_again"),
        ({"email": ""}, EmailsDiffer, "email_again"),
        ({"mobile": "chiamami"}, BadMobile, "mobile"),
        ({"password_again": "Girasole-8"}, PasswordsDiffer, "password_again"),
        ({"notice": ""}, NoticeNotAccepted, "notice"),
        ({"marketing": "maybe"}, NotAChoice, "marketing"),
        ({"gender": "X"}, NotAChoice, "gender"),
        ({"first_name": "Ma\nria"}, NotPlainText, "first_name"),
        ({"last_name": "R" * 101}, TooLong, "last_name"),
        ({"last_name": "   "}, Missing, "last_name"),
    ],
)
def test_one_mistake_is_named_beside_its_field(
    household_form: RegistrationForm, changes: dict[str, str], mistake: type[Exception], field: str
) -> None:
    _, errors = check(replace(household_form, **changes))
    assert [(type(error), error.field) for error in errors] == [(mistake, field)]
    assert errors[0].say("it") and errors[0].say("en")


def test_consents_are_what_was_ticked(household_form: RegistrationForm) -> None:
    applicant, errors = check(replace(household_form, marketing="yes", third_parties="no"))
    assert errors == []
    choices = applicant.choices
    assert (choices.marketing, choices.third_parties, choices.profiling) == (True, False, False)


def test_neither_form_nor_applicant_shows_a_password(household_form: RegistrationForm) -> None:
    applicant, _ = check(household_form)
    assert "Girasole" not in repr(household_form) + repr(applicant) + str(household_form.to_show_again())


@pytest.mark.parametrize("address", ["a@b.it", "nome.cognome+x@sub.example.co", "o'neil@example.it"])
def test_ordinary_addresses_are_addresses(address: str) -> None:
    assert is_email(address)


@pytest.mark.parametrize(
    "address",
    [
        "a",
        "@b.it",
        "a@",
        "a@b",
        "a@b..it",
        "a b@c.it",
        "a@b.it\nBcc: x@y.it",
        "a@-b.it",
        "a@1.2.3.4",
        "à@b.it",
        ".a@b.it",
    ],
)
def test_what_no_mail_could_reach_is_no_address(address: str) -> None:
    assert not is_email(address)


@given(st.builds(RegistrationForm, **dict.fromkeys(LABELS, st.text(max_size=120))))
def test_no_input_breaks_the_check_and_mistakes_always_have_a_field(form: RegistrationForm) -> None:
    _, errors = check(form)
    assert all(error.field in LABELS and error.say("it") for error in errors)
    assert all(error.field != "notice" for error in errors) == (form.notice == "yes")

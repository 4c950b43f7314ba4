"""Why a password may not be chosen."""

from portal_lib.refused import Refused


class WeakPassword(Refused):
    """``missing_it`` and ``missing_en`` list what the password lacks."""

    it = "La password non va bene: deve avere anche {missing_it}."
    en = "The password can't be used, it lacks: {missing_en}."


class PasswordTooLong(Refused):
    it = "La password può avere al massimo {limit} caratteri: scegline una più corta."
    en = "A password has at most {limit} characters: choose a shorter one."


class CommonPassword(Refused):
    it = (
        "Questa password è fra le prime che chiunque proverebbe: una parola o un nome molto usato, anche con cifre e "
        "segni intorno. Scegline una che non si indovina."
    )
    en = (
        "This password is among the first that anybody would try: a common word or name, with or without digits and "
        "signs around it. Choose one that can't be guessed."
    )


class PersonalPassword(Refused):
    """``what_it`` and ``what_en`` name what the password holds."""

    it = "La password contiene {what_it}, che altri conoscono: scegline una che non parla di te."
    en = "The password contains {what_en}, which others know: choose one that does not speak of you."


class BreachedPassword(Refused):
    it = "Questa password si trova in elenchi di password rubate altrove: scegline un'altra, e cambiala dove la usi."
    en = "This password stands in lists of passwords stolen elsewhere: choose another, and change it where you use it."


class PasswordsDiffer(Refused):
    it = "Le due password non sono uguali: riscrivile."
    en = "The two passwords differ: type both again."

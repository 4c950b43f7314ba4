"""What is wrong with a form that was filled in."""

from collections.abc import Sequence

from portal_lib.refused import Refused


class FormRefused(Refused):
    """A form with at least one mistake; ``errors`` holds them all, in the order of the form's fields."""

    it = "Controlla i campi segnalati: {count}."
    en = "The form was not taken; fields to correct: {count}."

    def __init__(self, errors: Sequence[Refused]) -> None:
        self.errors = tuple(errors)
        super().__init__(count=len(self.errors))


# Any field


class Missing(Refused):
    it = "Compila il campo «{label_it}»."
    en = "The field “{label_en}” is empty: fill it in."


class TooLong(Refused):
    it = "Il campo «{label_it}» può avere al massimo {limit} caratteri: accorcialo."
    en = "The field “{label_en}” takes at most {limit} characters: shorten it."


class NotPlainText(Refused):
    it = "Il campo «{label_it}» contiene caratteri che non si possono usare: riscrivilo su una sola riga."
    en = "The field “{label_en}” contains control characters: type it again on one line."


class NotAChoice(Refused):
    it = "Scegli una delle risposte del campo «{label_it}»."
    en = "The field “{label_en}” takes only one of the given answers."


# Who is registering


class BadName(Refused):
    it = (
        "Il campo «{label_it}» contiene segni che un nome non ha: usa solo lettere, spazi, apostrofi, trattini e punti "
        "di abbreviazione."
    )
    en = "The field “{label_en}” has signs that no name has: use letters, spaces, apostrophes, hyphens and full stops."


class BadTaxCode(Refused):
    it = "Il codice fiscale non è valido: sono 16 caratteri, come sulla tessera sanitaria. Controllalo."
    en = "The codice fiscale is not valid: 16 characters with a check character. Check it."


class BadVat(Refused):
    it = (
        "La partita IVA non è valida: sono 11 cifre. Un ente senza partita IVA scrive qui il proprio "
        "codice fiscale. Controllala."
    )
    en = "The partita IVA is not valid: 11 digits, or the organisation's own codice fiscale. Check it."


class NoSuchCustomer(Refused):
    """One and the same answer for a wrong customer code and for a wrong tax code."""

    it = (
        "Il codice cliente e il codice fiscale (per enti e aziende la partita IVA) non corrispondono a un "
        "nostro cliente. Controllali sulla bolletta e riprova."
    )
    en = "The customer code and the tax code (partita IVA) do not belong to one of our customers. Check both."


# How to reach them


class BadEmail(Refused):
    it = "L'indirizzo email non è valido: scrivilo nella forma nome@dominio.it."
    en = "The e-mail address is not valid: write it as name@domain.it."


class EmailsDiffer(Refused):
    it = "I due indirizzi email non sono uguali: riscrivi la conferma."
    en = "The two e-mail addresses differ: type the confirmation again."


class BadMobile(Refused):
    it = "Il numero di cellulare non è valido: usa solo cifre, per esempio 333 1234567 o +39 333 1234567."
    en = "The mobile number is not valid: digits only, with an optional leading +."


# Credentials


class BadUsername(Refused):
    it = (
        "Lo username deve avere da {shortest} a {longest} caratteri, iniziare con una lettera o una cifra e "
        "usare solo lettere, cifre e i segni . _ - @"
    )
    en = (
        "A username has {shortest} to {longest} characters, starts with a letter or digit and uses only "
        "letters, digits and . _ - @"
    )


class TakenUsername(Refused):
    it = "Questo username è già in uso: scegline un altro."
    en = "This username is taken: choose another."


class NoticeNotAccepted(Refused):
    it = "Per creare l'account serve l'autorizzazione al trattamento dei dati: seleziona la casella."
    en = "An account needs the privacy notice to be accepted: tick the box."

"""What a person is told when the accounts package will not take what they gave.

``field`` names the form field a sentence belongs beside; the names are those of the forms in
:mod:`portal_lib.accounts.registration_form` and of the login form.
"""

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
    it = "Compila il campo «{label}»."
    en = "The field “{label}” is empty: fill it in."


class TooLong(Refused):
    it = "Il campo «{label}» può avere al massimo {limit} caratteri: accorcialo."
    en = "The field “{label}” takes at most {limit} characters: shorten it."


class NotPlainText(Refused):
    it = "Il campo «{label}» contiene caratteri che non si possono usare: riscrivilo su una sola riga."
    en = "The field “{label}” contains control characters: type it again on one line."


class NotAChoice(Refused):
    it = "Scegli una delle risposte del campo «{label}»."
    en = "The field “{label}” takes only one of the given answers."


# Who is registering


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


class WeakPassword(Refused):
    """``missing_it`` and ``missing_en`` list what the password lacks."""

    it = "La password non va bene: deve avere anche {missing_it}."
    en = "The password can't be used, it lacks: {missing_en}."


class PasswordTooLong(Refused):
    it = "La password può avere al massimo {limit} caratteri: scegline una più corta."
    en = "A password has at most {limit} characters: choose a shorter one."


class PasswordsDiffer(Refused):
    it = "Le due password non sono uguali: riscrivile."
    en = "The two passwords differ: type both again."


class NoticeNotAccepted(Refused):
    it = "Per creare l'account serve l'autorizzazione al trattamento dei dati: seleziona la casella."
    en = "An account needs the privacy notice to be accepted: tick the box."


# The link in the confirmation mail


class LinkUnknown(Refused):
    it = (
        "Questo link di conferma non è valido. Apri quello della mail più recente, copiandolo per intero; "
        "se non lo trovi, registrati di nuovo o scrivi al servizio clienti."
    )
    en = "This confirmation link is not known. Open the one in the newest mail, copied whole."


class LinkExpired(Refused):
    it = "Questo link di conferma è scaduto. Chiedi un nuovo link con il pulsante qui sotto."
    en = "This confirmation link has expired. Ask for a new one."


class TooManyLinks(Refused):
    it = (
        "Ti abbiamo già inviato {limit} mail di conferma nelle ultime 24 ore: cercale anche nella posta "
        "indesiderata, oppure riprova domani."
    )
    en = "{limit} confirmation mails went out in the last 24 hours: look for them, or try again tomorrow."


# Coming in


class WrongCredentials(Refused):
    it = "Username o password non corretti. Riprova."
    en = "Wrong username or password. Try again."


class NotConfirmed(Refused):
    it = (
        "L'account non è ancora confermato: apri il link nella mail che ti abbiamo inviato al momento della "
        "registrazione, poi accedi."
    )
    en = "This account is not confirmed yet: open the link in the mail sent at registration, then log in."


class AwaitingActivation(Refused):
    it = "L'account attende l'attivazione da parte del nostro personale: riprova più tardi."
    en = "This account awaits activation by staff (portal accounts activate LOGIN)."


class AccountFrozen(Refused):
    it = "L'account è sospeso: scrivi al servizio clienti."
    en = "This account is frozen."


# Looking after accounts


class NoSuchLogin(Refused):
    it = "Nessun account ha lo username «{login}»: controllalo."
    en = "No account has the login “{login}”: look it up with `portal accounts list`."


class AlreadyActive(Refused):
    it = "L'account «{login}» è già attivo: non c'è nulla da fare."
    en = "The account “{login}” is already active: there is nothing to do."


class FrozenNotActivated(Refused):
    it = "L'account «{login}» è sospeso e non si può attivare."
    en = "The account “{login}” is frozen; activation is for accounts that have not been confirmed yet."


class BadStaffLogin(Refused):
    it = (
        "Il nome «{login}» non va bene: da 2 a 32 caratteri fra lettere minuscole senza accenti, cifre e "
        "i segni . _ -, iniziando con una lettera."
    )
    en = "The name “{login}” can't be used: 2 to 32 lower-case letters (a-z), digits and . _ -, starting with a letter."


class NoSuchGroup(Refused):
    it = "Il gruppo «{group}» non esiste: scegli fra {groups}."
    en = "There is no group “{group}”: choose one of {groups}."

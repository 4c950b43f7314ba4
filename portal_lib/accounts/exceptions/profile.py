"""What a person is told when their profile can't be changed as asked."""

from portal_lib.refused import Refused


class WrongOwnPassword(Refused):
    it = "La password attuale non è corretta: riscrivila. Se non la ricordi, esci e usa «Password dimenticata»."
    en = "The present password is not correct: type it again. If you have forgotten it, log out and ask for a new one."


class NoOwnPassword(Refused):
    """The account is opened by single sign-on, which alone knows its password."""

    it = "Il tuo account si apre con l'accesso aziendale: questa operazione non è disponibile qui."
    en = "Your account is opened by your organisation's single sign-on: this can't be done here."


# The address


class SameAddress(Refused):
    it = "Questo è già il tuo indirizzo email: scrivine uno diverso."
    en = "This is your e-mail address already: type a different one."


class TooManyAddressChanges(Refused):
    it = (
        "Hai già chiesto {limit} cambi di indirizzo nelle ultime 24 ore: apri il link dell'ultima mail, oppure "
        "riprova domani."
    )
    en = (
        "You asked for {limit} changes of address in the last 24 hours: open the link in the last mail, or try again "
        "tomorrow."
    )


class AddressLinkUnknown(Refused):
    it = "Questo link non è valido. Apri quello della mail più recente, copiandolo per intero."
    en = "This link is not valid. Open the one in the newest mail, copied whole."


class AddressLinkExpired(Refused):
    it = (
        "Questo link è scaduto, oppure nel frattempo è cambiato qualcosa nell'account. Accedi e chiedi di nuovo il "
        "cambio di indirizzo dal tuo profilo."
    )
    en = (
        "This link has expired, or something about the account has changed since. Log in and ask for the change of "
        "address again, in your profile."
    )


# The password


class SamePassword(Refused):
    it = "La nuova password è uguale a quella attuale: scegline una diversa."
    en = "The new password is the same as the present one: choose a different one."


# Export tokens


class TooManyExportTokens(Refused):
    it = "Puoi avere al massimo {limit} codici di accesso attivi: revocane uno e riprova."
    en = "You can have at most {limit} live access codes: revoke one, then try again."


class BadLifetime(Refused):
    it = "La durata va da 1 a {longest} giorni: scrivi un numero intero."
    en = "The lifetime is between 1 and {longest} days: type a whole number."


# Erasure


class ErasureNotConfirmed(Refused):
    it = "Per confermare scrivi «{word_it}» nel campo."
    en = "To confirm, type “{word_en}” into the field."


class StaffNotErased(Refused):
    """Who of the staff read what has to stay known: a member who leaves is frozen."""

    it = "L'account «{login}» è del personale e non si cancella: quando una persona lascia l'azienda, sospendilo."
    en = "The account “{login}” is a staff member's and is not erased: when somebody leaves, freeze it."

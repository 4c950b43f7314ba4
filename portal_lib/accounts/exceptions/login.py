"""Why somebody may not come in."""

from portal_lib.refused import Refused


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

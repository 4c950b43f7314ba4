"""Why staff can't do something to an account that they look after."""

from portal_lib.refused import Refused


class NoSuchAccount(Refused):
    it = "Questo account non c'è più: torna alla ricerca."
    en = "This account does not exist any more: go back to the search."


class NothingToConfirm(Refused):
    it = "L'account «{login}» non attende una conferma per mail: non c'è un link da inviare."
    en = "The account “{login}” is not waiting for a confirmation by mail: there is no link to send."


class AlreadyFrozen(Refused):
    it = "L'account «{login}» è già sospeso."
    en = "The account “{login}” is frozen already."


class NotFrozen(Refused):
    it = "L'account «{login}» non è sospeso: non c'è nulla da riaprire."
    en = "The account “{login}” is not frozen: there is nothing to open again."


class AlreadyApproved(Refused):
    it = "Il codice cliente {code} è già approvato per l'account «{login}»."
    en = "The customer code {code} is approved for the account “{login}” already."


class NoSuchCode(Refused):
    it = "L'account «{login}» non ha il codice cliente {code}."
    en = "The account “{login}” does not hold the customer code {code}."


class NotForStaff(Refused):
    """Operators look after customers; what would open a colleague's door is done on the portal's own machine."""

    it = (
        "Sugli account del personale da qui si può solo chiudere le sessioni e avviare una nuova password. Il resto si "
        "fa dal server del portale, con il comando «portal»."
    )
    en = (
        "For staff accounts, all that can be done here is to end sessions and to start a new password. The rest is "
        "done on the portal's machine, by the command “portal”."
    )


class NothingToRetry(Refused):
    it = "Nessuna mail da riprovare: è già partita, oppure è stata abbandonata."
    en = "There is no such mail to try again: it has been sent, or was given up."

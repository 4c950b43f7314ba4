"""Why staff can't do something to an account."""

from portal_lib.refused import Refused


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

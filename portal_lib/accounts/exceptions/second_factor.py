"""What stands between a right password and an open account."""

from portal_lib.refused import Refused


class SecondFactorNeeded(Refused):
    """The password was right. ``step`` is the secret with which the code is to come; it stands in no sentence."""

    it = "Inserisci il codice di verifica della tua app, oppure uno dei codici di riserva."
    en = "Type the verification code that your app shows, or one of your recovery codes."

    def __init__(self, step: str) -> None:
        super().__init__("code")
        self.step = step


class EnrolmentNeeded(SecondFactorNeeded):
    """The password was right, and this account must have a second factor before it opens."""

    it = "Per accedere devi prima attivare la verifica in due passaggi."
    en = "Before you can log in, two-step verification has to be turned on."


class WrongCode(Refused):
    """Also a code that was right and has been used: each opens once."""

    it = (
        "Il codice non è corretto, o è già stato usato: attendi che l'app ne mostri uno nuovo e scrivilo. Se non "
        "funziona, controlla che l'ora del telefono sia esatta."
    )
    en = (
        "The code is not right, or was used before: wait until the app shows a new one and type it. If that does not "
        "work, check that the telephone's clock is right."
    )


class StepExpired(Refused):
    it = "È passato troppo tempo da quando hai scritto la password: accedi di nuovo."
    en = "It is too long since the password was typed: log in again."


class AlreadyOn(Refused):
    it = "La verifica in due passaggi è già attiva: per cambiare telefono disattivala e attivala di nuovo."
    en = "Two-step verification is on already: to change the telephone, turn it off and on again."


class NotOn(Refused):
    it = "La verifica in due passaggi non è attiva: attivala dal profilo."
    en = "Two-step verification is not on: turn it on in the profile."


class StaffNeedIt(Refused):
    it = "Il personale deve avere la verifica in due passaggi: per cambiare telefono rivolgiti a un operatore."
    en = "Staff must have two-step verification: to change the telephone, ask an operator."

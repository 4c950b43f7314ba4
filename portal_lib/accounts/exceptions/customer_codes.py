"""What is wrong with a customer code of an account."""

from portal_lib.refused import Refused


class AlreadyHeld(Refused):
    it = "Il codice cliente {code} è già collegato al tuo account: non c'è nulla da fare."
    en = "The customer code {code} is linked to your account already: there is nothing to do."


class CodeNotHeld(Refused):
    it = "Il codice cliente {code} non è collegato a questo account: ricarica la pagina e controlla l'elenco."
    en = "The customer code {code} is not linked to this account: reload the page and look at the list."

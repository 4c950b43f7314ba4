"""What the doors say when they stay shut."""

from portal_lib.refused import Refused


class NotYours(Refused):
    """The visitor may not see this: it is another's, or it is nothing at all. The two are never told apart."""

    it = "Questa fornitura non risulta fra le tue. Scegline una dall'elenco."
    en = "This supply point isn't one of yours. Choose one from the list."


class NotYourFile(NotYours):
    """The same for a deposited file."""

    it = "Questo documento non risulta fra i tuoi. Scegline uno dall'elenco."
    en = "This document isn't one of yours. Choose one from the list."


class NotADay(Refused):
    it = "Manca una data, o non è valida. Scegli le due date e riprova."
    en = "A date is missing or isn't valid. Choose both dates and try again."


class DaysSwapped(Refused):
    it = "La prima data ({first:%d/%m/%Y}) viene dopo la seconda ({last:%d/%m/%Y}). Scambiale e riprova."
    en = "The first date ({first}) comes after the second ({last}). Swap them and try again."


class DaysOutsideCalendar(Refused):
    it = "Le date vanno dal {first:%d/%m/%Y} al {last:%d/%m/%Y}. Scegline altre e riprova."
    en = "Dates go from {first} to {last}. Choose others and try again."


class NoSuchDetail(Refused):
    it = "Questo dettaglio non esiste. Scegli quarto d'ora, ora, giorno, settimana, mese o anno."
    en = "There is no such detail. Choose quarter_hour, hour, day, week, month or year."


class NoSuchMagnitude(Refused):
    it = "Questa grandezza non esiste. Scegli fra {known}."
    en = "There is no such magnitude. Choose one of {known}."


class NoVisitor(Refused):
    """Without a visitor there is no door. Raised where the environment names none, or not clearly."""

    it = "Non si sa per chi leggere: {reason}. Apri la pagina dal portale."
    en = "There is nobody to read for: {reason}. Open the page from the portal."


class NoDatabase(Refused):
    it = "Non si sa dove sono i dati: manca {variable}. Apri la pagina dal portale."
    en = "There is no saying where the data are: {variable} is not set. Open the page from the portal."


class ReadNotRecorded(Refused):
    """A staff read could not be put on record, so nothing was read."""

    it = "La lettura non è stata registrata ({reason}), quindi non è stato letto nulla. Riprova fra poco."
    en = "The read could not be put on record ({reason}), so nothing was read. Try again shortly."

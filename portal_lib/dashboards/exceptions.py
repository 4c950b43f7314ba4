"""What a page says when it can't show what was asked for."""

from portal_lib.refused import Refused


class RangeMissing(Refused):
    it = "Scegli tutte e due le date di competenza."
    en = "Choose both competence dates."


class RangeTooLong(Refused):
    it = "Il periodo è troppo lungo: al massimo {years} anni. Accorcialo e riprova."
    en = "The range is too long: {years} years at most. Shorten it and try again."


class NoPointChosen(Refused):
    it = "Scegli almeno una fornitura dall'elenco."
    en = "Choose at least one supply point from the list."


class NoSupplyPoint(Refused):
    it = "Al tuo codice cliente non è collegata alcuna fornitura. Rivolgiti al servizio clienti."
    en = "No supply point belongs to this customer code. Turn to customer service."


class NothingMeasured(Refused):
    it = "Nessuna lettura per le forniture scelte tra il {first:%d/%m/%Y} e il {last:%d/%m/%Y}. {available_it}"
    en = "No readings for the supply points chosen between {first} and {last}. {available_en}"


class BadAddress(Refused):
    it = "L'indirizzo della pagina non è valido ({what}). Scegli qui sotto che cosa vedere."
    en = "The page's address is not valid ({what}). Choose below what to see."

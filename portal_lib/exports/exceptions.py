"""What an export address does not take, and what to ask instead."""

from portal_lib.refused import Refused


class UnknownWord(Refused):
    it = "«{word}» non è tra i parametri dell'esportazione. Quelli che ci sono: {known}."
    en = "«{word}» is no parameter of the export. There are: {known}."


class WordTwice(Refused):
    it = "Il parametro «{word}» compare due volte: indicalo una volta sola."
    en = "The parameter «{word}» comes twice: give it once."


class NoPoints(Refused):
    it = "Indica in «punti» i POD separati da virgole, oppure «tutti»."
    en = "Give the PODs in «punti», separated by commas, or «tutti» for all of them."


class NotADate(Refused):
    it = "«{word}» non è una data valida: scrivila come AAAA-MM-GG, per esempio 2025-09-01."
    en = "«{word}» is no valid date: write YYYY-MM-DD, for example 2025-09-01."


class RangeEmpty(Refused):
    it = (
        "Il periodo va da «da» ({first}), compreso, ad «a» ({end}), escluso: la seconda data deve venire dopo la prima."
    )
    en = "The range goes from «da» ({first}), included, to «a» ({end}), excluded: the second date must come after."


class RangeTooLong(Refused):
    it = "Il periodo è troppo lungo: al massimo {days} giorni per richiesta. Dividilo in più richieste."
    en = "The range is too long: {days} days a request at most. Split it into several requests."


class NoSuchChoice(Refused):
    it = "«{word}» può essere {known}."
    en = "«{word}» is one of {known}."


class NotAPage(Refused):
    it = "«pagina» è un numero da 1 in su."
    en = "«pagina» is a number from 1 on."


class NoSuchPage(Refused):
    it = "La pagina {page} non c'è: l'ultima è la {pages}."
    en = "There is no page {page}: the last one is {pages}."


class TooManyRows(Refused):
    it = (
        "Sono circa {rows} righe, e un foglio XLSX qui ne porta al massimo {most}. Scegli CSV, un passo più lungo, "
        "un periodo più breve o meno punti."
    )
    en = (
        "These are some {rows} rows, and an XLSX sheet holds {most} here at most. Choose CSV, a longer step, "
        "a shorter range or fewer points."
    )

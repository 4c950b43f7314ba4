"""What is wrong with a link from a mail."""

from portal_lib.refused import Refused


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


class ContactLinkUnknown(Refused):
    it = "Questo link non è valido. Apri quello della mail, copiandolo per intero, oppure scrivi al servizio clienti."
    en = "This link is not known. Open the one in the mail, copied whole, or write to customer service."


class ContactLinkExpired(Refused):
    it = "Questo link è scaduto. Scrivi al servizio clienti: può fare la stessa cosa per te."
    en = "This link has expired. Write to customer service: they can do the same for you."

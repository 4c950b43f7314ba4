"""Why a forgotten username or password can't be recovered as asked."""

from portal_lib.refused import Refused


class ResetLinkUnknown(Refused):
    it = "Questo link non è valido. Apri quello della mail più recente, copiato per intero, o chiedine uno nuovo."
    en = "This link is not known. Open the one in the newest mail, copied whole, or ask for a new one."


class ResetLinkUsed(Refused):
    it = "Con questo link è già stata scelta una password: accedi con quella, oppure chiedi un nuovo link."
    en = "With this link a password was chosen already: log in with it, or ask for a new link."


class ResetLinkExpired(Refused):
    it = "Questo link non vale più: è scaduto, oppure ne è stato chiesto uno più recente. Chiedi un nuovo link."
    en = "This link no longer works: it has expired, or a newer one was asked for. Ask for a new link."


class NoAddressToWriteTo(Refused):
    it = "L'account «{login}» non ha un indirizzo email a cui inviare il link: aggiungilo, poi riprova."
    en = "The account “{login}” has no e-mail address to send the link to: add one, then try again."


class NoPasswordHere(Refused):
    it = "L'account «{login}» accede con l'identità aziendale e non ha una password in questo portale."
    en = "The account “{login}” comes in by single sign-on and has no password in this portal."


class NotForClosed(Refused):
    it = "L'account «{login}» non è attivo: per scegliere una password deve essere attivo."
    en = "The account “{login}” is not active: only active accounts can choose a password."

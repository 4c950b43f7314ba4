"""What each event is called, and its facts, for the people who read the record."""

from collections.abc import Mapping
from typing import Any

from portal_lib.accounts.audit import Event
from portal_lib.language import Language, Said

#: One for each event; a test holds the two together.
WORDS: Mapping[Event, Said] = {
    Event.ACCOUNT_REGISTERED: Said("Registrazione", "Registered"),
    Event.ACCOUNT_CONFIRMED: Said("Indirizzo confermato: account attivo", "Address confirmed: account active"),
    Event.ACCOUNT_CONFIRMATION_RESENT: Said("Nuovo link di conferma inviato", "New confirmation link sent"),
    Event.ACCOUNT_ACTIVATED: Said("Account attivato dal personale", "Account activated by staff"),
    Event.ACCOUNT_FROZEN: Said("Account sospeso", "Account frozen"),
    Event.ACCOUNT_UNFROZEN: Said("Account riaperto", "Account opened again"),
    Event.ACCOUNT_UNLOCKED: Said("Tentativi azzerati", "Tries forgotten"),
    Event.ACCOUNT_EXPORTED: Said("Dati personali consegnati", "Personal data handed out"),
    Event.ACCOUNT_ERASED: Said("Account cancellato", "Account erased"),
    Event.ADDRESS_CHANGE_REQUESTED: Said("Cambio di indirizzo email richiesto", "Change of e-mail address requested"),
    Event.ADDRESS_CHANGED: Said("Indirizzo email cambiato", "E-mail address changed"),
    Event.CONSENT_GIVEN: Said("Consenso dato", "Consent given"),
    Event.CONSENT_WITHDRAWN: Said("Consenso revocato", "Consent withdrawn"),
    Event.CUSTOMER_ADDED: Said("Codice cliente aggiunto", "Customer code added"),
    Event.CUSTOMER_APPROVED: Said("Codice cliente approvato", "Customer code approved"),
    Event.CUSTOMER_REMOVED: Said("Codice cliente tolto", "Customer code removed"),
    Event.CUSTOMER_REFUSED: Said(
        "Codice cliente e codice fiscale non corrispondenti", "Customer code and tax code did not match"
    ),
    Event.EXPORT_TOKEN_CREATED: Said("Codice per i programmi creato", "Export token created"),
    Event.EXPORT_TOKEN_REVOKED: Said("Codice per i programmi revocato", "Export token revoked"),
    Event.LOGIN_SUCCEEDED: Said("Accesso riuscito", "Logged in"),
    Event.LOGIN_FAILED: Said("Accesso non riuscito", "Login failed"),
    Event.PASSWORD_CHANGED: Said("Password cambiata nel profilo", "Password changed in the profile"),
    Event.PASSWORD_RESET: Said("Nuova password scelta con il link", "New password chosen by the link"),
    Event.PASSWORD_RESET_REQUESTED: Said("Link per una nuova password inviato", "Link for a new password sent"),
    Event.PROFILE_CHANGED: Said("Profilo cambiato", "Profile changed"),
    Event.SECOND_FACTOR_ENABLED: Said("Secondo fattore attivato", "Second factor turned on"),
    Event.SECOND_FACTOR_DISABLED: Said("Secondo fattore disattivato", "Second factor turned off"),
    Event.RECOVERY_CODE_USED: Said("Codice di riserva usato", "Recovery code used"),
    Event.RECOVERY_CODES_RENEWED: Said("Codici di riserva rinnovati", "Recovery codes renewed"),
    Event.SESSION_STARTED: Said("Sessione iniziata", "Session started"),
    Event.SESSION_ENDED: Said("Uscita", "Logged out"),
    Event.SESSIONS_ENDED: Said("Tutte le sessioni chiuse", "All sessions ended"),
    Event.MAIL_RETRIED: Said("Mail in attesa riprovate", "Waiting mail tried again"),
    Event.STAFF_ADDED: Said("Persona aggiunta al personale", "Staff member added"),
    Event.STAFF_GROUP_CHANGED: Said("Gruppo del personale cambiato", "Staff group changed"),
    Event.STAFF_LINKED: Said("Collegato all'accesso aziendale", "Linked to the single sign-on"),
    Event.STAFF_REFUSED: Said("Accesso aziendale rifiutato", "Single sign-on refused"),
    Event.STAFF_SIGNED_ON: Said("Accesso aziendale riuscito", "Signed on"),
    Event.USERNAME_REMINDED: Said("Username inviato per mail", "Username sent by mail"),
}

_FACTS: Mapping[str, Said] = {
    "by": Said("da", "by"),
    "customer": Said("codice cliente", "customer code"),
    "outcome": Said("conferma", "confirmation"),
    "from_state": Said("era", "was"),
    "from_group": Said("era in", "was in"),
    "purpose": Said("per", "for"),
    "approved": Said("approvato", "approved"),
    "door": Said("dove", "where"),
    "reason": Said("motivo", "reason"),
    "label": Said("nome", "label"),
    "second_factor": Said("secondo fattore", "second factor"),
    "field": Said("campo", "field"),
    "left": Said("rimasti", "left"),
    "group": Said("gruppo", "group"),
    "count": Said("quante", "how many"),
}

_VALUES: Mapping[str, Said] = {
    "True": Said("sì", "yes"),
    "False": Said("no", "no"),
    "unconfirmed": Said("da confermare", "unconfirmed"),
    "waiting": Said("in attesa di attivazione", "waiting for activation"),
    "active": Said("attivo", "active"),
    "frozen": Said("sospeso", "frozen"),
    "erased": Said("cancellato", "erased"),
    "typed": Said("all'indirizzo indicato", "to the address typed"),
    "on_file": Said("all'indirizzo in archivio", "to the address on file"),
    "credentials": Said("nome o password errati", "wrong name or password"),
    "code": Said("codice errato", "wrong code"),
    "no-match": Said("nessuna corrispondenza", "no match"),
    "contact": Said("il referente del cliente", "the customer's contact"),
    "owner": Said("la persona stessa", "the person"),
    "staff": Said("chiesto dal personale", "asked for by staff"),
    "sign-on": Said("accesso aziendale", "single sign-on"),
    "password": Said("password", "password"),
    "reset": Said("nuova password", "password reset"),
    "group": Said("gruppo", "group"),
    "mobile": Said("cellulare", "mobile"),
    "language": Said("lingua", "language"),
    "marketing": Said("marketing", "marketing"),
    "third_parties": Said("comunicazione a terzi", "third parties"),
    "profiling": Said("profilazione", "profiling"),
    "notice": Said("informativa", "privacy notice"),
    "registration": Said("registrazione", "registration"),
    "profile": Said("profilo", "profile"),
    "analysts": Said("analisti", "analysts"),
    "operators": Said("operatori", "operators"),
    "totp": Said("codice dell'app", "app code"),
    "recovery-code": Said("codice di riserva", "recovery code"),
}

#: The states of an account, in words.
STATES: Mapping[str, Said] = {
    state: _VALUES[state] for state in ("unconfirmed", "waiting", "active", "frozen", "erased")
}


def event_in_words(event: str, language: Language) -> str:
    """What an event of the record is called; an event that this version does not know, by its own name."""
    known = next((each for each in Event if each.value == event), None)
    return event if known is None else WORDS[known].say(language)


def facts_in_words(detail: Mapping[str, Any], language: Language) -> str:
    """An event's facts as one line: «da: anna · codice cliente: 10002001»."""
    said = []
    for name, value in detail.items():
        label = _FACTS.get(name, Said(name, name)).say(language)
        # What a person chose as a name is never taken for one of our own words.
        words = _VALUES.get(str(value)) if name not in ("label", "customer") else None
        said.append(f"{label}: {words.say(language) if words else value}")
    return " · ".join(said)

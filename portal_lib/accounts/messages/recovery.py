"""Mails of the two recovery journeys. None gives back both username and password."""

from collections.abc import Sequence

from portal_lib.accounts.messages.layout import Button, Paragraph, letter, link_to
from portal_lib.language import Language, Said
from portal_lib.mail import Mail
from portal_lib.settings import Settings


def username_mail(
    settings: Settings, language: Language, *, recipient: str, first_name: str, logins: Sequence[str]
) -> Mail:
    """The usernames of the accounts that have this address; it leads on to the password page."""
    one = len(logins) == 1
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Il tuo username su {portal}", en="Your username at {portal}"),
        name=first_name,
        parts=[
            Paragraph(
                Said(
                    it="qualcuno, probabilmente tu, ha chiesto con quale username accedi a {portal}. È: {logins}"
                    if one
                    else "qualcuno, probabilmente tu, ha chiesto con quali username accedi a {portal}: {logins}",
                    en="somebody, probably you, asked with which username you log in to {portal}. It is: {logins}"
                    if one
                    else "somebody, probably you, asked with which usernames you log in to {portal}: {logins}",
                ),
                {"logins": ", ".join(logins)},
            ),
            Button(Said(it="Accedi", en="Log in"), link_to(settings, "login")),
            Paragraph(
                Said(
                    it="Hai dimenticato anche la password? Chiedine una nuova da questa pagina: {link}",
                    en="You forgot the password as well? Ask for a new one on this page: {link}",
                ),
                {"link": link_to(settings, "password-dimenticata")},
            ),
            Paragraph(
                Said(
                    it="Se non sei stato tu, non devi fare nulla: chi l'ha chiesto non ha visto questo messaggio.",
                    en="If it was not you, there is nothing to do: whoever asked has not seen this message.",
                ),
                quiet=True,
            ),
        ],
    )


def reset_mail(
    settings: Settings,
    language: Language,
    *,
    recipient: str,
    first_name: str,
    login: str,
    secret: str,
    first: bool = False,
) -> Mail:
    """The link for choosing a password; ``first`` where the account has none yet. ``secret`` goes into the link and
    nowhere else.
    """
    asked = Said(
        it="qualcuno, probabilmente tu, ha chiesto una nuova password per il tuo account su {portal}.",
        en="somebody, probably you, asked for a new password for your account at {portal}.",
    )
    added = Said(
        it="su {portal} c'è un account per te, con username {login}. Manca solo la password, che scegli tu.",
        en="at {portal} there is an account for you, with the username {login}. All it lacks is a password, which you "
        "choose.",
    )
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Scegli la tua password per {portal}", en="Choose your password for {portal}")
        if first
        else Said(it="Una nuova password per {portal}", en="A new password for {portal}"),
        name=first_name,
        parts=[
            Paragraph(added, {"login": login}) if first else Paragraph(asked),
            Paragraph(
                Said(
                    it="Per sceglierla apri questo link.",
                    en="To choose it, open this link.",
                )
            ),
            Button(
                Said(it="Scegli la password", en="Choose the password"),
                link_to(settings, "nuova-password", token=secret),
            ),
            Paragraph(_lifetime(settings.reset_minutes)),
            Paragraph(
                Said(
                    it="Se non aspettavi questo messaggio, ignoralo: finché nessuno apre il link non cambia nulla.",
                    en="If you did not expect this message, ignore it: nothing changes until somebody opens the link.",
                )
                if first
                else Said(
                    it="Se non sei stato tu, ignora questo messaggio: la password resta quella che hai.",
                    en="If it was not you, ignore this message: your password stays what it is.",
                ),
                quiet=True,
            ),
        ],
    )


def reset_done_mail(settings: Settings, language: Language, *, recipient: str, first_name: str, login: str) -> Mail:
    """The password was changed by the link; all that the old one had opened is closed."""
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="La tua password su {portal} è cambiata", en="Your password at {portal} was changed"),
        name=first_name,
        parts=[
            Paragraph(
                Said(
                    it="la password dell'account {login} è stata cambiata con il link che ti abbiamo inviato. Tutti i "
                    "dispositivi sono usciti dal portale, e i token per le esportazioni non valgono più.",
                    en="the password of the account {login} was changed with the link that we sent you. All devices "
                    "have been logged out, and tokens for exports no longer work.",
                ),
                {"login": login},
            ),
            Button(Said(it="Accedi", en="Log in"), link_to(settings, "login")),
            Paragraph(
                Said(
                    it="Se non sei stato tu, qualcuno legge la tua posta: cambia prima la password della casella, "
                    "poi chiedi qui una nuova password: {link}",
                    en="If it was not you, somebody reads your mail: first change the password of your mailbox, then "
                    "ask for a new password here: {link}",
                ),
                {"link": link_to(settings, "password-dimenticata")},
            ),
        ],
    )


def waiting_mail(settings: Settings, language: Language, *, recipient: str, first_name: str) -> Mail:
    """A new password was asked for an account that staff have yet to activate."""
    return _closed(
        settings,
        language,
        recipient,
        first_name,
        Said(
            it="hai chiesto una nuova password per {portal}, ma il tuo account attende ancora l'attivazione da parte "
            "del nostro personale. Quando sarà attivo potrai chiederla di nuovo.",
            en="you asked for a new password for {portal}, but your account is still waiting for activation by our "
            "staff. Once it is active you can ask again.",
        ),
    )


def frozen_mail(settings: Settings, language: Language, *, recipient: str, first_name: str) -> Mail:
    """A new password was asked for a frozen account."""
    return _closed(
        settings,
        language,
        recipient,
        first_name,
        Said(
            it="hai chiesto una nuova password per {portal}, ma il tuo account è sospeso: una nuova password non lo "
            "aprirebbe. Scrivi al servizio clienti di {supplier}.",
            en="you asked for a new password for {portal}, but your account is frozen: a new password would not open "
            "it. Write to the customer service of {supplier}.",
        ),
    )


def _closed(settings: Settings, language: Language, recipient: str, first_name: str, sentence: Said) -> Mail:
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="La tua richiesta a {portal}", en="Your request to {portal}"),
        name=first_name,
        parts=[
            Paragraph(sentence),
            Paragraph(
                Said(
                    it="Se non sei stato tu a chiederla, ignora questo messaggio.",
                    en="If it was not you who asked, ignore this message.",
                ),
                quiet=True,
            ),
        ],
    )


def _lifetime(minutes: int) -> Said:
    if minutes == 60:
        it, en = "un'ora", "one hour"
    elif minutes % 60 == 0:
        it, en = f"{minutes // 60} ore", f"{minutes // 60} hours"
    else:
        it, en = f"{minutes} minuti", f"{minutes} minutes"
    return Said(
        it=f"Il link vale {it} e si può usare una volta sola; se ne chiedi un altro, vale solo il più recente.",
        en=f"The link works for {en}, and once; if you ask for another, only the newest one works.",
    )

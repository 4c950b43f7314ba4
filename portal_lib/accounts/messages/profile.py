"""Mails about what somebody changed in their profile: they say what happened, and what to do if it was not you."""

from portal_lib.accounts.messages.layout import Button, Paragraph, letter, link_to
from portal_lib.language import Language, Said
from portal_lib.mail import Mail
from portal_lib.settings import Settings


def new_address_mail(
    settings: Settings, language: Language, *, recipient: str, first_name: str, login: str, secret: str
) -> Mail:
    """To the new address. ``secret`` goes into the link and nowhere else."""
    hours = settings.confirmation_hours
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Conferma il nuovo indirizzo per {portal}", en="Confirm the new address for {portal}"),
        name=first_name,
        parts=[
            Paragraph(
                Said(
                    it="hai chiesto di usare questo indirizzo email per l'account {login} di {portal}.",
                    en="you asked to use this e-mail address for the account {login} of {portal}.",
                ),
                {"login": login},
            ),
            Paragraph(
                Said(
                    it="Apri questo link e premi «Usa questo indirizzo». Fino ad allora continuiamo a scriverti "
                    "all'indirizzo di prima.",
                    en="Open this link and press “Use this address”. Until then we go on writing to the old address.",
                )
            ),
            Button(
                Said(it="Usa questo indirizzo", en="Use this address"),
                link_to(settings, "nuovo-indirizzo", token=secret),
            ),
            Paragraph(
                Said(
                    it="Il link vale un'ora e si può usare una volta sola."
                    if hours == 1
                    else "Il link vale {hours} ore e si può usare una volta sola.",
                    en="The link works for one hour, and once."
                    if hours == 1
                    else "The link works for {hours} hours, and once.",
                ),
                {"hours": hours},
            ),
            Paragraph(
                Said(
                    it="Se non sei stato tu, ignora questo messaggio: senza conferma non cambia nulla.",
                    en="If it was not you, ignore this message: without confirmation nothing changes.",
                ),
                quiet=True,
            ),
        ],
    )


def address_change_asked_mail(
    settings: Settings, language: Language, *, recipient: str, first_name: str, login: str
) -> Mail:
    """To the old address, while the change can still be stopped; it does not say what the new one is."""
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Richiesto un nuovo indirizzo per {portal}", en="A new address for {portal} was asked for"),
        name=first_name,
        parts=[
            Paragraph(
                Said(
                    it="dal profilo dell'account {login} è stato chiesto di cambiare l'indirizzo email. Il cambio "
                    "avviene quando il nuovo indirizzo viene confermato. Se sei stato tu, non devi fare altro.",
                    en="in the profile of the account {login} somebody asked to change the e-mail address. The change "
                    "takes place when the new address is confirmed. If it was you, there is nothing to do.",
                ),
                {"login": login},
            ),
            *_if_it_was_not_you(settings, stops_the_change=True),
        ],
    )


def address_changed_mail(
    settings: Settings, language: Language, *, recipient: str, first_name: str, login: str, old: bool
) -> Mail:
    """To both addresses; ``old`` says that this is the one that is not used any more."""
    said = (
        Said(
            it="l'indirizzo email dell'account {login} è cambiato: d'ora in poi scriviamo al nuovo indirizzo, non più "
            "a questo.",
            en="the e-mail address of the account {login} has changed: from now on we write to the new address, not to "
            "this one.",
        )
        if old
        else Said(
            it="l'indirizzo email dell'account {login} è cambiato: d'ora in poi ti scriviamo qui.",
            en="the e-mail address of the account {login} has changed: from now on we write to you here.",
        )
    )
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Indirizzo cambiato per {portal}", en="Address changed for {portal}"),
        name=first_name,
        parts=[Paragraph(said, {"login": login}), *(_if_it_was_not_you(settings, by_mail=not old))],
    )


def password_changed_mail(
    settings: Settings, language: Language, *, recipient: str, first_name: str, login: str
) -> Mail:
    """After a change in the profile."""
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Password cambiata per {portal}", en="Password changed for {portal}"),
        name=first_name,
        parts=[
            Paragraph(
                Said(
                    it="la password dell'account {login} è stata cambiata dal profilo. Tutti gli altri dispositivi "
                    "sono usciti dal portale.",
                    en="the password of the account {login} was changed in the profile. All other devices have been "
                    "logged out.",
                ),
                {"login": login},
            ),
            *_if_it_was_not_you(settings),
        ],
    )


def erased_mail(settings: Settings, language: Language, *, recipient: str, first_name: str) -> Mail:
    """The last one."""
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Il tuo account di {portal} è stato cancellato", en="Your account of {portal} was erased"),
        name=first_name,
        parts=[
            Paragraph(
                Said(
                    it="come richiesto, il tuo account di {portal} e i dati personali che conteneva sono stati "
                    "cancellati. Il contratto di fornitura non cambia.",
                    en="as asked, your account of {portal} and the personal data in it were erased. Your supply "
                    "contract does not change.",
                )
            ),
            Paragraph(
                Said(
                    it="Conserviamo soltanto, senza nome né recapiti, ciò che la legge chiede: la prova dei consensi "
                    "dati o negati e le ricevute dei documenti scaricati. Questo è l'ultimo messaggio che ricevi "
                    "da noi per questo account.",
                    en="We keep, without name or address, only what the law asks for: the proof of consents given or "
                    "refused and the receipts of downloaded documents. This is the last message that you get from us "
                    "about this account.",
                )
            ),
        ],
    )


def _if_it_was_not_you(
    settings: Settings, *, stops_the_change: bool = False, by_mail: bool = True
) -> list[Paragraph | Button]:
    call = Paragraph(
        Said(
            it="Se non sei stato tu, contatta subito il servizio clienti di {supplier}.",
            en="If it was not you, get in touch with the customer service of {supplier} at once.",
        )
    )
    if not by_mail:
        return [call]
    also = (
        Said(
            it="Se non sei stato tu, chiedi subito una nuova password: il cambio di indirizzo viene annullato e tutti "
            "i dispositivi escono dal portale. Poi avvisa il servizio clienti di {supplier}.",
            en="If it was not you, ask for a new password at once: the change of address is cancelled and all devices "
            "are logged out. Then tell the customer service of {supplier}.",
        )
        if stops_the_change
        else Said(
            it="Se non sei stato tu, chiedi subito una nuova password: tutti i dispositivi escono dal portale. Poi "
            "avvisa il servizio clienti di {supplier}.",
            en="If it was not you, ask for a new password at once: all devices are logged out. Then tell the customer "
            "service of {supplier}.",
        )
    )
    return [
        Paragraph(also),
        Button(
            Said(it="Chiedi una nuova password", en="Ask for a new password"), link_to(settings, "password-dimenticata")
        ),
    ]

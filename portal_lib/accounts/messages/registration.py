"""Mails of a registration."""

from portal_lib.accounts.messages.layout import Button, Paragraph, letter, link_to
from portal_lib.language import Language, Said
from portal_lib.mail import Mail
from portal_lib.settings import Settings


def confirmation_mail(
    settings: Settings, language: Language, *, recipient: str, first_name: str, login: str, secret: str
) -> Mail:
    """The mail that a registration is confirmed with. ``secret`` goes into the link and nowhere else."""
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Conferma la registrazione a {portal}", en="Confirm your registration with {portal}"),
        name=first_name,
        parts=[
            Paragraph(
                Said(
                    it="grazie per la tua registrazione su {portal} di {supplier}. Il tuo username è: {login}",
                    en="thank you for registering with {portal} of {supplier}. Your username is: {login}",
                ),
                {"login": login},
            ),
            Paragraph(
                Said(
                    it="Per attivare l'account apri questo link e premi «Conferma l'account».",
                    en="To activate the account, open this link and press “Confirm the account”.",
                )
            ),
            Button(
                Said(it="Conferma l'account", en="Confirm the account"), link_to(settings, "conferma", token=secret)
            ),
            Paragraph(_lifetime(settings.confirmation_hours)),
            Paragraph(
                Said(
                    it="Se non hai chiesto tu questa registrazione, ignora questo messaggio: senza conferma l'account "
                    "resta chiuso.",
                    en="If you did not ask for this registration, ignore this message: without confirmation the "
                    "account stays closed.",
                ),
                quiet=True,
            ),
        ],
    )


def _lifetime(hours: int) -> Said:
    return Said(
        it="Il link vale un'ora e si può usare una volta sola."
        if hours == 1
        else f"Il link vale {hours} ore e si può usare una volta sola.",
        en="The link works for one hour, and once." if hours == 1 else f"The link works for {hours} hours, and once.",
    )

"""The mail to somebody who now sees a customer's data."""

from portal_lib.accounts.messages.layout import Button, Paragraph, letter
from portal_lib.language import Language, Said
from portal_lib.mail import Mail
from portal_lib.settings import Settings


def approved_mail(settings: Settings, language: Language, *, recipient: str, first_name: str, code: str) -> Mail:
    """The code that an account asked for is open to it."""
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=Said(it="Accesso consentito su {portal}", en="Access allowed on {portal}"),
        name=first_name,
        parts=[
            Paragraph(
                Said(
                    it="da ora vedi su {portal} i consumi e i documenti del codice cliente {code}.",
                    en="from now on you see the consumption and the documents of the customer code {code} on {portal}.",
                ),
                {"code": code},
            ),
            Button(Said(it="Apri il portale", en="Open the portal"), f"{settings.address}/"),
        ],
    )

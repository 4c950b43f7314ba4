"""The mail to a customer's contact about a new account on its code."""

from datetime import datetime

from portal_lib.accounts.messages.layout import Button, Paragraph, letter, link_to
from portal_lib.clock import ROME
from portal_lib.language import Said
from portal_lib.mail import Mail
from portal_lib.settings import Settings


def contact_mail(
    settings: Settings, *, recipient: str, name: str, code: str, at: datetime, not_me: str, approval: str | None
) -> Mail:
    """Who got an account on which code, and when. ``not_me`` and ``approval`` (where the contact decides) are the
    links' secrets. In Italian: nobody asked the contact for a language.
    """
    facts = {
        "name": name,
        "code": code,
        "day": f"{at.astimezone(ROME):%d/%m/%Y}",
        "time": f"{at.astimezone(ROME):%H:%M}",
    }
    parts: list[Paragraph | Button] = [
        Paragraph(
            Said(
                it="il {day} alle {time} {name} ha collegato il proprio account su {portal} al codice cliente {code}, "
                "per il quale abbiamo questo indirizzo.",
                en="on {day} at {time} {name} linked their account with {portal} to the customer code {code}, for "
                "which we have this address on file.",
            ),
            facts,
        )
    ]
    if approval is not None:
        parts += [
            Paragraph(
                Said(
                    it="Finché non lo consenti, consumi e documenti non sono visibili. Se conosci questa persona, "
                    "apri il link e premi «Consenti l'accesso».",
                    en="Until you allow it, no consumption and no document can be seen. If you know this person, open "
                    "the link and press “Allow access”.",
                )
            ),
            Button(Said(it="Consenti l'accesso", en="Allow access"), link_to(settings, "approva", token=approval)),
        ]
    else:
        parts.append(
            Paragraph(
                Said(
                    it="Se conosci questa persona non devi fare nulla.",
                    en="If you know this person there is nothing to do.",
                )
            )
        )
    parts += [
        Paragraph(
            Said(
                it="Se invece non la conosci, blocca subito l'account: apri questo link e premi «Blocca l'account».",
                en="If you do not know them, block the account at once: open this link and press “Block the account”.",
            )
        ),
        Button(
            Said(it="Non conosco questa persona", en="I do not know this person"),
            link_to(settings, "non-sono-io", token=not_me),
        ),
        Paragraph(
            Said(it="I link valgono {days} giorni.", en="The links work for {days} days."),
            {"days": settings.contact_link_days},
            quiet=True,
        ),
    ]
    return letter(
        settings,
        "it",
        recipient=recipient,
        subject=Said(it=f"Nuovo account sul codice cliente {code}", en=f"New account on the customer code {code}"),
        name="",
        parts=parts,
    )

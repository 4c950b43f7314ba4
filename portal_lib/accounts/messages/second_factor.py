"""Mails about the second factor: what somebody should hear of who did not do it."""

from portal_lib.accounts.messages.layout import Button, Paragraph, letter, link_to
from portal_lib.language import Language, Said
from portal_lib.mail import Mail
from portal_lib.settings import Settings

_NOT_YOU = Said(
    it="Se non sei stato tu, qualcuno conosce la tua password: scegline subito una nuova.",
    en="If it was not you, somebody knows your password: choose a new one at once.",
)


def enabled_mail(settings: Settings, language: Language, *, recipient: str, first_name: str) -> Mail:
    """The second factor was turned on."""
    return _notice(
        settings,
        language,
        recipient,
        first_name,
        Said(it="Verifica in due passaggi attivata su {portal}", en="Two-step verification turned on at {portal}"),
        Said(
            it="da ora, per accedere a {portal}, oltre alla password serve il codice della tua app. Conserva i codici "
            "di riserva: ognuno vale una volta, se perdi il telefono.",
            en="from now on, logging in to {portal} takes the code of your app besides the password. Keep the recovery "
            "codes: each works once, should you lose the telephone.",
        ),
    )


def disabled_mail(settings: Settings, language: Language, *, recipient: str, first_name: str) -> Mail:
    """The second factor was turned off."""
    return _notice(
        settings,
        language,
        recipient,
        first_name,
        Said(it="Verifica in due passaggi disattivata su {portal}", en="Two-step verification turned off at {portal}"),
        Said(
            it="per accedere a {portal} ora basta la password: la verifica in due passaggi è stata disattivata.",
            en="the password alone now opens {portal}: two-step verification was turned off.",
        ),
    )


def recovery_code_used_mail(
    settings: Settings, language: Language, *, recipient: str, first_name: str, left: int
) -> Mail:
    """Somebody came in with a recovery code; ``left`` are unused."""
    if left == 1:
        rest = Said(it="Te ne resta uno.", en="One is left.")
    elif left:
        rest = Said(it=f"Te ne restano {left}.", en=f"{left} are left.")
    else:
        rest = Said(it="Era l'ultimo.", en="It was the last one.")
    return _notice(
        settings,
        language,
        recipient,
        first_name,
        Said(it="Codice di riserva usato su {portal}", en="Recovery code used at {portal}"),
        Said(
            it="qualcuno ha effettuato l'accesso a {portal} con la tua password e uno dei tuoi codici di riserva. "
            f"{rest.it} Puoi crearne di nuovi nel profilo.",
            en="somebody logged in to {portal} with your password and one of your recovery codes. "
            f"{rest.en} You can make new ones in the profile.",
        ),
    )


def _notice(
    settings: Settings, language: Language, recipient: str, first_name: str, subject: Said, sentence: Said
) -> Mail:
    return letter(
        settings,
        language,
        recipient=recipient,
        subject=subject,
        name=first_name,
        parts=[
            Paragraph(sentence),
            Paragraph(_NOT_YOU),
            Button(
                Said(it="Scegli una nuova password", en="Choose a new password"),
                link_to(settings, "password-dimenticata"),
            ),
        ],
    )

"""What the portal writes to people: one function per mail, as text and as HTML, in Italian.

Links start with the portal's own address from the settings, never with a host that a request named.
"""

from html import escape
from urllib.parse import urlencode

from portal_lib.mail import Mail
from portal_lib.settings import Settings


def confirmation_mail(settings: Settings, *, recipient: str, first_name: str, login: str, secret: str) -> Mail:
    """The mail that a registration is confirmed with. ``secret`` goes into the link and nowhere else."""
    # `token` is the name the Hub scrubs from its log.
    link = f"{settings.address}/hub/conferma?{urlencode({'token': secret})}"
    hours = "un'ora" if settings.confirmation_hours == 1 else f"{settings.confirmation_hours} ore"
    text = f"""\
Ciao {first_name},

grazie per la tua registrazione su {settings.portal_name} di {settings.supplier_name}.
Il tuo username è: {login}

Per attivare l'account apri questo link e premi «Conferma l'account»:

{link}

Il link vale {hours} e si può usare una volta sola.

Se non hai chiesto tu questa registrazione, ignora questo messaggio: senza conferma l'account resta chiuso.

{settings.supplier_name}
"""
    body = f"""\
<p>Ciao {escape(first_name)},</p>
<p>grazie per la tua registrazione su {escape(settings.portal_name)} di {escape(settings.supplier_name)}.<br>
Il tuo username è: <strong>{escape(login)}</strong></p>
{_button(link, "Conferma l'account")}
<p>Il link vale {hours} e si può usare una volta sola. Se il pulsante non funziona, copia questo indirizzo nel
browser:<br><a href="{escape(link)}" style="color:#0b5d7a;word-break:break-all">{escape(link)}</a></p>
<p style="color:#4a5a66">Se non hai chiesto tu questa registrazione, ignora questo messaggio: senza conferma
l'account resta chiuso.</p>
"""
    return Mail(
        recipient=recipient,
        subject=f"Conferma la registrazione a {settings.portal_name}",
        text=text,
        html=_page(settings, body),
    )


def _page(settings: Settings, body: str) -> str:
    # Styles inline: mail programs drop style sheets.
    return f"""\
<!DOCTYPE html>
<html lang="it">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin:0;padding:24px;background:#f4f6f8;color:#17262f;font:16px/1.5 system-ui,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #cdd6dd">
<p style="margin-top:0;font-weight:600;color:#0b5d7a">{escape(settings.portal_name)}</p>
{body}<p style="margin-bottom:0">{escape(settings.supplier_name)}</p>
</div>
</body>
</html>
"""


def _button(link: str, label: str) -> str:
    return (
        f'<p style="margin:24px 0"><a href="{escape(link)}" style="display:inline-block;padding:12px 20px;'
        f'background:#0b5d7a;color:#ffffff;border-radius:6px;text-decoration:none">{escape(label)}</a></p>'
    )

"""The mails about reports: a document is there, for customers; one failed or will soon be late, for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal_lib.accounts.messages.layout import Button, Paragraph, letter, link_to
from portal_lib.language import Language, Said
from portal_lib.mail import Mail
from portal_lib.settings import Settings

#: A mail names so many documents and counts the rest.
_MOST = 20


@dataclass(frozen=True)
class Line:
    """One document. ``reason`` tells operators why it failed, in their language."""

    title: str
    period: str
    customer_code: str
    report: str = ""
    due_on: date | None = None
    reason: str = ""


_ONE = Said("{title}, periodo {period} (codice cliente {code})", "{title}, period {period} (customer code {code})")
_FAILED = Said("{report} {period} per {code}: {reason}", "{report} {period} for {code}: {reason}")
_DUE = Said("{report} {period} per {code}: scade il {due}", "{report} {period} for {code}: due on {due}")
_MORE = Said("… e altri {count}.", "… and {count} more.")


def customers_mail(settings: Settings, language: Language, *, recipient: str, name: str, lines: Sequence[Line]) -> Mail:
    """Which documents have been deposited since the last mail, and where they are."""
    parts: list[Paragraph | Button] = [
        Paragraph(
            Said("su {portal} ci sono nuovi documenti per te:", "there are new documents for you on {portal}:")
            if len(lines) > 1
            else Said("su {portal} c'è un nuovo documento per te:", "there is a new document for you on {portal}:")
        ),
        *_listed(lines, _ONE),
        Button(Said("Vai ai documenti", "Go to the documents"), f"{settings.address}/services/portale/download"),
        Paragraph(
            Said(
                "Ricevi questa mail, al massimo una al giorno, perché l'hai chiesta nel tuo profilo: lì puoi "
                "disattivarla.",
                "You get this mail, at most one a day, because you asked for it in your profile: you can turn it off "
                "there.",
            ),
            quiet=True,
        ),
    ]
    subject = Said("Nuovi documenti su {portal}", "New documents on {portal}")
    return letter(settings, language, recipient=recipient, subject=subject, name=name, parts=parts)


def operators_mail(
    settings: Settings,
    language: Language,
    *,
    recipient: str,
    name: str,
    failed: Sequence[Line],
    due: Sequence[Line],
) -> Mail:
    """What failed, and what will soon be late; details stand on the operators' page."""
    parts: list[Paragraph | Button] = []
    if failed:
        parts.append(Paragraph(Said("Report che non riescono:", "Reports that fail:")))
        parts += _listed(failed, _FAILED)
    if due:
        parts.append(
            Paragraph(Said("Report in scadenza, non ancora depositati:", "Reports due soon and not deposited yet:"))
        )
        parts += _listed(due, _DUE)
    parts.append(Button(Said("Vai alle consegne", "Go to the deliveries"), link_to(settings, "operatori/consegne")))
    subject = (
        Said("Report: {failed} non riusciti, {due} in scadenza", "Reports: {failed} failing, {due} due soon")
        if failed and due
        else Said("Report: {failed} non riusciti", "Reports: {failed} failing")
        if failed
        else Said("Report: {due} in scadenza", "Reports: {due} due soon")
    )
    counted = {"failed": len(failed), "due": len(due)}
    counted_subject = Said(subject.say("it", **counted), subject.say("en", **counted))
    return letter(settings, language, recipient=recipient, subject=counted_subject, name=name, parts=parts)


def _listed(lines: Sequence[Line], said: Said) -> list[Paragraph | Button]:
    listed: list[Paragraph | Button] = [
        Paragraph(
            said,
            {
                "title": line.title,
                "report": line.report,
                "period": line.period,
                "code": line.customer_code,
                "due": f"{line.due_on:%d/%m/%Y}" if line.due_on else "",
                "reason": line.reason[:400],
            },
        )
        for line in lines[:_MOST]
    ]
    if len(lines) > _MOST:
        listed.append(Paragraph(_MORE, {"count": len(lines) - _MOST}))
    return listed

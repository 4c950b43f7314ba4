"""The list of documents as HTML: a form, so that choosing several and fetching them as one ZIP needs no script.

Addresses are relative to the page's own. Everything that was typed somewhere is shown as text, never as markup.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from portal_lib.clock import ROME
from portal_lib.dashboards.downloads_filter import Document
from portal_lib.dashboards.words import count, day, number, say
from portal_lib.deposit.catalogue import DepositedFile
from portal_lib.language import Said

#: As many as one archive takes (``web.files``).
MOST_IN_A_ZIP = 500

_ONE, _MANY = Said("documento", "document"), Said("documenti", "documents")
_NEW_ONE, _NEW_MANY = Said("nuovo", "new"), Said("nuovi", "new")
_SINCE = Said("dalla tua visita precedente", "since your visit before this one")
_HEADS = (
    Said("Scegli", "Choose"),
    Said("Documento", "Document"),
    Said("Competenza", "Period covered"),
    Said("Depositato il", "Deposited on"),
    Said("Versione", "Version"),
    Said("File", "Files"),
)
_CHOSEN = Said("Scarica i selezionati (ZIP)", "Download the chosen ones (ZIP)")
_ALL = Said("Scarica tutti gli elencati (ZIP)", "Download all that are listed (ZIP)")
_CHOOSE = Said("Scegli {title}, {period}, versione {version}", "Choose {title}, {period}, version {version}")
_NEW = Said("Nuovo", "New")
_REPLACED = Said("Sostituito", "Superseded")
_PROVISIONAL = Said("Provvisorio", "Provisional")
_ON_TIME = Said("in tempo: era dovuto entro il {due}", "on time: due by {due}")
_LATE = Said("in ritardo: era dovuto entro il {due}", "late: due by {due}")
_FETCHED = Said("scaricato il {when}", "fetched on {when}")
_SUMS = Said("Impronte SHA-256", "SHA-256 checksums")
_COPY, _COPIED = Said("Copia", "Copy"), Said("Copiata", "Copied")
_COPY_WHAT = Said("l'impronta di {name}", "the SHA-256 of {name}")
_FROM = Said("Da {supplier}", "From {supplier}")
_FOR = Said("per il codice cliente {code}", "for customer code {code}")
_FORMATS = {"csv_iso": Said("CSV ISO", "CSV ISO"), "csv": Said("CSV", "CSV")}


def status(found: Sequence[Document]) -> str:
    """How many documents there are, and how many of them are new."""
    text = count(len(found), _ONE, _MANY)
    new = sum(document.new for document in found)
    return f"{text}, {count(new, _NEW_ONE, _NEW_MANY)} {say(_SINCE)}." if new else f"{text}."


def listed(
    found: Sequence[Document],
    fetched: Mapping[int, datetime],
    *,
    supplier: str = "",
    tenders: Mapping[str, str] | None = None,
    several_customers: bool = False,
) -> str:
    """The documents as a table in a form; on a narrow screen one below the other.

    ``fetched``: when the visitor last fetched each file; ``tenders``: their names by id.
    """
    titles = [escape(say(head)) for head in _HEADS]
    titles[0] = f'<span class="visually-hidden">{titles[0]}</span>'
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    rows = "".join(_row(document, fetched, supplier, tenders or {}, several_customers) for document in found)
    ids = [str(file.id) for document in found for file in document.files][:MOST_IN_A_ZIP]
    everything = "files/scelti.zip?" + "&amp;".join(f"id={one}" for one in ids)
    return (
        '<form class="portal-documents" action="files/scelti.zip" method="get">'
        f'<p class="portal-documents-actions"><button class="button" type="submit">{escape(say(_CHOSEN))}</button> '
        f'<a class="button secondary" href="{everything}" download>{escape(say(_ALL))}</a></p>'
        f'<table class="portal-deposits"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></form>'
    )


def _row(
    document: Document, fetched: Mapping[int, datetime], supplier: str, tenders: Mapping[str, str], several: bool
) -> str:
    file = document.first
    tags = [
        f'<span class="tag {kind}">{escape(say(said))}</span>'
        for applies, kind, said in (
            (document.new, "good", _NEW),
            (file.superseded, "", _REPLACED),
            (file.provisional, "wrong", _PROVISIONAL),
        )
        if applies
    ]
    origin = [say(_FROM, supplier=supplier)] if supplier else []
    origin += [tenders[file.tender]] if file.tender in tenders else []
    origin += [say(_FOR, code=file.customer_code)] if several else []
    deposited = file.deposited_at.astimezone(ROME)
    lateness = say(_ON_TIME if file.on_time else _LATE, due=day(file.due_on))
    cells = (
        f'<span class="portal-document-title">{escape(file.report)} · {escape(file.title)}</span> {" ".join(tags)}'
        f"<small>{escape(' · '.join(origin))}</small>",
        escape(document.period),
        f'{day(deposited.date())} {deposited:%H:%M}<small class="{"on-time" if file.on_time else "late"}">'
        f"{escape(lateness)}</small>",
        str(file.version),
        _files(document, fetched),
    )
    columns = "".join(
        f'<td data-label="{escape(say(head))}">{cell}</td>' for head, cell in zip(_HEADS[1:], cells, strict=True)
    )
    return (
        f'<tr class="{"superseded" if file.superseded else ""}"><td class="choose">{_box(document)}</td>{columns}</tr>'
    )


def _box(document: Document) -> str:
    """One box for the document: it stands for all its files, whose numbers go together in one value."""
    file = document.first
    name = say(_CHOOSE, title=f"{file.report} {file.title}", period=document.period, version=file.version)
    value = ",".join(str(one.id) for one in document.files)
    return f'<input type="checkbox" name="id" value="{value}" aria-label="{escape(name)}">'


def _files(document: Document, fetched: Mapping[int, datetime]) -> str:
    """Each format with its size and the visitor's last receipt; the checksums folded below."""
    links = "".join(_file(one, fetched.get(one.id)) for one in document.files)
    sums = "".join(_sum(one) for one in document.files)
    return (
        f'<div class="portal-formats">{links}</div>'
        f"<details><summary>{escape(say(_SUMS))}</summary><dl>{sums}</dl></details>"
    )


def _file(file: DepositedFile, fetched_at: datetime | None) -> str:
    name, receipt = escape(file.name), ""
    if fetched_at is not None:
        at = fetched_at.astimezone(ROME)
        receipt = f"<small>{escape(say(_FETCHED, when=f'{day(at.date())} {at:%H:%M}'))}</small>"
    return (
        f'<span class="portal-file"><a href="files/{file.id}" download title="{name}">{escape(_kind(file))}'
        f'<span class="visually-hidden"> {name}</span></a> <span class="size">{_size(file.size)}</span>'
        f"{receipt}</span>"
    )


def _sum(file: DepositedFile) -> str:
    return (
        f"<dt>{escape(_kind(file))}</dt><dd><code>{escape(file.sha256)}</code> "
        f'<button class="plain" type="button" data-copia="{escape(file.sha256)}" '
        f'data-copiato="{escape(say(_COPIED))}">{escape(say(_COPY))}'
        f'<span class="visually-hidden"> {escape(say(_COPY_WHAT, name=file.name))}</span></button></dd>'
    )


def _kind(file: DepositedFile) -> str:
    return say(_FORMATS[file.format]) if file.format in _FORMATS else file.format.upper()


def _size(size: int) -> str:
    if size < 1_000_000:
        return f"{number(max(size / 1000, 1))}\u00a0kB"
    return f"{number(size / 1_000_000, 1)}\u00a0MB"

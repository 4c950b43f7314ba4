"""What is said when a file of customers, supply points or orders is not taken.

Nothing of any file named in the same call has been loaded when one of these is raised.
"""

from collections.abc import Sequence

from portal_lib.customers.orphans import Orphan
from portal_lib.refused import Refused

_SHOWN = 5


class NoSuchFile(Refused):
    it = "Il file {file} non si può leggere: {reason}. Controlla il percorso e i permessi."
    en = "The file {file} can't be read: {reason}. Check its path and permissions."


class NotText(Refused):
    it = "Il file {file} non è testo UTF-8 (riga {line}). Salvalo come «CSV UTF-8» e riprova."
    en = "The file {file} isn't UTF-8 text (line {line}). Save it as “CSV UTF-8” and try again."


class NotDelimited(Refused):
    it = "Il file {file} non è un CSV leggibile, riga {row}: {reason}. Correggi la riga e riprova."
    en = "The file {file} isn't readable CSV, row {row}: {reason}. Correct the row and try again."


class NotAWorkbook(Refused):
    it = "Il file {file} non è una cartella di lavoro XLSX leggibile ({reason}). Salvalo di nuovo come XLSX o CSV."
    en = "The file {file} isn't a readable XLSX workbook ({reason}). Save it anew as XLSX or CSV."


class WouldOrphan(Refused):
    """The load would leave accounts or readings without an owner. ``orphans`` are all of them."""

    it = (
        "Il caricamento lascerebbe senza titolare {count} fra account e letture: {shown}. Non è cambiato nulla. "
        "Guarda con --dry-run; se va bene così, ripeti con --accept-orphans."
    )
    en = (
        "The load would leave {count} of accounts and readings without an owner: {shown}. Nothing has changed. "
        "Look with --dry-run; if that is as it should be, say --accept-orphans."
    )

    def __init__(self, orphans: Sequence[Orphan]) -> None:
        self.orphans = orphans
        shown = "; ".join(told(orphan) for orphan in orphans[:_SHOWN]) + ("; …" if len(orphans) > _SHOWN else "")
        super().__init__(count=len(orphans), shown=shown)


def told(orphan: Orphan) -> str:
    """What would be left alone, for an operator."""
    if orphan.what == "readings":
        return f"POD {orphan.key} has readings on {orphan.count} days that nobody would hold ({orphan.why})"
    why = "would be somebody else by its tax numbers" if orphan.why == "tax numbers" else "would hold no point any more"
    return f"customer {orphan.key} {why}, and {orphan.count} accounts see its data"


class UnknownHeader(Refused):
    it = (
        "Il file {file} non ha l'intestazione di clienti, punti di fornitura o ordini: la prima riga è "
        "«{header}». Le intestazioni sono in docs/customers-files.md."
    )
    en = (
        "The file {file} doesn't have the header of customers, supply points or orders: its first row is "
        "“{header}”. The headers are in docs/customers-files.md."
    )


class WrongColumns(Refused):
    it = (
        "L'intestazione del file {file} ({sheet}) non è completa o non è giusta: mancano [{missing}], "
        "sconosciute o ripetute [{extra}]. Correggi la prima riga come in docs/customers-files.md."
    )
    en = (
        "The header of the file {file} ({sheet}) isn't right: missing [{missing}], unknown or repeated "
        "[{extra}]. Correct the first row as docs/customers-files.md says."
    )


class WrongFieldCount(Refused):
    it = "File {file}, riga {row}: {found} campi invece di {expected}. Correggi la riga e riprova."
    en = "File {file}, row {row}: {found} fields instead of {expected}. Correct the row and try again."


class BadField(Refused):
    """One field of one row can't be taken. Facts: ``file``, ``row``, ``column`` and those of the sentence.

    Subclasses give ``wrong_it`` and ``wrong_en``; where it is stands before them in every sentence.
    """

    wrong_it = ""
    wrong_en = ""

    def __init_subclass__(cls) -> None:
        cls.it = "File {file}, riga {row}, campo {column}: " + cls.wrong_it
        cls.en = "File {file}, row {row}, field {column}: " + cls.wrong_en


class Missing(BadField):
    wrong_it = "manca. Completa il campo e riprova."
    wrong_en = "it is empty. Fill it in and try again."


class TooLong(BadField):
    wrong_it = "ha {length} caratteri, al massimo ne sono ammessi {most}. Accorcialo e riprova."
    wrong_en = "it has {length} characters, {most} at most are allowed. Shorten it and try again."


class ControlCharacter(BadField):
    wrong_it = "contiene un carattere di controllo (a capo, tabulazione o simile). Toglilo e riprova."
    wrong_en = "it contains a control character (a line break, a tab or the like). Remove it and try again."


class NotACustomerCode(BadField):
    wrong_it = "«{value}» non può essere un codice cliente: da 1 a 32 lettere, cifre, punti, trattini. Correggilo."
    wrong_en = "“{value}” can't be a customer code: 1 to 32 letters, digits, dots, hyphens. Correct it."


class NotAKind(BadField):
    wrong_it = "«{value}» non è un tipo di cliente. Scrivi household (famiglia) o organisation (ente o azienda)."
    wrong_en = "“{value}” isn't a kind of customer. Write household or organisation."


class NotATaxCode(BadField):
    # The number itself is personal data: the sentence says where it stands, not what it is.
    wrong_it = "il codice fiscale non è valido (16 caratteri, o 11 cifre per un ente; carattere di controllo)."
    wrong_en = "the codice fiscale isn't valid (16 characters, or 11 digits; check character). Correct it."


class NotAPersonsTaxCode(BadField):
    wrong_it = "una famiglia (household) ha il codice fiscale di una persona, 16 caratteri. Correggilo."
    wrong_en = "a household has a person's codice fiscale, 16 characters. Correct it."


class NotAVat(BadField):
    wrong_it = "la partita IVA non è valida (11 cifre, l'ultima di controllo). Correggila."
    wrong_en = "the partita IVA isn't valid (11 digits, the last one a check digit). Correct it."


class NoTaxNumber(BadField):
    wrong_it = "un ente o azienda (organisation) ha bisogno di partita IVA o codice fiscale. Completa uno dei due."
    wrong_en = "an organisation needs a partita IVA or a codice fiscale. Fill in one of the two."


class NotAnEmail(BadField):
    wrong_it = "«{value}» non è un indirizzo email. Correggilo o lascialo vuoto."
    wrong_en = "“{value}” isn't an e-mail address. Correct it or leave it empty."


class NotALetterCode(BadField):
    wrong_it = "«{value}» non ha la forma di un {what}: {length} lettere o cifre. Correggilo o lascialo vuoto."
    wrong_en = "“{value}” hasn't the form of a {what}: {length} letters or digits. Correct it or leave it empty."


class NotAPod(BadField):
    wrong_it = "«{value}» non è un POD: IT, 3 cifre, E, 8 lettere o cifre. Correggilo."
    wrong_en = "“{value}” isn't a POD: IT, 3 digits, E, 8 letters or digits. Correct it."


class TurnedInto(BadField):
    wrong_it = (
        "il foglio di calcolo ha cambiato ciò che era scritto ({what}: «{value}»). "
        "Dai alla colonna il formato Testo e scrivi di nuovo il valore."
    )
    wrong_en = (
        "the spreadsheet has made something else of what was typed ({what}: “{value}”). "
        "Give the column the format Text and type the value again."
    )


class LostZeros(BadField):
    wrong_it = (
        "«{value}» è «{like}» senza gli zeri iniziali, che i fogli di calcolo tolgono. Scrivilo intero, "
        "in una colonna con il formato Testo."
    )
    wrong_en = (
        "“{value}” is “{like}” without the zeros at its beginning, which spreadsheets take away. Write it whole, "
        "in a column with the format Text."
    )


class NotADay(BadField):
    wrong_it = "«{value}» non è una data. Scrivi anno-mese-giorno, per esempio 2025-03-31."
    wrong_en = "“{value}” isn't a date. Write year-month-day, for example 2025-03-31."


class NotANumber(BadField):
    wrong_it = "«{value}» non è un numero fra {least} e {most}. Scrivilo senza separatore delle migliaia né unità."
    wrong_en = "“{value}” isn't a number between {least} and {most}. Write it without thousands separator or unit."


class AmbiguousNumber(BadField):
    wrong_it = "«{value}» può voler dire due numeri. Scrivi i decimali con la virgola e le migliaia senza punto."
    wrong_en = "“{value}” can mean two numbers. Write decimals with a comma and thousands without a point."


class EndsBeforeItBegins(BadField):
    wrong_it = "il POD {pod} sarebbe tenuto fino al {last}, prima che dal {first}. Correggi una delle due date."
    wrong_en = "POD {pod} would be held until {last}, before it is held from {first}. Correct one of the two days."


class UnknownCustomer(BadField):
    wrong_it = "il cliente {code} non è conosciuto. Aggiungilo al file dei clienti, o correggi il codice."
    wrong_en = "customer {code} isn't known. Add it to the file of customers, or correct the code."


class UnknownOrder(BadField):
    wrong_it = "il cliente {code} non ha l'ordine {number}. Aggiungilo al file degli ordini, o correggi il numero."
    wrong_en = "customer {code} has no order {number}. Add it to the file of orders, or correct the number."


class RepeatedRow(BadField):
    wrong_it = "{what} c'è già alla riga {other} di {other_file}. Lascia una riga sola."
    wrong_en = "{what} is already in row {other} of {other_file}. Keep one of the two rows."


class Contradiction(BadField):
    wrong_it = (
        "per il POD {pod} dice «{value}», ma la riga {other} di {other_file} dice «{other_value}». "
        "Scrivi lo stesso valore in tutte le righe del POD."
    )
    wrong_en = (
        "for POD {pod} it says “{value}”, but row {other} of {other_file} says “{other_value}”. "
        "Write the same value in every row of the POD."
    )


class HoldersOverlap(BadField):
    wrong_it = (
        "il POD {pod} sarebbe di {one} ({one_days}) e di {two} ({two_days}) negli stessi giorni. "
        "Da' al primo un ultimo giorno (holder_to) prima dell'inizio del secondo."
    )
    wrong_en = (
        "POD {pod} would be held by {one} ({one_days}) and {two} ({two_days}) on the same days. "
        "Give the first a last day (holder_to) before the second begins."
    )


class NoSuchHolding(BadField):
    wrong_it = "il POD {pod} non ha un periodo che comincia il {first}: niente da togliere. Correggi la data."
    wrong_en = "POD {pod} has no interval that begins on {first}: nothing to take back. Correct the day."

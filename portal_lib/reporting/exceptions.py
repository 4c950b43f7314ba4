"""What the reports will not do, and what to tell the person."""

from portal_lib.refused import Refused


class NoTenders(Refused):
    """The catalogue's folder holds no tender."""

    it = "Nella cartella {folder} non c'è nessun file .toml: aggiungi il capitolato e riprova."
    en = "There is no .toml file in {folder}: add the tender's catalogue there and try again."


class BadTender(Refused):
    """A tender's file can't be read; every mistake in it is named at once, each with its line."""

    it = "Il capitolato non è valido e non è stato eseguito nulla:\n{errors}\nCorreggi il file e riprova."
    en = "The tender's file can't be used, and nothing was run:\n{errors}\nCorrect the file and try again."


class ReportTwice(Refused):
    """Two tenders use the same report id."""

    it = "Il report {report} è definito sia in {file} sia in {other}: rinominane uno e riprova."
    en = "Report {report} is defined in {file} and in {other}: rename one of them and try again."


class UnknownReport(Refused):
    """No tender knows this report."""

    it = "Il report «{report}» non è in nessun capitolato. Scegli tra: {known}."
    en = "No tender has a report «{report}». Choose one of: {known}."


class UnknownTender(Refused):
    """No file of the catalogue has this name."""

    it = "Non c'è nessun capitolato «{tender}». Scegli tra: {known}."
    en = "There is no tender «{tender}». Choose one of: {known}."


class BadPeriod(Refused):
    """A text that names no period."""

    it = (
        "«{text}» non è un periodo: scrivi un mese (2025-03), un trimestre (2025-Q1), un semestre (2025-H1) o un "
        "anno (2025)."
    )
    en = (
        "«{text}» is not a period: write a month (2025-03), a quarter (2025-Q1), a half year (2025-H1) or a "
        "year (2025)."
    )


class WrongCadence(Refused):
    """A period of another length than the report has."""

    it = "{report} non si fa per {period}: la sua cadenza è {cadences}."
    en = "{report} is not made for {period}: its cadence is {cadences}."


class PeriodNotOver(Refused):
    """A month that has not ended yet in Rome."""

    it = "Il periodo {period} finisce il {last}: il report si può produrre dal giorno dopo."
    en = "Period {period} ends on {last}: run the report from the day after."


class UnknownCustomer(Refused):
    """No customer has this code."""

    it = "Nessun cliente ha il codice «{customer}»: controllalo o carica prima l'anagrafica."
    en = "No customer has the code «{customer}»: check it, or load the customers first."


class NothingOwed(Refused):
    """A customer that held no supply point in the period is owed no report."""

    it = "{report} {period}: il cliente {customer} non aveva forniture nel periodo, il report non è dovuto."
    en = "{report} {period}: customer {customer} held no supply point in the period and is owed no report."


class NoReadings(Refused):
    """Not a single day of the period has readings."""

    it = (
        "{report} {period}: nessuna lettura per i {points} POD del cliente {customer}. "
        "Carica i flussi di misura del periodo e riprova."
    )
    en = (
        "{report} {period}: there are no readings for the {points} supply point(s) of customer {customer}. "
        "Load the metering flows of the period and try again."
    )


class NotOneCustomer(Refused):
    """A report was opened with the eyes of none or several customers."""

    it = "Un report riguarda un solo cliente, ma i codici sono {count}: eseguilo con «portal reports run»."
    en = "A report is about one customer, but there are {count} codes: run it by «portal reports run»."


class NotebookUnfit(Refused):
    """A report's notebook can't be run as it stands."""

    it = "Il notebook {notebook} non è utilizzabile: {reason}."
    en = "The notebook {notebook} can't be used: {reason}."


class UnknownParameter(Refused):
    """A parameter that the notebook does not declare: papermill would only warn, and run the default."""

    it = "Il notebook {notebook} non ha un parametro «{parameter}». I suoi parametri sono: {declared}."
    en = "The notebook {notebook} has no parameter «{parameter}». Its parameters are: {declared}."


class MissingParameter(Refused):
    """A parameter that nobody gave: its default would be used in silence."""

    it = "Manca il parametro «{parameter}» del notebook {notebook}: indicalo nel capitolato."
    en = "The parameter «{parameter}» of the notebook {notebook} is missing: give it in the tender's file."


class WrongParameter(Refused):
    """A parameter of another type than the notebook declares."""

    it = "Il parametro «{parameter}» del notebook {notebook} deve essere {type}, non {given}."
    en = "The parameter «{parameter}» of the notebook {notebook} must be {type}, not {given}."


class ParameterOutOfRange(Refused):
    """A parameter of the right type with a value that the notebook does not allow."""

    it = "Il parametro «{parameter}» del notebook {notebook} non può essere «{given}»: ammessi {allowed}."
    en = "The parameter «{parameter}» of the notebook {notebook} can't be «{given}»: it may be {allowed}."


class ReadingsIncomplete(Refused):
    """Readings are missing, and the report is one that waits for them."""

    it = (
        "Il report non è completo: mancano {days} giorni di letture su {owed} e {intervals} intervalli. Carica i "
        'flussi di misura mancanti e riprova, o ammetti i provvisori nel capitolato (incomplete = "provisional").'
    )
    en = (
        "The report is not complete: {days} of {owed} days of readings and {intervals} intervals are missing. Load the "
        "missing metering flows and try again, or allow provisional reports in the tender (incomplete = "
        '"provisional").'
    )


class NotebookFailed(Refused):
    """A cell of the notebook raised, or its kernel died; nothing was deposited."""

    it = (
        "{report} {period} per {customer}: il notebook si è fermato ({reason}). "
        "Non è stato depositato nulla; il notebook eseguito è in {kept}."
    )
    en = (
        "{report} {period} for customer {customer}: the notebook stopped ({reason}). Nothing was deposited; "
        "the notebook as far as it ran is in {kept}."
    )


class NotebookTooSlow(Refused):
    """The notebook ran longer than it may; nothing was deposited."""

    it = (
        "{report} {period} per {customer}: il notebook non ha finito in {minutes} minuti ed è stato "
        "interrotto. Non è stato depositato nulla. Alza report_timeout_minutes o riduci il lavoro."
    )
    en = (
        "{report} {period} for customer {customer}: the notebook was not done within {minutes} minute(s) and "
        "was ended. Nothing was deposited. Raise report_timeout_minutes, or give it less to do."
    )


class UnfitDocument(Refused):
    """What the notebook wrote is not what it should have written; nothing was deposited."""

    it = (
        "{report} {period} per {customer}: il documento {document} non è depositabile: {reason}. "
        "Non è stato depositato nulla; il notebook eseguito è in {kept}."
    )
    en = (
        "{report} {period} for customer {customer}: the document {document} can't be deposited: {reason}. "
        "Nothing was deposited; the executed notebook is in {kept}."
    )

"""What a person is told when a POD, a metering file or a day in it can't be taken."""

from typing import Any, ClassVar

from portal_lib.refused import Refused


def printable(text: str) -> str:
    """Text from a file, or a file's name, fit for a terminal and a log: short, without control characters."""
    return "".join(letter if letter.isprintable() else "�" for letter in text[:200])


class BadPod(Refused):
    it = (
        "«{text}» non è un POD: deve essere IT, tre cifre, E e otto lettere o cifre, per esempio "
        "IT001E12345678. Correggilo e riprova."
    )
    en = (
        "“{text}” is not a POD: it must be IT, three digits, E and eight letters or digits, for example "
        "IT001E12345678. Correct it and try again."
    )


class FlowRefused(Refused):
    """A metering file can't be taken; nothing of it was stored. ``file`` is always among the facts.

    ``put_aside`` says whether the file is at fault and worth keeping for someone to look at, or only the
    call.
    """

    put_aside: ClassVar[bool] = True

    def __init__(self, field: str | None = None, **facts: Any) -> None:
        super().__init__(
            field,
            **{name: printable(fact) if isinstance(fact, str) else fact for name, fact in facts.items()},
        )


# The file itself


class UnreadableFile(FlowRefused):
    put_aside = False
    it = "{file}: il file non si può leggere ({reason}). Controlla percorso e permessi e riprova."
    en = "{file}: the file can't be read ({reason}). Check its path and permissions and try again."


class StoreFull(Refused):
    it = (
        "{file}: il disco del database è pieno. Del file non è rimasto nulla e tutto il resto è com'era: "
        "libera spazio e ripeti lo stesso comando."
    )
    en = (
        "{file}: the database's disk is full. Nothing of the file was stored and all else is as it was: make room "
        "and run the same command again."
    )


class UnknownFormat(FlowRefused):
    put_aside = False
    it = "{file}: formato sconosciuto. Si caricano flussi .xml ed esportazioni .csv del distributore."
    en = "{file}: unknown format. What can be loaded are a distributor's .xml flows and .csv exports."


class BadFlowName(FlowRefused):
    it = (
        "{file}: il nome non è quello di un flusso. Deve essere PIvaDistributore_PIvaUtente_AAAAMM_FLUSSO_"
        "aaaammggHHMMSS_progressivoDPnnnn.xml: da esso dipende quale file prevale. Rimetti il nome originale."
    )
    en = (
        "{file}: this is not the name of a flow. It must be PIvaDistributore_PIvaUtente_YYYYMM_FLOW_"
        "yyyymmddHHMMSS_sequenceDPnnnn.xml: which file prevails depends on it. Give it its original name "
        "again."
    )


class NotReadYet(FlowRefused):
    it = "{file}: i flussi {flow} non si leggono ancora. Conserva il file e caricalo più avanti."
    en = "{file}: {flow} flows are not read yet. Keep the file and load it later."


class UnknownFlow(FlowRefused):
    it = "{file}: «{flow}» non è un codice di flusso conosciuto. Controlla il file con il distributore."
    en = "{file}: “{flow}” is not a known flow code. Check the file with the distributor."


class DamagedXml(FlowRefused):
    it = "{file}: XML danneggiato alla riga {line} ({reason}). Chiedi di nuovo il file al distributore."
    en = "{file}: damaged XML at line {line} ({reason}). Ask the distributor for the file again."


class HostileXml(FlowRefused):
    it = (
        "{file}: alla riga {line} c'è qualcosa che nessun flusso contiene ({reason}). Non è stato letto "
        "oltre: "
        "controlla la provenienza del file."
    )
    en = (
        "{file}: line {line} holds what no flow has ({reason}). It was not read any further: check where the "
        "file comes from."
    )


# Name, parties, form


class NameContradicts(FlowRefused):
    it = (
        "{file}: {element} è «{found}» nel contenuto e «{expected}» nel nome del file. "
        "Chiedi al distributore quale è giusto."
    )
    en = (
        "{file}: {element} is “{found}” inside and “{expected}” in the file's name. Ask the distributor which is right."
    )


class WrongParty(FlowRefused):
    it = (
        "{file}: {element} «{found}» non è tra quelli attesi ({expected}). Se è giusto, correggi "
        "l'impostazione {setting}; altrimenti il file non è per noi."
    )
    en = (
        "{file}: {element} “{found}” is not one we expect ({expected}). If it is right, correct the setting "
        "{setting}; otherwise the file is not for us."
    )


class MissingElement(FlowRefused):
    it = "{file}: manca {element} ({where}). Chiedi di nuovo il file al distributore."
    en = "{file}: {element} is missing ({where}). Ask the distributor for the file again."


class BadElement(FlowRefused):
    it = "{file}: {element} vale «{found}» ({where}); atteso: {expected}. Chiedi un file corretto al distributore."
    en = "{file}: {element} is “{found}” ({where}); expected: {expected}. Ask the distributor for a correct file."


class UnknownMagnitude(FlowRefused):
    it = (
        "{file}: POD {pod}, grandezza «{element}» sconosciuta; si leggono Ea, Er, Erc, Eri. "
        "Chiedi al distributore che cosa contiene."
    )
    en = (
        "{file}: POD {pod}, unknown magnitude “{element}”; Ea, Er, Erc, Eri are read. "
        "Ask the distributor what it holds."
    )


class MisspelledDay(FlowRefused):
    it = (
        "{file}: POD {pod}, {magnitude}, giorno {day} ({hours} ore): trovato {met}; atteso {expected}. "
        "Chiedi un file corretto al distributore."
    )
    en = (
        "{file}: POD {pod}, {magnitude}, day {day} ({hours} hours): found {met}; expected {expected}. "
        "Ask the distributor for a correct file."
    )


class RepeatedDay(FlowRefused):
    it = (
        "{file}: POD {pod}, {magnitude}, il giorno {day} c'è due volte con valori diversi. "
        "Chiedi un file corretto al distributore."
    )
    en = (
        "{file}: POD {pod}, {magnitude}, day {day} stands there twice with different values. "
        "Ask the distributor for a correct file."
    )


# Values. Facts: file, pod, day, magnitude, place (E37, or the column of a CSV), text.


class NotEnergy(FlowRefused):
    it = (
        "{file}: POD {pod}, {magnitude}, giorno {day}, {place}: «{text}» non è un'energia. Servono cifre "
        "con la "
        "virgola decimale, per esempio 0,878."
    )
    en = (
        "{file}: POD {pod}, {magnitude}, day {day}, {place}: “{text}” is not an energy. It takes digits "
        "with a "
        "decimal comma, for example 0,878."
    )


class FinerThanWattHours(NotEnergy):
    it = (
        "{file}: POD {pod}, {magnitude}, giorno {day}, {place}: «{text}» è più fine di un wattora. "
        "Non si arrotonda: chiedi al distributore valori con tre decimali."
    )
    en = (
        "{file}: POD {pod}, {magnitude}, day {day}, {place}: “{text}” is finer than a watt-hour. "
        "Nothing is rounded: ask the distributor for three decimals."
    )


class TooMuchEnergy(NotEnergy):
    it = (
        "{file}: POD {pod}, {magnitude}, giorno {day}, {place}: «{text}» è troppo per un intervallo "
        "(al massimo 2147483,647). Controlla il file con il distributore."
    )
    en = (
        "{file}: POD {pod}, {magnitude}, day {day}, {place}: “{text}” is too much for one interval "
        "(2147483,647 at most). Check the file with the distributor."
    )


# Whose readings


class PodNeeded(FlowRefused):
    put_aside = False
    it = "{file}: l'esportazione non dice di quale POD è. Ripeti il comando con --pod."
    en = "{file}: the export does not say which POD it is of. Repeat the command with --pod."


class PodContradicts(FlowRefused):
    put_aside = False
    it = "{file}: il file dice POD {found}, il comando {expected}. Togli --pod o correggilo."
    en = "{file}: the file says POD {found}, the command {expected}. Leave --pod out or correct it."


# Customers' CSV exports


class BadCsv(FlowRefused):
    it = "{file}: riga {line}: {reason_it}. Scarica di nuovo l'esportazione dal sito del distributore."
    en = "{file}: line {line}: {reason}. Download the export from the distributor's site again."


class HourThatIsNot(FlowRefused):
    it = (
        "{file}: riga {line}, giorno {day}: tra le 02:00 e le 03:00 ci sono valori, ma quel giorno "
        "l'orologio "
        "salta quell'ora. Togli la riga e riprova: il giorno arriverà con il flusso del distributore."
    )
    en = (
        "{file}: line {line}, day {day}: there are values between 02:00 and 03:00, but on that day the clock "
        "skips that hour. Remove the line and try again: the day will come with the distributor's flow."
    )


class HourThatIsTwice(FlowRefused):
    it = (
        "{file}: riga {line}, giorno {day}: quel giorno ha 25 ore e la riga ne ha solo 24; quale delle due "
        "02:00-03:00 manchi non si può sapere. Togli la riga e riprova: il giorno arriverà con il flusso del "
        "distributore."
    )
    en = (
        "{file}: line {line}, day {day}: that day has 25 hours and the line only 24; which 02:00-03:00 is "
        "left "
        "out can't be known. Remove the line and try again: the day will come with the distributor's flow."
    )


class ExtraHour(FlowRefused):
    it = (
        "{file}: riga {line}, giorno {day}: la seconda ora 02:00-03:00 ha valori, ma quel giorno l'orologio "
        "non "
        "cambia. Scarica di nuovo l'esportazione dal sito del distributore."
    )
    en = (
        "{file}: line {line}, day {day}: the second 02:00-03:00 has values, but the clock does not change "
        "on that "
        "day. Download the export from the distributor's site again."
    )


# ZIP archives. Facts: file (the archive), member (the name inside).


class DamagedArchive(FlowRefused):
    it = "{file}: l'archivio ZIP è danneggiato o incompleto ({reason}). Chiedilo di nuovo al distributore."
    en = "{file}: the ZIP archive is damaged or not complete ({reason}). Ask the distributor for it again."


class NameLeadsOutside(FlowRefused):
    it = (
        "{file}: l'archivio contiene «{member}», un nome che porta fuori dall'archivio. Non se ne è letto nulla: "
        "controlla la provenienza del file."
    )
    en = (
        "{file}: the archive holds “{member}”, a name that leads outside of it. Nothing of it was read: check where "
        "the file comes from."
    )


class ArchiveTooLarge(FlowRefused):
    it = (
        "{file}: estratto, «{member}» diventerebbe troppo grande per essere un flusso ({size} byte, {limit}). "
        "Non se ne è letto nulla: controlla la provenienza del file."
    )
    en = (
        "{file}: “{member}” would become too large for a flow when extracted ({size} bytes, {limit}). Nothing of it "
        "was read: check where the file comes from."
    )


class ArchiveInArchive(FlowRefused):
    it = "{file}: «{member}» è un archivio dentro l'archivio. Estrailo e carica quello."
    en = "{file}: “{member}” is an archive inside the archive. Extract it and load that."


class EncryptedMember(FlowRefused):
    it = "{file}: «{member}» è protetto da una password. Estrailo con la password e carica il file."
    en = "{file}: “{member}” is protected by a password. Extract it with the password and load the file."


class DamagedMember(FlowRefused):
    it = "{file}: «{member}» non si può estrarre ({reason}). Chiedi di nuovo l'archivio al distributore."
    en = "{file}: “{member}” can't be extracted ({reason}). Ask the distributor for the archive again."


class NothingInArchive(FlowRefused):
    it = "{file}: nell'archivio non c'è nessun file .xml o .csv."
    en = "{file}: there is no .xml or .csv file in the archive."


# Folders that are watched, and files put aside


class AlreadyWatched(Refused):
    it = "{folder}: un altro portal readings watch guarda già questa cartella. Non ne serve un secondo."
    en = "{folder}: another portal readings watch looks after this folder already. One is enough."


class NotToBeWatched(Refused):
    it = "{folder}: la cartella non si può sorvegliare ({reason}). Controlla percorso e permessi e riprova."
    en = "{folder}: the folder can't be watched ({reason}). Check its path and permissions and try again."


class NotPutAside(Refused):
    it = "Nessun file messo da parte si chiama «{name}». Guardali con portal readings put-aside e riprova."
    en = "No file put aside is called “{name}”. Look at them with portal readings put-aside and try again."

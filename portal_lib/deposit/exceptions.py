"""What the deposit will not do, and what to tell the person."""

from portal_lib.refused import Refused


class DatesSwapped(Refused):
    """The first day of a deposit-date filter lies after its last day."""

    it = "La data iniziale ({first}) è successiva a quella finale ({last}). Scambiale e riprova."
    en = "The first day ({first}) lies after the last day ({last}). Swap them and try again."


class FileLost(Refused):
    """A deposited file is not where the catalogue says, or its path leaves the deposit folder."""

    it = "Il file «{name}» (versione {version}) non è disponibile. Segnalalo al fornitore indicando il numero {id}."
    en = (
        "The file «{name}» (version {version}, number {id}) is not in the deposit folder where the "
        "catalogue says. Restore it from the backup."
    )


class FileAltered(Refused):
    """A deposited file no longer has the bytes that were deposited."""

    it = (
        "Il file «{name}» (versione {version}) non corrisponde più a quello depositato e non viene "
        "consegnato. Segnalalo al fornitore indicando il numero {id}."
    )
    en = (
        "The file «{name}» (version {version}, number {id}) no longer has the SHA-256 it was deposited "
        "with and is not handed out. Restore it from the backup."
    )


class EmptyDocument(Refused):
    """A document without a single byte was about to be deposited."""

    it = "Il documento «{name}» è vuoto: non è stato depositato nulla. Rigenera il report."
    en = "The document «{name}» is empty: nothing was deposited. Run the report again."


class DepositTaken(Refused):
    """Other runs kept taking the next version while this one tried to."""

    it = "Un'altra esecuzione sta depositando {report} {period} per {customer}: riprova quando è finita."
    en = "Another run keeps depositing {report} {period} for customer {customer}: try again when it is done."


class NoKey(Refused):
    """There is no key to sign with."""

    it = "Non c'è nessuna chiave in {path}: creala con «portal deposit key» e riprova."
    en = "There is no key in {path}: make it with «portal deposit key» and try again."


class KeyExists(Refused):
    """A key is never replaced: what it signed would be nobody's."""

    it = "In {path} c'è già una chiave: quella resta. Per cambiarla, conserva il vecchio file altrove e riprova."
    en = "There is a key in {path} already, and it stays. To change it, keep the old file elsewhere and try again."


class KeyOpenToOthers(Refused):
    """Other users of the machine may read the private key."""

    it = "La chiave {path} è leggibile da altri (modo {mode}): chmod 600 {path} e riprova."
    en = "The key {path} may be read by others (mode {mode}): chmod 600 {path} and try again."


class UnusableKey(Refused):
    """A file that is no Ed25519 private key."""

    it = "Il file {path} non è una chiave privata Ed25519 in formato PEM senza password."
    en = "The file {path} is no Ed25519 private key in PEM form without a password."

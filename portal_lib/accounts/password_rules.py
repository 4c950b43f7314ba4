"""Which passwords may be chosen: the customer guide's rule, none that everybody thinks of, none made of who one is.

The same rules at every door: registration, reset, profile, staff.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from portal_lib.accounts.breached_passwords import is_breached
from portal_lib.accounts.exceptions.passwords import (
    BreachedPassword,
    CommonPassword,
    PasswordTooLong,
    PersonalPassword,
    WeakPassword,
)
from portal_lib.accounts.passwords import LONGEST, normal_password, short_enough
from portal_lib.language import Said
from portal_lib.settings import Settings

SHORTEST = 8

#: The rule in the customer guide's own words.
RULE = Said(
    it="Usa almeno 8 caratteri. Includi almeno un numero, una lettera minuscola, una lettera maiuscola e un "
    "carattere speciale.",
    en="Use at least 8 characters. Include at least a number, a lower-case letter, an upper-case letter and a special "
    "character.",
)

_WAIVED = Said(
    it="{rule} Da {length} caratteri in su va bene anche senza.",
    en="{rule} From {length} characters on, none of these is needed.",
)

#: A part of a name shorter than this is found in too many honest passwords.
_SHORTEST_PART = 4

# fmt: off
#: Common in Italy, and missing from the list that the package ships.
_ITALIAN = frozenset(
    {
        "aprile", "benvenuto", "benvenuta", "bolletta", "buongiorno", "calcio", "carabinieri", "ciaociao",
        "corrente", "dicembre", "elettricita", "estate", "febbraio", "fiorentina", "gennaio", "giugno", "inverno",
        "lombardia", "luglio", "maggio", "marzo", "novembre", "ottobre", "parola", "palermo", "portale",
        "primavera", "provaprova", "sardegna", "segreta", "segreto", "settembre", "sicilia", "tiamo", "venezia",
    }
)
# fmt: on

#: How letters are written with digits and signs; a 1 stands for an i or for an l.
_LEET = str.maketrans("0134578@$!€", "oieastbasie")
_LEET_L = str.maketrans("0134578@$!€", "oleastbasle")


@dataclass(frozen=True)
class Personal:
    """Something of a person that no password of theirs may be made of; ``what`` is what a sentence calls it."""

    what: Said
    text: str


def about(
    *, username: str = "", first_name: str = "", last_name: str = "", customer_codes: Iterable[str] = ()
) -> list[Personal]:
    """What :func:`check_password` is to hold a password against; any of it may be unknown."""
    return [
        *(Personal(Said("il codice cliente", "the customer code"), code) for code in customer_codes),
        Personal(Said("lo username", "the username"), username),
        Personal(Said("il nome", "the first name"), first_name),
        Personal(Said("il cognome", "the last name"), last_name),
    ]


def rule(settings: Settings) -> Said:
    """What the form says beside the field."""
    length = settings.password_classes_until
    if length is None:
        return RULE
    return Said(*(_WAIVED.say(language, rule=RULE.say(language), length=length) for language in ("it", "en")))


def check_password(
    password: str,
    *,
    settings: Settings | None = None,
    about: Sequence[Personal] = (),
    field: str | None = "password",
) -> None:
    """Refuse a password that may not be chosen, or return.

    Raises :class:`PasswordTooLong` (over 128 characters), :class:`WeakPassword` naming all that is missing,
    :class:`PersonalPassword`, :class:`CommonPassword` or :class:`BreachedPassword`. Where the settings have breached
    passwords looked up, it may take a second: call it off the event loop. Without settings the guide's rule holds.
    """
    if not short_enough(password):
        raise PasswordTooLong(field, limit=LONGEST)
    password = normal_password(password)
    _check_kinds(password, settings.password_classes_until if settings else None, field)
    supplier = (
        [Personal(Said("il nome del fornitore", "the supplier's name"), settings.supplier_name)] if settings else []
    )
    found = next((one for one in (*about, *supplier) if _made_of(password, one.text)), None)
    if found is not None:
        raise PersonalPassword(field, what_it=found.what.it, what_en=found.what.en)
    if any(core in _common() for core in _cores(password)):
        raise CommonPassword(field)
    if (
        settings is not None
        and settings.breached_passwords_url
        and is_breached(settings.breached_passwords_url, password)
    ):
        raise BreachedPassword(field)


def _check_kinds(password: str, waived_from: int | None, field: str | None) -> None:
    kinds = {unicodedata.category(character) for character in password}
    waived = waived_from is not None and len(password) >= waived_from
    rules = (
        (len(password) >= SHORTEST, f"almeno {SHORTEST} caratteri", f"at least {SHORTEST} characters"),
        (waived or "Nd" in kinds, "un numero", "a digit"),
        (waived or "Ll" in kinds, "una lettera minuscola", "a lower-case letter"),
        (waived or "Lu" in kinds, "una lettera maiuscola", "an upper-case letter"),
        (waived or any(kind[0] in "PSZ" for kind in kinds), "un carattere speciale", "a special character"),
    )
    missing = [rule for rule in rules if not rule[0]]
    if missing:
        raise WeakPassword(
            field,
            missing_it=", ".join(italian for _, italian, _ in missing),
            missing_en=", ".join(english for _, _, english in missing),
        )


def _made_of(password: str, text: str) -> bool:
    folded = _plain(password)
    spellings = (folded, folded.translate(_LEET), folded.translate(_LEET_L))
    whole = re.sub(r"[\W_]+", "", _plain(text))
    parts = {whole, *re.split(r"[\W_]+", _plain(text))}
    return any(part in spelling for part in parts if len(part) >= _SHORTEST_PART for spelling in spellings)


def _cores(password: str) -> Iterator[str]:
    """What a password may really be: itself, without what stands before and after, with letters for digits."""
    folded = _plain(password)
    outside = r"[\W\d_]+"
    without_end, without_start = re.sub(f"{outside}$", "", folded), re.sub(f"^{outside}", "", folded)
    for core in {folded, without_end, without_start, re.sub(f"^{outside}", "", without_end)}:
        yield from {core, core.translate(_LEET), core.translate(_LEET_L)}


def _plain(text: str) -> str:
    """Folded to small letters without accents, as people think of a word."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


@functools.cache
def _common() -> frozenset[str]:
    """Passwords and names that guessers try first (30,000 and 15,000, as zxcvbn ships them)."""
    # Half a megabyte of words: loaded when the first password is chosen, not with every process.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    lists = (FREQUENCY_LISTS[name] for name in ("passwords", "surnames", "female_names", "male_names"))
    return frozenset().union(*lists, _ITALIAN)

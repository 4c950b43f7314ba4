"""Whether a codice fiscale looks like the name beside it: its first six letters are made of surname and name.

The rule is the ministerial decree's of 23 December 1976: consonants first, in their order, then vowels, then X; of a
name with four consonants or more the first, third and fourth. Registries differ in which of several names and surnames
they count, and people in which of theirs they type, so each is tried. The answer only ever warns: names change, and
registries err.
"""

import re
import unicodedata

_VOWELS = frozenset("AEIOU")

#: Letters that no accent can be taken from.
_PLAIN = str.maketrans({"Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "ı": "I"})

#: German letters, which some registries write with two.
_UMLAUTS = str.maketrans({"Ä": "AE", "Ö": "OE", "Ü": "UE"})

#: How "Maria" is shortened in double names: "M. Luisa", "M.a Luisa", "Ma. Luisa".
_MARIA = re.compile(r"^M(\.A\.?|A\.|\.)?$")

#: Longer names are nobody's, and trying their parts would take long.
_MOST_PARTS = 8


def fits(tax_code: str, first_name: str, last_name: str) -> bool:
    """Whether the code (16 characters, normal spelling) may be this person's.

    True as well where nothing can be said, as of a name in another alphabet.
    """
    surnames = {surname_letters(run) for run in _runs(last_name)}
    names = {name_letters(run) for run in _names(first_name)}
    return (not surnames or tax_code[:3] in surnames) and (not names or tax_code[3:6] in names)


def surname_letters(surname: str) -> str:
    """The three letters of a surname, which is in plain capitals (A to Z)."""
    consonants, vowels = _apart(surname)
    return (consonants + vowels + "XXX")[:3]


def name_letters(name: str) -> str:
    """The three letters of a name, which is in plain capitals (A to Z)."""
    consonants, vowels = _apart(name)
    if len(consonants) >= 4:
        return consonants[0] + consonants[2] + consonants[3]
    return (consonants + vowels + "XXX")[:3]


def _apart(text: str) -> tuple[str, str]:
    consonants = "".join(letter for letter in text if letter not in _VOWELS)
    return consonants, "".join(letter for letter in text if letter in _VOWELS)


def _names(first_name: str) -> set[str]:
    """A name in each form that may have been counted; a Maria may be missing from what was typed."""
    runs = _runs(first_name)
    return runs | {"MARIA" + run for run in runs} | {run + "MARIA" for run in runs}


def _runs(text: str) -> set[str]:
    """A compound name in plain capitals, whole and in every run of its parts; empty where it has letters of another
    alphabet, or no letter at all.
    """
    found = set()
    for spelling in {text.upper(), unicodedata.normalize("NFC", text.upper()).translate(_UMLAUTS)}:
        apart = unicodedata.normalize("NFKD", spelling.translate(_PLAIN))
        plain = "".join(character for character in apart if not unicodedata.combining(character))
        words = [re.sub(r"[^\w]", "", _whole(word)) for word in re.split(r"[\s\-–,]+", plain)]
        parts = [word for word in words if word][:_MOST_PARTS]
        if not parts or not all(re.fullmatch("[A-Z]+", part) for part in parts):
            return set()
        found |= {"".join(parts[start:end]) for start in range(len(parts)) for end in range(start + 1, len(parts) + 1)}
    return found


def _whole(word: str) -> str:
    return "MARIA" if _MARIA.match(word) and "." in word else word

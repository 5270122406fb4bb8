"""A key's name out of what people call a field: "What’s your company's name?" -> whats_your_companys_name."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME_CHARACTERS = 60
_LONGEST_READ = 300
# A name longer than allowed ends before its last word, unless that word is this long.
_LONGEST_LAST_WORD = 25

# Letters that Unicode does not take apart into an ASCII letter and a mark.
_ASCII = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
     "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "'": "", "’": ""}
)  # fmt: skip
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAPS = re.compile(r"_+")

# What survey tools number or draw by lot: QID12, Q3_1_TEXT, question_3jXyZ1, entry.839337160, a UUID.
_MACHINE_MADE = re.compile(
    r"(?:[a-z]{1,3}|question|field|input|entry|item|answer|column)?[\W_]*[0-9][0-9\W_]*(?:text)?"
    r"|(?:question|field|input|entry|item)[\W_]+(?=[a-z]*[0-9])[a-z0-9]{4,}"
    r"|(?=[a-z-]*[0-9])[a-z0-9-]{12,}",
    re.IGNORECASE | re.ASCII,
)


def name_key(text: str) -> str:
    """`text` in snake_case, in ASCII letters where there are such; "" where it has neither letter nor digit.

    At most 60 characters. Other scripts are kept, with their marks.
    """
    folded = "".join(map(_fold, text[:_LONGEST_READ].translate(_ASCII)))
    name = _GAPS.sub("_", _HUMP.sub("_", folded)).lower().strip("_")
    if len(name) <= MAX_NAME_CHARACTERS:
        return name
    short, _gap, last = name[: MAX_NAME_CHARACTERS + 1].rpartition("_")
    if short and len(last) <= _LONGEST_LAST_WORD:
        return short
    return name[:MAX_NAME_CHARACTERS].strip("_")


def name_field(key: str, label: str) -> str:
    """The name for a field: of its key, or of its label where a machine made the key; never ""."""
    texts = (label, key) if _MACHINE_MADE.fullmatch(key[:_LONGEST_READ].strip()) else (key, label)
    return next((name for text in texts if (name := name_key(text))), "field")


def _fold(character: str) -> str:
    """The ASCII letters and digits of `character`, itself where it is of another script, else a gap."""
    if character.isascii():
        return character if character.isalnum() else "_"
    parts = unicodedata.normalize("NFKD", character)
    if parts[0].isascii():
        return "".join(part if part.isalnum() else "_" for part in parts if not unicodedata.combining(part))
    return character if unicodedata.category(character)[0] in "LMN" else "_"

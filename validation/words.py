"""Words as people write them, made alike: case, accents, dashes, spaces, `&` and `St` make no difference."""

from __future__ import annotations

import re
import unicodedata

OTHER_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
"""Letters that are no letter with a mark on it; in small letters."""
APOSTROPHES = re.compile(r"['’‘`´]")
BETWEEN_WORDS = re.compile(r"[^\w]+|_+")
SAME = {"&": " and ", "+": " and "}
WRITTEN_OUT = {"st": "saint"}
LEFT_OUT = "the"
"""At the beginning: The Gambia."""


def plain(text: str) -> str:
    """The words of a text in small letters, one space between: `St. Helens & Co` is `saint helens and co`."""
    text = unicodedata.normalize("NFKD", text.casefold()).translate(OTHER_LETTERS)
    text = "".join(c for c in text if not unicodedata.combining(c))
    for sign, word in SAME.items():
        text = text.replace(sign, word)
    words = BETWEEN_WORDS.sub(" ", APOSTROPHES.sub("", text)).split()
    if len(words) > 1 and words[0] == LEFT_OUT:
        del words[0]
    return " ".join(WRITTEN_OUT.get(word, word) for word in words)


def name_key(text: str) -> str:
    """What two ways to write one name have in common: its plain words without spaces, or the text where it has none."""
    return plain(text).replace(" ", "") or text.strip()

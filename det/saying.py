"""Free text that has to say something: a reason, a purpose, a name."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible

BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Fillers of Hangul: letters to Unicode, and nothing to the eye."""


def letters_in(text: str) -> int:
    """How many letters and digits somebody who reads the text sees."""
    return sum(letter.isalnum() and letter not in BLANK_LETTERS for letter in text)


@deconstructible
class SaysSomething:
    """For fields: refuses text with fewer letters and digits; dots, blanks and what cannot be seen do not count."""

    def __init__(self, least: int, message: str) -> None:
        self.least = least
        self.message = message

    def __call__(self, text: str) -> None:
        """Raises ValidationError with the message."""
        if letters_in(text) < self.least:
            raise ValidationError(self.message)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SaysSomething) and vars(self) == vars(other)

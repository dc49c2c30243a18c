"""E-mail addresses of accounts: plain letters only, so that none looks like another."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


def plain_letters(address: str) -> None:
    """Raises ValidationError where a letter is not one of English: some look just like those that are.

    With an address like that an invitation would go to another place than everybody reads.
    """
    other = next((letter for letter in address if not letter.isascii()), "")
    if other:
        raise ValidationError(
            f"The email address has a character that is not on an English keyboard: “{other}”."
            " Delete the address and type it in again"
        )


class EmailField(forms.EmailField):
    """An e-mail address of somebody who has, or may get, an account."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def clean(self, value: Any) -> Any:
        """The address. One problem is told at a time: other letters make it ill-formed as well."""
        text = str(self.to_python(value))
        plain_letters(text)
        return super().clean(text)

"""Form fields that the portal's apps share."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from det.checking import today
from det.dates import read_date
from det.models import Agency

FIRST_YEAR = 1900
INVALID = "Enter a real date, like 1/2/22 or 1 Feb 2022"


class DayField(forms.CharField):
    """A day outside a client's record, typed in any usual form, of 1900 to the end of next year.

    What is done with a day (the day after it, the same day a year later, a row of a database) must be possible with
    every day that is taken. A day that is not asked for is None. error_messages: also `invalid`.
    """

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attributes))
        kwargs["error_messages"] = {"invalid": INVALID, **kwargs.get("error_messages", {})}
        kwargs["error_messages"].setdefault("max_length", kwargs["error_messages"]["invalid"])
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> datetime.date | None:  # type: ignore[override]
        text = super().clean(value)
        if not text:
            return None
        day, last_year = read_date(text), today().year + 1
        if day is None or not FIRST_YEAR <= day.year <= last_year:
            bounds = f"The year must be one from {FIRST_YEAR} to {last_year}"
            raise ValidationError(f"{self.error_messages['invalid']}. {bounds}", code="invalid")
        return day


class AgencyCodeField(forms.CharField):
    """The code of an agency, in capitals; its length is that of the capitals (ß has two)."""

    def __init__(self, **kwargs: Any) -> None:
        length = Agency._meta.get_field("code").max_length
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attributes))
        errors = {"max_length": f"An agency code has {length} characters at most"}
        kwargs["error_messages"] = errors | kwargs.get("error_messages", {})
        super().__init__(max_length=length, **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).upper()

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not (value.isascii() and value.isalnum()):
            raise ValidationError("The agency code has letters and numbers only, like N0001")

"""Form fields that the portal's apps share."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from det.dates import doubt, in_full, read_date
from det.models import Agency
from ndtms.web.days import Span

LONGEST = 40
"""Characters of a day; what is longer is none."""


class DayField(forms.CharField):
    """A day outside a client's record, typed in any usual form, that lies in its `span`.

    `span` gives the days that are taken, as of today. What is done with a day (the day after it, the same day a year
    later, a row of a database) must be possible with every one of them. Two-digit years are read within it. A day that
    is not asked for is None. error_messages: also `invalid`.
    """

    def __init__(self, *, span: Callable[[], Span], **kwargs: Any) -> None:
        self.span = span
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attributes))
        kwargs["error_messages"] = {
            "invalid": "This is not a real date",
            **kwargs.get("error_messages", {}),
        }
        super().__init__(**kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        bound = super().get_bound_field(form, field_name)
        bound.help_text = f"{self.help_text} For example, {self.span().example}.".strip()
        return bound

    def clean(self, value: Any) -> datetime.date | None:  # type: ignore[override]
        text = super().clean(value)[: LONGEST + 1]
        if not text:
            return None
        span = self.span()
        day = read_date(text, latest_year=span.last.year) if len(text) <= LONGEST else None
        if day is not None and day in span:
            return day
        wrong = self._wrong(text, day, span)
        raise ValidationError(f"{wrong} Enter a day {span}, like {span.example}", code="invalid")

    def _wrong(self, text: str, day: datetime.date | None, span: Span) -> str:
        if day is not None:
            return f"That is {in_full(day)}."
        return doubt(text, latest_year=span.last.year) or f"{self.error_messages['invalid']}."


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

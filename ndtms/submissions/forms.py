"""The choice of a reporting period, and a file to check."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms

from det import crispy
from det.checking import today
from det.definition import core_dataset
from ndtms.web.fields import AgencyCodeField
from validation.periods import Period, current_period, period_ending, recent_periods


class PeriodForm(forms.Form):
    """A recent reporting period by its last day; the current one unless another is chosen."""

    period = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        periods = recent_periods(today(), core_dataset())
        field: Any = self.fields["period"]
        field.choices = [
            (p.end.isoformat(), f"{p.name}: {p.start:%d/%m/%Y} to {p.end:%d/%m/%Y}")
            for p in periods
        ]

    @property
    def chosen(self) -> Period:
        """The period chosen, or the current one when none or an unknown one was."""
        if self.is_valid() and self.cleaned_data["period"]:
            end = datetime.date.fromisoformat(self.cleaned_data["period"])
            return period_ending(end, core_dataset())
        return current_period(today(), core_dataset())


MOST_BYTES = 50_000_000
"""What a file to check may have: about 100,000 rows."""


class CheckFileForm(forms.Form):
    """A file, whose extract it is, and the agency whose rows it must hold if that is to be looked at."""

    file = forms.FileField(
        label="File",
        help_text="A CSV file in the CDS-Q format, at most 50 MB. We check it and keep nothing of it.",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose the file to check"},
    )
    dataset = forms.ChoiceField(
        label="Dataset",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the dataset",
            "invalid_choice": "Choose one of the datasets",
        },
    )
    agency = AgencyCodeField(
        label="Agency code (optional)",
        help_text="The code that every row must have.",
        required=False,
    )
    helper = crispy.helper(
        crispy.file("file"), crispy.radios("dataset"), crispy.text("agency", width=5)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        datasets = core_dataset().datasets.items()
        self.fields["dataset"].choices = [  # type: ignore[attr-defined]
            (code, f"{code}: {dataset.title}") for code, dataset in datasets
        ]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 50 MB. Use the command check_file")
        return file

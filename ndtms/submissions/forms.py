"""The choice of a reporting period, and a file to check."""

from __future__ import annotations

from typing import Any

from django import forms

from det import crispy
from det.checking import today
from det.definition import core_dataset
from ndtms.web.fields import AgencyCodeField
from validation.periods import Period, recent_periods


class PeriodForm(forms.Form):
    """A recent reporting period by its last day; the current one unless another is chosen.

    A page that was left open may name one that has dropped off the list since.
    """

    period = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        periods = list(recent_periods(today(), core_dataset()))
        self.current, oldest = periods[0], periods[-1]
        self.offered = {p.end.isoformat(): p for p in periods}
        field: Any = self.fields["period"]
        field.choices = [
            (end, f"{p.name}: {p.start:%d/%m/%Y} to {p.end:%d/%m/%Y}")
            for end, p in self.offered.items()
        ]
        field.error_messages["invalid_choice"] = (
            "The reporting period you asked for is not offered any more. Choose one from"
            f" {oldest.name} to {self.current.name}: this is {self.current.name}"
        )

    @property
    def chosen(self) -> Period:
        """The period chosen; the current one when none was, or one that is not offered."""
        end = self.cleaned_data["period"] if self.is_valid() else ""
        return self.offered.get(end, self.current)


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

"""The choice of a reporting period."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms

from det.checking import today
from det.definition import core_dataset
from validation.periods import Period, current_period, period_ending, recent_periods


class PeriodForm(forms.Form):
    """A recent reporting period by its last day; the current one unless another is chosen."""

    period = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        periods = recent_periods(today(), core_dataset())
        self.fields["period"].choices = [
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

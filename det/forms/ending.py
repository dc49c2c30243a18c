"""The interventions that a discharge leaves open, each with an end date and an exit status, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from det import crispy
from det.answers import shown
from det.definition import core_dataset
from det.forms.fields import ItemField
from det.models import Record
from det.presenters.words import about
from det.services import Ending
from validation.engine import malformed

SECTION = "intervention"
END, STATUS = "end_date", "exit_status"


class EndingForm(forms.Form):
    """One group for each intervention; the date of discharge is filled in. Without an exit status one stays open."""

    def __init__(
        self, *, episode: Record, interventions: Sequence[Record], data: QueryDict | None = None
    ) -> None:
        self.interventions = interventions
        self.dataset = episode.agency.dataset
        discharged = episode.value("discharge_date")
        initial: dict[str, Any] = {}
        for one in interventions:
            initial[_name(END, one)] = discharged
        super().__init__(data=data, initial=initial)
        by_name = core_dataset().by_name
        hints = {END: "", STATUS: "Leave it blank if the intervention goes on."}
        for one in interventions:
            for field, hint in hints.items():
                item = by_name[f"{SECTION}.{field}"]
                self.fields[_name(field, one)] = ItemField(item, self.dataset, hint)
        groups = [
            crispy.fieldset(
                _title(one),
                crispy.text(_name(END, one), width=10),
                crispy.radios(_name(STATUS, one)),
            )
            for one in interventions
        ]
        self.helper = crispy.helper(*groups)

    def clean(self) -> dict[str, object]:
        for one in self._ended():
            texts = self._texts(one)
            if not texts[END] and _name(END, one) not in self.errors:
                self.add_error(_name(END, one), "Enter the end date, or take the status back.")
            for item, message in malformed(texts, SECTION, core_dataset(), self.dataset):
                self.add_error(_name(item.field, one), message)
        return self.cleaned_data

    def _ended(self) -> list[Record]:
        return [one for one in self.interventions if self.cleaned_data.get(_name(STATUS, one))]

    def _texts(self, one: Record) -> dict[str, str]:
        return {field: self.cleaned_data.get(_name(field, one), "") for field in (END, STATUS)}

    @property
    def endings(self) -> list[Ending]:
        """What is to be saved, after a valid post."""
        return [Ending(one, self._texts(one)) for one in self._ended()]

    @property
    def summary(self) -> list[dict[str, str]]:
        return crispy.summary(self)


def _name(field: str, one: Record) -> str:
    return f"{field}_{one.pk.hex}"


def _title(one: Record) -> str:
    item = core_dataset().by_name[f"{SECTION}.start_date"]
    return f"{about(one)}, started {shown(item, one.value(item.field))}"

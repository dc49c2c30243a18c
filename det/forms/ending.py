"""The interventions that a discharge leaves open, each with an end date and an exit status, on one page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.http import QueryDict

from det import crispy
from det.answers import shown
from det.definition import core_dataset
from det.forms.fields import ItemField
from det.forms.items import ItemForm, refused
from det.models import Record
from det.presenters.words import about, title
from det.services import Ending
from validation.dataset import DataItem

SECTION = "intervention"
START, END, STATUS = "start_date", "end_date", "exit_status"
HINTS = {END: "", STATUS: "Leave it blank if the intervention goes on."}
"""The questions of each intervention."""
DISCHARGED = "discharge_date"
"""What the page opened with beside the answers: the day that it fills in."""
ONLY_A_DATE = "Choose the exit status as well. If the intervention goes on, take the end date away."
NAME = re.compile(f"(?:{END}|{STATUS})_([0-9a-f]{{32}})")


def asked_of(names: Iterable[str]) -> set[UUID]:
    """The keys of the interventions that a page asks of, by the names of its fields."""
    return {UUID(hex=found[1]) for name in names if (found := NAME.fullmatch(name))}


class EndingForm(ItemForm):
    """One group for each intervention; the date of discharge is filled in. Without an exit status one stays open.

    `opened`: the answers of the interventions, and the date of discharge, as they were when the page was opened; None
    for as they are now. After a valid post `endings` are to be saved.
    """

    def __init__(
        self,
        *,
        episode: Record,
        interventions: Sequence[Record],
        data: QueryDict | None = None,
        opened: Mapping[str, str] | None = None,
    ) -> None:
        self.episode = episode
        self.interventions = interventions
        self.opened = {
            DISCHARGED: episode.value(DISCHARGED),
            **(answers(interventions) if opened is None else opened),
        }
        initial = {}
        for one in interventions:
            initial[_name(END, one)] = self._opened(END, one) or self.opened[DISCHARGED]
            initial[_name(STATUS, one)] = self._opened(STATUS, one)
        super().__init__(data=data, initial=initial)
        for one in interventions:
            stored = one.answers()
            for field, hint in HINTS.items():
                self.fields[_name(field, one)] = ItemField(
                    _item(field), episode.agency.dataset, hint, kept=stored[field]
                )
        if data is not None:
            self.data = self._whole(data)
        groups = [
            crispy.fieldset(
                called(one),
                crispy.text(_name(END, one), width=10),
                crispy.radios(_name(STATUS, one)),
            )
            for one in interventions
        ]
        self.helper = crispy.helper(*groups)

    def _opened(self, field: str, one: Record) -> str:
        return self.opened.get(_name(field, one), "")

    def clean(self) -> dict[str, str]:
        super().clean()
        for one in self.interventions:
            texts = self._texts(one)
            if self._is_ended(one) and not texts[END] and _name(END, one) not in self.errors:
                self._refuse(one, END, "Enter the end date, or take the status back.")
            if self._is_dated(one) and not self._is_ended(one):
                self._refuse(one, STATUS, ONLY_A_DATE)
            if self._is_dated(one) or self._is_ended(one):
                for item, message in refused(one, {**one.values(), **texts}):
                    self._refuse(one, item.field, message)
        return self.cleaned_data

    def _refuse(self, one: Record, field: str, message: str) -> None:
        name = _name(field, one)
        self.add_error(name if name in self.fields else None, f"{called(one)}: {message}")

    def _texts(self, one: Record) -> dict[str, str]:
        return {field: self.cleaned_data.get(_name(field, one), "") for field in HINTS}

    def _is_ended(self, one: Record) -> bool:
        return bool(self._texts(one)[STATUS])

    def _is_dated(self, one: Record) -> bool:
        """Whether another date was typed than the page has filled in."""
        return self._texts(one)[END] not in ("", self._opened(END, one), self.opened[DISCHARGED])

    @property
    def ended(self) -> list[Record]:
        """The interventions that have an exit status."""
        return [one for one in self.interventions if self._is_ended(one)]

    @property
    def outdated(self) -> str:
        """The day that the page had filled in, if it was saved though the discharge is of another one now; else ''."""
        day = self.opened[DISCHARGED]
        is_saved = day in [self._texts(one)[END] for one in self.ended]
        return day if is_saved and day != self.episode.value(DISCHARGED) else ""

    @property
    def going_on(self) -> list[Record]:
        """The interventions whose exit status was taken back."""
        return [
            one
            for one in self.interventions
            if self._opened(STATUS, one) and not self._is_ended(one)
        ]

    @property
    def endings(self) -> list[Ending]:
        """What is to be saved; one that goes on has neither an end date nor an exit status."""
        return [
            *(self._ending(one, self._texts(one)) for one in self.ended),
            *(self._ending(one, dict.fromkeys(HINTS, "")) for one in self.going_on),
        ]

    def _ending(self, one: Record, values: Mapping[str, str]) -> Ending:
        return Ending(one, values, {field: self._opened(field, one) for field in HINTS})

    @property
    def taken(self) -> list[str]:
        """As of every form, but of what is saved, and with the name of the intervention."""
        fields = [(one, self.fields[_name(field, one)]) for one in self.ended for field in HINTS]
        return [f"{called(one)}: {field.taken}" for one, field in fields if field.taken]


def called(one: Record) -> str:
    """How the page calls an intervention: `Recovery support, started 2 February 2026`."""
    start = shown(_item(START), one.value(START))
    return f"{about(one) or title(one)}{f', started {start}' if start else ''}"


def answers(interventions: Iterable[Record]) -> dict[str, str]:
    """Name of the field -> answer as it is now, of some interventions."""
    return {
        _name(field, one): text
        for one in interventions
        for field, text in one.answers().items()
        if field in HINTS
    }


def _name(field: str, one: Record) -> str:
    return f"{field}_{one.pk.hex}"


def _item(field: str) -> DataItem:
    return core_dataset().by_name[f"{SECTION}.{field}"]

"""What forms of data items share: nothing that was typed is lost on the way, or saved without being understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from det import crispy
from det.definition import core_dataset
from det.forms.fields import hidden_value
from det.models import Record
from det.tickets import BACK, FIELD
from validation.dataset import DataItem
from validation.engine import malformed

VERSION = "version"
"""Posted by forms that were drawn before they had tickets."""
RESTORE = "restore"
"""Posted by the button that restores a record that was deleted meanwhile, and saves it."""
CONTROLS = ("csrfmiddlewaretoken", FIELD, BACK, RESTORE, VERSION, "then")


class ItemForm(forms.Form):
    """A form all of whose fields are ItemFields, each of them posted once, be it blank.

    Who makes one puts the fields in, and then gives `_whole` what was posted.
    """

    fields: dict[str, Any]
    opened: Mapping[str, str]
    """Name of a field -> the answer as it was when the form was opened, for its ticket."""

    def __init__(self, *, data: QueryDict | None, initial: Mapping[str, str]) -> None:
        self.arrival: list[str] = []
        self.doubts: dict[str, str] = {}
        super().__init__(data=data, initial=dict(initial))

    def _whole(self, data: QueryDict) -> QueryDict:
        """The post with what did not arrive put back, and a message for each thing that should not be."""
        data = data.copy()
        for name, field in self.fields.items():
            sent = data.getlist(name)
            if not sent:
                self.arrival.append(
                    f"{field.label} did not arrive. It is shown as it was last saved."
                )
                data[name] = self.initial.get(name, "")
            elif sent[:-1] not in ([], [hidden_value(field)]):
                self.arrival.append(
                    f"{field.label} arrived more than once. Check it and save again."
                )
            doubt = field.settle(data)
            if doubt:
                self.doubts[name] = doubt
        companions = {name for field in self.fields.values() for name in field.companions}
        surplus = sorted(set(data) - set(self.fields) - set(CONTROLS) - companions)
        if surplus:
            names = ", ".join(name[:40] for name in surplus[:5])
            self.arrival.append(
                f"The form held what it does not ask ({names}). Nothing was saved; save again."
            )
        return data

    def clean(self) -> dict[str, str]:
        for message in self.arrival:
            self.add_error(None, message)
        for name, message in self.doubts.items():
            self.add_error(name, message)
        return self.cleaned_data

    @property
    def taken(self) -> list[str]:
        """What was read of answers that were not typed literally, as sentences."""
        return [field.taken for field in self.fields.values() if field.taken]

    @property
    def is_restoring(self) -> bool:
        """Whether the button that restores was pressed: on the page that comes back it is there again."""
        return self.is_bound and RESTORE in self.data

    @property
    def summary(self) -> list[dict[str, str]]:
        return crispy.summary(self)


def refused(record: Record, texts: Mapping[str, str]) -> Iterator[tuple[DataItem, str]]:
    """What the rules refuse of a record that is about to hold the texts, but for an old answer that is as it was and
    was refused then as well."""
    section, definition, dataset = record.section, core_dataset(), record.agency.dataset
    found = malformed(texts, section, definition, dataset)
    if not found:
        return
    saved = record.values()
    before = malformed(saved, section, definition, dataset)
    for item, message in found:
        is_old = (item, message) in before and texts[item.field] == saved[item.field] != ""
        if not is_old:
            yield item, message

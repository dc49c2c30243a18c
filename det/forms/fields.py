"""The field of one data item: what people type, and what the browser shows for it."""

from __future__ import annotations

from typing import Any

from django import forms

from det.answers import answer, choices, is_long, read
from det.definition import core_dataset
from validation.dataset import DataItem
from validation.dataset.objects import CONFIRMED

LONGEST = 500


def provisional(item: DataItem) -> str:
    """What of an item still has to be confirmed against the official documents, in brackets, or ''."""
    codes = core_dataset().lists[item.reference_list].codes.values() if item.reference_list else ()
    parts = [f"header {item.header}"] if not item.confirmed else []
    parts += ["codes"] if any(code.status != CONFIRMED for code in codes) else []
    return f"(Provisional: {' and '.join(parts)}.)" if parts else ""


class ItemField(forms.CharField):
    """A data item: takes what people type and gives the text that the extract writes."""

    def __init__(self, item: DataItem, dataset: str, hint: str) -> None:
        self.item = item
        self.dataset = dataset
        super().__init__(
            label=item.question,
            help_text=hint,
            required=False,
            max_length=LONGEST,
            widget=self._widget(),
        )

    def _widget(self) -> forms.Widget:
        if self.item.type == "code" and not is_long(self.item, self.dataset):
            words = [(code, entry.text) for code, entry in choices(self.item, self.dataset).items()]
            return forms.RadioSelect(choices=words)
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        if self.item.type == "integer":
            attributes["inputmode"] = "numeric" if not self.item.special_codes else "text"
        return forms.TextInput(attrs=attributes)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(self.widget, forms.RadioSelect):
            return value
        return answer(self.item, str(value or ""))

    def clean(self, value: Any) -> str:
        return read(self.item, super().clean(value), self.dataset)


class TickField(ItemField):
    """A data item that is ticked for yes; not ticked it is no.

    Many boxes stand below one another, so that a provisional one is marked by a word behind the question.
    """

    def __init__(self, item: DataItem, dataset: str, hint: str) -> None:
        super().__init__(item, dataset, item.hint)
        self.label = item.question if item.confirmed else f"{item.question} (provisional)"
        self.yes = core_dataset().meaning(item.reference_list, "yes")[0]
        self.no = core_dataset().meaning(item.reference_list, "no")[0]

    def _widget(self) -> forms.Widget:
        yes = core_dataset().meaning(self.item.reference_list, "yes")[0]
        return _Tick(attrs={"value": yes}, check_test=lambda value: value == yes)

    def prepare_value(self, value: Any) -> Any:
        return value


class _Tick(forms.CheckboxInput):
    """A checkbox whose value is a code and not true or false."""

    def format_value(self, value: Any) -> None:
        return None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name, "")


def hidden_value(field: forms.Field) -> str | None:
    """What the hidden input in front of radio buttons or a box posts; None for a field that has none."""
    if isinstance(field, TickField):
        return field.no
    return "" if isinstance(field.widget, forms.RadioSelect) else None

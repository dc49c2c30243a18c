"""The field of one data item: what people type, and what the browser shows for it."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from det.answers import (
    RADIOS,
    SELECT,
    Reading,
    answer,
    choices,
    interpret,
    is_long,
    kind,
    told,
    with_code,
    words,
)
from det.definition import core_dataset
from validation.dataset import Code, DataItem

LONGEST = 500
NO_ANSWER = "No answer"
ANSWER, ASKED = "-answer", "-asked"
"""Behind a field's name: which of the answers that were asked about was chosen, and what had been typed then."""


class ItemField(forms.CharField):
    """A data item: takes what people type and gives the text that the extract writes.

    `kept` is what is saved: it is taken and shown even where it is no longer offered. `day` is the day that the answer
    is of, or None. After `clean`, `taken` tells what was taken that was not literally typed, and `nearest` holds the
    answers to ask about.
    """

    def __init__(
        self,
        item: DataItem,
        dataset: str,
        hint: str,
        *,
        kept: str = "",
        day: datetime.date | None = None,
    ) -> None:
        self.item = item
        self.dataset = dataset
        self.kept = kept
        self.day = day
        self.only_if = ""
        """When the question is asked, for whoever sees it all the same."""
        self.typed = ""
        self.reading = Reading("")
        super().__init__(
            label=item.question,
            help_text=hint,
            required=False,
            max_length=LONGEST,
            widget=self._widget(),
        )

    @property
    def offered(self) -> dict[str, Code]:
        return choices(self.item, self.dataset, day=self.day, kept=self.kept)

    @property
    def nearest(self) -> tuple[Code, ...]:
        return self.reading.nearest

    @property
    def taken(self) -> str:
        return told(self.item, self.typed, self.reading)

    @property
    def is_optional(self) -> bool:
        """True when nothing is missing without an answer.

        A question that is asked only after certain other answers is not marked: there a blank may say something.
        """
        return not self.item.required and self.item.shown_when is None

    def _widget(self) -> forms.Widget:
        way = kind(self.item, self.dataset)
        if way in (RADIOS, SELECT):
            lines = {code: words(entry) for code, entry in self.offered.items()}
            if self.kept:
                lines.setdefault(self.kept, answer(self.item, self.kept))
            if way == RADIOS:
                return forms.RadioSelect(choices=[*lines.items(), ("", NO_ANSWER)])
            return forms.Select(choices=[("", NO_ANSWER), *lines.items()])
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        if self.item.type == "integer":
            attributes["inputmode"] = "numeric" if not self.item.special_codes else "text"
        return forms.TextInput(attrs=attributes)

    def prepare_value(self, value: Any) -> Any:
        if self.is_typed_code:
            return answer(self.item, str(value or ""))
        if self.item.type == "code":
            # A form that was drawn when the answer was typed may bring words.
            return self._read(str(value or "")).text
        return value

    def _read(self, text: str) -> Reading:
        return interpret(self.item, text, self.dataset, day=self.day, kept=self.kept)

    @property
    def is_typed_code(self) -> bool:
        """True for a list so long that its answers are typed."""
        return is_long(self.item, self.dataset)

    def clean(self, value: Any) -> str:
        self.typed = super().clean(value)
        self.reading = self._read(self.typed)
        if self.reading.is_question:
            raise ValidationError(self._question())
        if self.reading.doubt:
            raise ValidationError(f"{self.item.question}: {self.reading.doubt}")
        return self.reading.text

    def _question(self) -> str:
        refused = f"{self.typed} is not one of the answers for {self.item.question}"
        if not self.is_typed_code:
            return f"{refused}. Choose one."
        if not self.nearest:
            return f"{refused}, nor near to one. Look at all answers and type one of them."
        return f"{refused}. Choose below which one you mean, or type another."

    @property
    def companions(self) -> tuple[str, ...]:
        """The names that a post may bring beside the field's own."""
        name = self.item.field
        return (name + ANSWER, name + ASKED) if self.is_typed_code else ()

    def settle(self, data: QueryDict) -> str | None:
        """Puts the answer that was chosen when asked into the text box of the post.

        Something else may have been typed there meanwhile: then it stays, and what to say about it is returned.
        """
        name = self.item.field
        chosen = self.offered.get(data.get(name + ANSWER, "")) if self.is_typed_code else None
        if chosen is None:
            return None
        typed = data.get(name, "").strip()
        if typed not in ("", data.get(name + ASKED, "").strip(), with_code(chosen)):
            return (
                f"You chose {words(chosen)} and typed {typed[:LONGEST]} for {self.item.question}. "
                "What is typed now counts: check it, and save again."
            )
        data[name] = with_code(chosen)
        return None


class TickField(ItemField):
    """A data item that is ticked for yes; not ticked it is no."""

    def __init__(self, item: DataItem, dataset: str, hint: str, **known: Any) -> None:
        super().__init__(item, dataset, item.hint, **known)
        self.yes = core_dataset().meaning(item.reference_list, "yes")[0]
        self.no = core_dataset().meaning(item.reference_list, "no")[0]

    @property
    def is_optional(self) -> bool:
        return False

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

"""Forms for records, made from the definition: one field for each data item, grouped as a person would ask them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from det import crispy
from det.answers import answer, choices, is_long, read
from det.asked import asked
from det.definition import core_dataset
from det.models import Finding, Record
from det.pages import Page
from validation.conditions import accepted_codes, find
from validation.dataset import Condition, DataItem
from validation.dataset.objects import CONFIRMED
from validation.engine import malformed

LONGEST = 500
CONTROLS = ("csrfmiddlewaretoken", "version", "then")
WIDTHS = {"initial": 2, "date": 10, "integer": 3, "postcode_district": 5, "identifier": 20}


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


def _hidden_value(field: forms.Field) -> str | None:
    """What the hidden input in front of radio buttons or a box posts; None for a field that has none."""
    if isinstance(field, TickField):
        return field.no
    return "" if isinstance(field.widget, forms.RadioSelect) else None


class RecordForm(forms.Form):
    """One page of a record.

    `record` may be new. `findings` are the stored ones of the record; those on items of the page are shown beside
    their fields. After a valid post `texts` holds field -> text of the page's items.
    """

    def __init__(
        self,
        *,
        record: Record,
        page: Page,
        data: QueryDict | None = None,
        findings: Iterable[Finding] = (),
    ) -> None:
        self.record = record
        self.page = page
        self.dataset = record.agency.dataset
        self.stored = record.values()
        self.shown = self._shown_items()
        self.arrival: list[str] = []
        names = [item.field for item in self.shown]
        super().__init__(data=data, initial={name: self.stored.get(name, "") for name in names})
        for group, items in page.groups:
            kind = TickField if group.style == "ticks" else ItemField
            for item in items:
                if item in self.shown:
                    self.fields[item.field] = kind(item, self.dataset, self._hint(item))
        if data is not None:
            self.data = self._whole(data)
        self.findings = self._beside_fields(findings)
        self.helper = crispy.helper(*self._layout())

    def _shown_items(self) -> list[DataItem]:
        """The items of the page; one whose condition rests on another page is left out while it does not apply."""
        here = {item.field for item in self.page.items}
        is_asked = asked(list(self.page.items), self.record, self.stored)
        return [
            item
            for item in self.page.items
            if is_asked.get(item.field, True)
            or self.stored.get(item.field)
            or (item.shown_when is not None and item.shown_when.fields & here)
        ]

    def _whole(self, data: QueryDict) -> QueryDict:
        """The post with what did not arrive put back, and a message for each thing that should not be."""
        data = data.copy()
        for name, field in self.fields.items():
            sent = data.getlist(name)
            if not sent:
                self.arrival.append(
                    f"{field.label} did not arrive. It is shown as it was last saved."
                )
                data[name] = self.stored.get(name, "")
            elif sent[:-1] not in ([], [_hidden_value(field)]):
                self.arrival.append(
                    f"{field.label} arrived more than once. Check it and save again."
                )
        surplus = sorted(set(data) - set(self.fields) - set(CONTROLS))
        if surplus:
            names = ", ".join(name[:40] for name in surplus[:5])
            self.arrival.append(
                f"The form held what it does not ask ({names}). Nothing was saved; save again."
            )
        return data

    def _hint(self, item: DataItem) -> str:
        hint = item.hint
        if item.type == "date":
            hint = f"{hint} For example, 27 3 2022.".strip()
        elif item.type == "code" and is_long(item, self.dataset):
            hint = f"{hint} Type the word or the code.".strip()
        if item.shown_when is not None:
            hint = f"{hint} {self._condition_in_words(item.shown_when, item)}".strip()
        return f"{hint} {provisional(item)}".strip()

    def _condition_in_words(self, condition: Condition, item: DataItem) -> str:
        """When the item is asked, for whoever sees it without JavaScript."""
        definition = core_dataset()
        parts = []
        for fields, operator, operand in condition.clauses:
            if operator == ">=":
                continue
            questions = " or ".join(find(f, item, definition).question for f in fields)
            if operand == ("*",):
                parts.append(f"{questions} is answered")
                continue
            other = find(fields[0], item, definition)
            codes = definition.lists[other.reference_list].codes
            words = " or ".join(
                codes[c].text for c in accepted_codes(fields[0], operand, item, definition)
            )
            parts.append(f"{questions} {'is' if operator == '=' else 'is not'} {words}")
        return f"Only if {' and '.join(parts)}." if parts else ""

    def _beside_fields(self, findings: Iterable[Finding]) -> dict[str, list[dict[str, str]]]:
        beside: dict[str, list[dict[str, str]]] = {}
        for finding in findings:
            record, _, field = finding.item.partition(".")
            message = {"severity": finding.severity, "message": finding.message}
            is_here = record == self.record.section and field in self.fields
            if is_here and not finding.explained and message not in beside.get(field, []):
                beside.setdefault(field, []).append(message)
        return beside

    def _layout(self) -> list[Any]:
        alone = len(self.page.groups) == 1
        return [
            crispy.fieldset(
                "" if alone else group.title,
                *[self._drawn(item, group.style) for item in items if item in self.shown],
                intro=group.intro,
            )
            for group, items in self.page.groups
            if any(item in self.shown for item in items)
        ]

    def _drawn(self, item: DataItem, style: str) -> Any:
        wrapper = self._wrapper(item)
        if style == "ticks":
            field = self.fields[item.field]
            return crispy.tick(item.field, field.no, wrapper=wrapper)
        if isinstance(self.fields[item.field].widget, forms.RadioSelect):
            inline = len(choices(item, self.dataset)) == 2
            return crispy.radios(item.field, inline=inline, wrapper=wrapper)
        datalist = f"list_{item.reference_list}" if item.type == "code" else None
        return crispy.text(
            item.field, width=WIDTHS.get(item.type), datalist_id=datalist, wrapper=wrapper
        )

    def _wrapper(self, item: DataItem) -> dict[str, Any] | None:
        """The condition for the browser, of the clauses that rest on this page alone."""
        if item.shown_when is None:
            return None
        here = {i.field for i in self.shown}
        clauses = [
            {
                "fields": list(fields),
                "values": self._accepted(fields[0], operand, item),
                "not": operator == "!=" or operand == ("*",),
            }
            for fields, operator, operand in item.shown_when.clauses
            if set(fields) <= here
        ]
        return {"data-shown-when": clauses} if clauses else None

    def _accepted(self, field: str, operand: tuple[str, ...], item: DataItem) -> list[str]:
        """All that a person may have typed for the answers, in lower case; [''] for `no answer`."""
        if operand == ("*",):
            return [""]
        definition = core_dataset()
        other = find(field, item, definition)
        codes = accepted_codes(field, operand, item, definition)
        texts = {definition.lists[other.reference_list].codes[code].text for code in codes}
        return sorted({t.lower() for t in [*codes, *texts, *(answer(other, c) for c in codes)]})

    @property
    def datalists(self) -> list[tuple[str, list[str]]]:
        """The suggestions of the page's long lists: (id, lines), each list once."""
        lists: dict[str, list[str]] = {}
        for item in self.shown:
            if item.type == "code" and is_long(item, self.dataset):
                lines = [answer(item, code) for code in choices(item, self.dataset)]
                lists[f"list_{item.reference_list}"] = lines
        return list(lists.items())

    def clean(self) -> dict[str, str]:
        for message in self.arrival:
            self.add_error(None, message)
        texts: Mapping[str, str] = {**self.stored, **self.cleaned_data}
        for item, message in malformed(texts, self.record.section, core_dataset(), self.dataset):
            self.add_error(item.field if item.field in self.fields else None, message)
        return self.cleaned_data

    @property
    def texts(self) -> dict[str, str]:
        return dict(self.cleaned_data)

    @property
    def summary(self) -> list[dict[str, str]]:
        return crispy.summary(self)


class SearchForm(forms.Form):
    """The search of the client list; a bad value searches for nothing in particular."""

    defaults = {"text": "", "show": ""}

    @property
    def search(self) -> dict[str, str]:
        """What to search for; always `text` and `show`."""
        self.is_valid()
        return {**self.defaults, **self.cleaned_data}

    text = forms.CharField(required=False, max_length=100, strip=True)
    show = forms.ChoiceField(
        required=False,
        choices=[
            ("", "All clients"),
            ("open", "With an open episode"),
            ("errors", "With errors"),
            ("warnings", "With warnings"),
            ("deleted", "Deleted in the last 30 days"),
        ],
    )


class ExplanationForm(forms.Form):
    """Why a warning may stand."""

    text = forms.CharField(
        label="Why is this right?",
        help_text="A sentence is enough. Do not name anybody.",
        min_length=5,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say why the answer is right.",
            "min_length": "Say why the answer is right, in a few words.",
            "max_length": "Say it in 500 characters or fewer.",
        },
    )

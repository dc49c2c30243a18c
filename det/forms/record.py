"""One page of a record as a form, made from the definition, grouped as a person would ask the questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from det import crispy
from det.answers import answer, choices, is_long
from det.asked import asked
from det.definition import core_dataset
from det.forms.fields import ItemField, TickField, hidden_value, provisional
from det.models import Finding, Record
from det.pages import Page
from validation.conditions import accepted_codes, find
from validation.dataset import Condition, DataItem
from validation.engine import malformed

CONTROLS = ("csrfmiddlewaretoken", "version", "then")
WIDTHS = {"initial": 2, "date": 10, "integer": 3, "postcode_district": 5, "identifier": 20}


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
            elif sent[:-1] not in ([], [hidden_value(field)]):
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
            field: Any = self.fields[item.field]
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

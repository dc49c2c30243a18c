"""One page of a record as a form, made from the definition, grouped as a person would ask the questions."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from det import crispy
from det.answers import RADIOS, SELECT, choices, is_long, kind, with_code
from det.asked import asked
from det.dates import example
from det.definition import core_dataset
from det.folding import hardly_needed
from det.forms.fields import ItemField, TickField
from det.forms.items import ItemForm, refused
from det.models import Finding, Record
from det.pages import Page
from validation.conditions import accepted_answers, find
from validation.dataset import Condition, DataItem
from validation.dataset.objects import CONFIRMED

SHORT = 15
"""Characters of an answer beside which another one has room."""
SAYS_WHEN = re.compile(r"\bonly\b", re.IGNORECASE)
"""In the hint of an item that says itself when it is asked."""
WIDTHS = {"initial": 2, "date": 10, "integer": 3, "postcode_district": 5, "identifier": 20}


def is_untouched(record: Record, page: Page) -> bool:
    """Whether nobody has saved the page: nothing on it is answered, nor was it saved without an answer."""
    is_answered = any(record.value(item.field) for item in page.items)
    return not is_answered and page.id not in record.saved_pages


class RecordForm(ItemForm):
    """One page of a record.

    `record` may be new. `findings` are the stored ones of the record; those on items of the page are shown beside
    their fields, but not those on blanks of a page that nobody has saved yet, where it is `quiet`. `opened`: field ->
    the answer that the person saw, where that may be another than is stored now; what was left alone is taken as it
    was. After a valid post `texts` holds field -> text of the page's items.
    """

    def __init__(
        self,
        *,
        record: Record,
        page: Page,
        data: QueryDict | None = None,
        findings: Iterable[Finding] = (),
        quiet: bool = True,
        opened: Mapping[str, str] | None = None,
    ) -> None:
        self.record = record
        self.left = opened or {}
        self.page = page
        self.dataset = record.agency.dataset
        self.stored = record.answers()
        self.sent: Mapping[str, str] = {} if data is None else data
        self.is_asked = asked(list(page.items), record, record.values())
        self.shown = self._shown_items()
        names = [item.field for item in self.shown]
        super().__init__(data=data, initial={name: self.stored.get(name, "") for name in names})
        for group, items in page.groups:
            for item in items:
                if item in self.shown:
                    self.fields[item.field] = self._field(item, group.style)
        self.opened = {name: self.stored[name] for name in self.fields}
        if data is not None:
            self.data = self._whole(self._without_blanks(data))
        self._found = self._beside_fields(findings, quiet and is_untouched(record, page))
        self.helper = crispy.helper(*self._layout())

    def _shown_items(self) -> list[DataItem]:
        """The items of the page; one whose condition rests on another page is left out while it does not apply.

        What is answered, be it only in what was sent, is shown.
        """
        here = {item.field for item in self.page.items}
        return [
            item
            for item in self.page.items
            if self.is_asked.get(item.field, True)
            or self.record.value(item.field)
            or self.sent.get(item.field)
            or (item.shown_when is not None and item.shown_when.fields & here)
        ]

    def _without_blanks(self, data: QueryDict) -> QueryDict:
        """The post without the blanks of questions that are not asked here, as they were where it was drawn."""
        data = data.copy()
        for item in self.page.items:
            if item not in self.shown:
                data.pop(item.field, None)
        return data

    def _field(self, item: DataItem, style: str) -> ItemField:
        made = TickField if style == "ticks" else ItemField
        kept = self.left.get(item.field, self.stored.get(item.field, ""))
        field = made(item, self.dataset, self._hint(item), kept=kept, day=self._day(item))
        field.only_if = self._only_if(item)
        return field

    def _day(self, item: DataItem) -> datetime.date | None:
        """The day that the answer is of, as far as it is saved: that of the item, else that of the record."""
        dated_by = item.dated_by or core_dataset().sections[item.record].date_field
        text = self.stored.get(dated_by, "")
        return datetime.datetime.strptime(text, "%d/%m/%Y").date() if text else None

    def _hint(self, item: DataItem) -> str:
        hint = item.hint
        if item.type == "date":
            hint = f"{hint} For example, {example(item)}.".strip()
        elif is_long(item, self.dataset):
            hint = f"{hint} Type the word or the code.".strip()
        return hint

    def _only_if(self, item: DataItem) -> str:
        """When the item is asked, for whoever sees it without JavaScript; '' where its hint says so already."""
        if item.shown_when is None or SAYS_WHEN.search(item.hint):
            return ""
        return self._condition_in_words(item.shown_when, item)

    def _condition_in_words(self, condition: Condition, item: DataItem) -> str:
        """`Only if` and the clauses, joined by `and`; '' where none can be put so."""
        definition = core_dataset()
        parts = []
        for fields, operator, operand in condition.clauses:
            if operator == ">=":
                continue
            questions = " or ".join(find(f, item, definition).question for f in fields)
            if operand == ("*",):
                parts.append(f"{questions} is answered")
                continue
            answers = " or ".join(accepted_answers(fields[0], operand, item, definition).values())
            parts.append(f"{questions} {'is' if operator == '=' else 'is not'} {answers}")
        return f"Only if {' and '.join(parts)}." if parts else ""

    def _beside_fields(
        self, findings: Iterable[Finding], is_quiet: bool
    ) -> dict[str, list[dict[str, str]]]:
        beside: dict[str, list[dict[str, str]]] = {}
        for finding in findings:
            record, _, field = finding.item.partition(".")
            message = {"severity": finding.severity, "message": finding.message}
            is_here = record == self.record.section and field in self.fields
            is_told = not finding.explained and not (is_quiet and finding.is_about_blank)
            if is_here and is_told and message not in beside.get(field, []):
                beside.setdefault(field, []).append(message)
        return beside

    @property
    def findings(self) -> dict[str, list[dict[str, str]]]:
        """Field -> what the rules found, of the fields that still hold what was judged."""
        if not self.is_bound:
            return self._found
        return {
            field: told
            for field, told in self._found.items()
            if field not in self.errors and self.cleaned_data.get(field) == self.stored[field]
        }

    def _layout(self) -> list[Any]:
        alone = len(self.page.groups) == 1
        folded = set() if self.is_bound else hardly_needed(self.page, self.record, self._found)
        groups = [
            crispy.fieldset(
                "" if alone else group.title,
                *[self._drawn(item, group.style) for item in items if item in self.shown],
                intro=group.intro,
                folded=group.id in folded,
            )
            for group, items in self.page.groups
            if any(item in self.shown for item in items)
        ]
        return [*groups, crispy.note("det/provisional.html", provisional_on(self.shown))]

    def _drawn(self, item: DataItem, style: str) -> Any:
        wrapper = self._wrapper(item)
        if style == "ticks":
            field: Any = self.fields[item.field]
            return crispy.tick(item.field, field.no, wrapper=wrapper)
        way = kind(item, self.dataset)
        if way == RADIOS:
            texts = [entry.text for entry in choices(item, self.dataset).values()]
            inline = len(texts) == 2 and max(map(len, texts)) <= SHORT
            return crispy.radios(item.field, inline=inline, wrapper=wrapper)
        if way == SELECT:
            return crispy.select(item.field, wrapper=wrapper)
        if is_long(item, self.dataset):
            return crispy.typed_choice(
                item.field,
                datalist_id=f"list_{item.reference_list}",
                all_answers=reverse("data-item", args=[item.record, item.field]),
                wrapper=wrapper,
            )
        return crispy.text(item.field, width=WIDTHS.get(item.type), wrapper=wrapper)

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
        other = find(field, item, core_dataset())
        words = accepted_answers(field, operand, item, core_dataset())
        names = {*words, *words.values()}
        if other.reference_list:
            codes = core_dataset().lists[other.reference_list].codes
            for code in words:
                names |= {with_code(codes[code]), *codes[code].synonyms}
        return sorted({name.lower() for name in names})

    @property
    def datalists(self) -> list[tuple[str, list[dict[str, str]]]]:
        """The suggestions of the page's long lists: (id, lines of an answer and its other names), each once."""
        lists: dict[str, dict[str, dict[str, str]]] = {}
        for field in self.fields.values():
            if field.is_typed_code:
                lines = lists.setdefault(f"list_{field.item.reference_list}", {})
                for code, entry in field.offered.items():
                    also = ";".join((*entry.synonyms, *entry.related))
                    lines.setdefault(code, {"answer": with_code(entry), "also": also})
        return [(id_, list(lines.values())) for id_, lines in lists.items()]

    def clean(self) -> dict[str, str]:
        super().clean()
        for item, message in self._refused():
            self.add_error(item.field if item.field in self.fields else None, message)
        return self.cleaned_data

    def _refused(self) -> list[tuple[DataItem, str]]:
        """What cannot be saved, of what the person sees.

        What only somebody else's change makes impossible is not refused here: it is a conflict, and shown as one.
        """
        now, seen = self.record.values(), self.cleaned_data
        typed = {field: text for field, text in seen.items() if text != self.left.get(field)}
        impossible = {item for item, _ in refused(self.record, {**now, **typed})}
        if not impossible:
            return []
        found = refused(self.record, {**now, **seen})
        return [(item, message) for item, message in found if item in impossible]

    @property
    def texts(self) -> dict[str, str]:
        return dict(self.cleaned_data)


def provisional_on(items: Iterable[DataItem]) -> dict[str, list[str]]:
    """What of the items has to be confirmed against the official documents: `headers`, and questions whose `codes`."""
    lists = core_dataset().lists

    def has_provisional_codes(item: DataItem) -> bool:
        codes = lists[item.reference_list].codes.values() if item.reference_list else ()
        return any(code.status != CONFIRMED for code in codes)

    items = list(items)
    return {
        "headers": [item.header for item in items if not item.confirmed],
        "codes": [item.question for item in items if has_provisional_codes(item)],
    }

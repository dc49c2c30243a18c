"""The data set for people."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from det.definition import core_dataset
from validation.dataset import DataItem


def data_set(only_provisional: bool) -> dict[str, Any]:
    """The items by section, and how much of the data set is confirmed."""
    definition = core_dataset()
    codes = [c for lst in definition.lists.values() for c in lst.codes.values()]
    return {
        "definition": definition,
        "only_provisional": only_provisional,
        "items_total": len(definition.items),
        "items_provisional": sum(not item.confirmed for item in definition.items),
        "codes_total": len(codes),
        "codes_provisional": sum(code.status != "confirmed" for code in codes),
        "sections": [
            {
                "title": section.title,
                "items": [
                    {
                        "item": item,
                        "datasets": [d for d in definition.datasets if d in item.datasets],
                        "address": reverse("data-item", args=[item.record, item.field]),
                    }
                    for item in definition.items
                    if item.section == section.id and not (only_provisional and item.confirmed)
                ],
            }
            for section in definition.sections.values()
        ],
    }


def data_item(item: DataItem) -> dict[str, Any]:
    """One item with its answers and the rules that look at it."""
    definition = core_dataset()
    answers = definition.lists[item.reference_list].codes.values() if item.reference_list else []
    return {
        "item": item,
        "datasets": [d for d in definition.datasets.values() if d.code in item.datasets],
        "section": definition.sections[item.section],
        "answers": [{"code": c, "datasets": sorted(c.datasets)} for c in answers],
        "rules": [r for r in definition.rules.values() if item.name in r.items],
    }


def rule_book() -> dict[str, Any]:
    """Every rule in words, with headers where the condition names items."""
    definition = core_dataset()
    headers = {f"{{{item.name}}}": item.header for item in definition.items}

    def worded(text: str) -> str:
        for name, header in headers.items():
            text = text.replace(name, header)
        return text

    return {
        "rules": [
            {"rule": rule, "condition": worded(rule.condition)}
            for rule in definition.rules.values()
        ]
    }

"""The data set for people: its items, answers, rules, and what is still provisional."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from det.definition import core_dataset
from det.presenters import dataset


@require_safe
def data_set(request: HttpRequest) -> HttpResponse:
    """All items by section; `?show=provisional` those that wait for the official documents."""
    only_provisional = request.GET.get("show") == "provisional"
    return render(request, "det/data_set.html", dataset.data_set(only_provisional))


@require_safe
def item(request: HttpRequest, record: str, field: str) -> HttpResponse:
    """One item: header, datasets, answers, rules."""
    found = core_dataset().by_name.get(f"{record}.{field}")
    if found is None:
        raise Http404
    return render(request, "det/data_item.html", dataset.data_item(found))


@require_safe
def rule_book(request: HttpRequest) -> HttpResponse:
    return render(request, "det/rule_book.html", dataset.rule_book())

"""Model fields and database constraints, made from the definition.

Neither labels nor codes nor headers reach a migration, so that correcting one is one cell.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from validation.dataset import DataItem

CODE_LENGTH = 20
INITIAL = r"^[A-Z]$"


def is_stored(item: DataItem) -> bool:
    """The agency code is the agency's own; every other item is a column."""
    return item.type != "agency"


def is_number(item: DataItem) -> bool:
    """True for a whole number without special answers such as NA; those are kept as text."""
    return item.type == "integer" and not item.special_codes


def model_field(item: DataItem) -> models.Field:
    """The column of a data item; blank is null for dates and numbers and '' for text."""
    if item.type == "date":
        return models.DateField(null=True, blank=True)
    if is_number(item):
        return models.SmallIntegerField(null=True, blank=True)
    if item.type == "initial":
        return models.CharField(max_length=1, blank=True)
    return models.CharField(max_length=item.max_length or CODE_LENGTH, blank=True)


def constraints(section: str, items: list[DataItem]) -> list[models.CheckConstraint]:
    """The database's own guard: one letter initials, whole numbers within their limits."""
    found = []
    for item in items:
        if item.type == "initial":
            condition = Q(**{item.field: ""}) | Q(**{f"{item.field}__regex": INITIAL})
        elif is_number(item):
            condition = Q(**{f"{item.field}__isnull": True}) | Q(
                **{f"{item.field}__range": (item.min, item.max)}
            )
        elif item.type == "integer":
            numbers = [str(n) for n in range(item.min or 0, (item.max or 0) + 1)]
            condition = Q(**{f"{item.field}__in": ["", *numbers, *item.special_codes]})
        else:
            continue
        found.append(models.CheckConstraint(condition=condition, name=f"{section}_{item.field}"))
    return found

"""Mending one thing of the fix list for one record after the other: which thing, and which record is next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from det.definition import core_dataset
from det.models import Finding, Record
from det.selectors import User, findings_of_cause

ORIGIN = "fix"


@dataclass(frozen=True)
class Errand:
    """The thing of the fix list that somebody is at: a rule (id and part) and an item. Nothing of it is personal."""

    rule: str
    item: str

    @property
    def query(self) -> str:
        """What an address carries, so that its page knows where somebody came from."""
        return urlencode({"from": ORIGIN, "rule": self.rule, "item": self.item})

    @property
    def list_address(self) -> str:
        """The place in the fix list."""
        chosen = urlencode({"rule": self.rule, "item": self.item})
        return f"{reverse('fix-list')}?{chosen}#chosen"


def chosen(parameters: Mapping[str, str]) -> Errand | None:
    """What `rule` and `item` name; None where the data set has no such rule or item."""
    rule, item = parameters.get("rule", ""), parameters.get("item", "")
    definition = core_dataset()
    is_known = rule in definition.rules and item in definition.by_name
    return Errand(rule, item) if is_known else None


def errand(parameters: Mapping[str, str]) -> Errand | None:
    """The errand that the parameters of an address name; None for somebody who did not come from the fix list."""
    return chosen(parameters) if parameters.get("from") == ORIGIN else None


@dataclass(frozen=True)
class Next:
    """The finding after that of a record, and its place among all of the errand: `number` of `total`."""

    finding: Finding
    number: int
    total: int


def next_finding(user: User, errand: Errand, after: Record) -> Next | None:
    """The next finding of the errand on another record; after the last comes the first. None when there is none."""
    everything = findings_of_cause(user, errand.rule, errand.item)
    others = everything.exclude(record=after.pk)
    later = others.filter(_behind(after.client.client_id, after.pk))
    found = later.first() or others.first()
    if found is None:
        return None
    behind = everything.filter(_behind(found.client.client_id, found.record)).count()
    total = everything.count()
    return Next(found, total - behind, total)


def _behind(client_id: str, record: object) -> Q:
    """Findings that come later in the order of the fix list."""
    return Q(client__client_id__gt=client_id) | Q(client__client_id=client_id, record__gt=record)

"""The menu on every page of somebody who is signed in."""

from collections.abc import Container
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from ndtms.accounts.models import AGENCY_ROLES, Role, User
from ndtms.accounts.selectors import is_verified

MENU: dict[str, tuple[str, Container[str]]] = {
    "region": ("Region", (Role.REGIONAL, Role.NATIONAL)),
    "client-list": ("Clients", AGENCY_ROLES),
    "transfer": ("Transfer data", AGENCY_ROLES),
    "agency-people": ("People", (Role.LEAD,)),
    "check-file": ("Check a file", Role.values),
    "data-set": ("Core dataset", Role.values),
    "audit": ("Audit", (Role.LEAD, Role.REGIONAL, Role.NATIONAL)),
    "key-register": ("Keys", (Role.REGIONAL, Role.NATIONAL)),
}
"""Name of a page -> title, and the roles that have it in their menu, the first page first."""


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `menu`, the entries with `title`, `address` and `current` ("page" on that
    very page, "true" on one below it, otherwise "")."""
    # A page of errors may come before anybody knows who is asking.
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not is_verified(user=user):
        return {"menu": []}
    entries = [
        {"title": title, "address": reverse(name), "current": ""}
        for name, (title, roles) in MENU.items()
        if user.role in roles
    ]
    above = [entry for entry in entries if request.path.startswith(entry["address"])]
    if above:
        nearest = max(above, key=lambda entry: len(entry["address"]))
        nearest["current"] = "page" if nearest["address"] == request.path else "true"
    return {"menu": entries, "several_agencies": len(getattr(request, "agencies", ())) > 1}

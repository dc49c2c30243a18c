"""The menu on every page of somebody who is signed in."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from ndtms.accounts.selectors import is_verified

MENU = {"client-list": "Clients", "transfer": "Transfer data", "data-set": "Core dataset"}


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `menu`, the entries with `title`, `address` and `current` ("page" on that
    very page, "true" on one below it, otherwise "")."""
    if not is_verified(user=request.user):
        return {"menu": []}
    entries = [
        {"title": title, "address": address, "current": ""}
        for name, title in MENU.items()
        if (address := _address(name))
    ]
    above = [entry for entry in entries if request.path.startswith(entry["address"])]
    if above:
        nearest = max(above, key=lambda entry: len(entry["address"]))
        nearest["current"] = "page" if nearest["address"] == request.path else "true"
    return {"menu": entries}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""

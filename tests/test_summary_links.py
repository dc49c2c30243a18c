"""Every link of every summary of errors leads to a field that takes the focus, on every form that there is."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from det.definition import core_dataset
from det.pages import pages_of
from tests.browser.caseload import add, add_one_of_each
from tests.conftest import sign_in
from tests.factories import UserFactory
from tests.test_access import TABLE, visit, world

__all__ = ["world"]

pytestmark = pytest.mark.django_db
FIELDS = ("input", "select", "textarea")
BUTTONS = ("submit", "button", "image", "reset")
NONSENSE = "no way 31/02"


class Page(HTMLParser):
    """The forms of a page that are posted, with their fields; all ids; and the links to them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[dict[str, str]]]] = []
        self.ids: dict[str, list[tuple[str, dict[str, str]]]] = {}
        self.links: list[str] = []
        self.is_in_form = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if "id" in about:
            self.ids.setdefault(about["id"], []).append((tag, about))
        if tag == "a" and about.get("href", "").startswith("#"):
            self.links.append(about["href"][1:])
        if tag == "form":
            self.is_in_form = about.get("method") == "post"
            if self.is_in_form:
                self.forms.append((about.get("action", ""), []))
        if tag in FIELDS and self.is_in_form and about.get("type") not in BUTTONS:
            self.forms[-1][1].append(about)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_in_form = False

    def lost_links(self) -> list[str]:
        """Links that name nothing, or what takes no focus."""
        named = [link for link in self.links if link != "main-content"]
        return [link for link in named if not self._takes_focus(self.ids.get(link, []))]

    @staticmethod
    def _takes_focus(found: list[tuple[str, dict[str, str]]]) -> bool:
        return len(found) == 1 and all(
            tag in FIELDS and about.get("type") != "hidden" and "disabled" not in about
            for tag, about in found
        )


def posts(fields: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """What somebody may send: nothing at all, then nonsense in every field; what is hidden goes along."""
    hidden = {f["name"]: f.get("value", "") for f in fields if f.get("type") == "hidden"}
    seen = [f["name"] for f in fields if f.get("type") not in ("hidden", "file") and f.get("name")]
    yield hidden | {name: "" for name in seen}
    yield hidden
    yield hidden | dict.fromkeys(seen, NONSENSE)


def lost_on(browser: Browser, address: str) -> tuple[list[tuple[str, str]], int]:
    """The links that lead nowhere, with their pages, after all that may be sent from a page; and how many links."""
    page = Page(browser.get(address).content.decode())
    lost = [(address, link) for link in page.lost_links()]
    total = 0
    for action, fields in page.forms:
        for data in posts(fields) if "/sign-out/" not in action else ():
            before = transaction.savepoint()
            answer = browser.post(action or address, data)
            transaction.savepoint_rollback(before)
            if answer.status_code in (200, 409, 422):
                told = Page(answer.content.decode())
                lost += [(action or address, link) for link in told.lost_links()]
                total += len(told.links) - 1
    return lost, total


@pytest.mark.parametrize("dataset", list(core_dataset().datasets))
def test_on_every_form_of_a_record(client: Browser, dataset: str) -> None:
    user = UserFactory(agency__dataset=dataset)
    sign_in(client, user)
    total = 0
    for section, record in add_one_of_each(user).items():
        above = record.parent
        addresses = [reverse("record-add", args=[section, above.pk])] if above else []
        addresses += [
            reverse("record-change", args=[section, record.pk, page.id])
            for page in pages_of(section, dataset)
        ]
        for address in addresses:
            lost, links = lost_on(client, address)
            assert lost == []
            assert links > 0, address
            total += links
    assert total > 100
    add(user, "client")
    assert lost_on(client, reverse("client-add"))[0] == []


@pytest.mark.parametrize(
    ("visitor", "least"),
    [
        ("signed out", 10),
        ("data entry here", 10),
        ("lead near", 10),
        ("regional here", 50),
        ("national", 50),
    ],
)
def test_on_every_other_form(world: Any, visitor: str, least: int) -> None:
    total = 0
    browser = visit(visitor, world)
    for name, row in TABLE.items():
        if row.method == "get":
            lost, links = lost_on(browser, reverse(name, args=row.arguments(world)))
            assert lost == []
            total += links
    assert total >= least
